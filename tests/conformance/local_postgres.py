"""A PostgreSQL server of the tests' own, in a folder of its own, reached by a socket in it only."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FOUND = (shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))
INITDB = next(filter(None, _FOUND), None)
"""The program that makes a server's folder; ``None``: PostgreSQL is not installed."""


@contextlib.contextmanager
def running_postgres() -> Iterator[Path]:
    """Run a server with the user ``airflow``, who needs no password; yield the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="bento-pg-", dir="/tmp"))  # a socket's path may have 107 bytes
    if os.geteuid() == 0:
        shutil.chown(folder, _user())
    try:
        _start(folder)
        try:
            yield folder
        finally:
            _stop(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(folder: Path, name: str) -> str:
    """Make a database in a running server; return its address as SQLAlchemy writes it."""
    import psycopg2

    with contextlib.closing(psycopg2.connect(host=str(folder), user="airflow", dbname="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg2://airflow@/{name}?host={folder}"


def _user() -> str:
    """Return who may run it: PostgreSQL refuses root."""
    return "postgres" if os.geteuid() == 0 else getpass.getuser()


def _start(folder: Path) -> None:
    assert INITDB is not None
    binaries = Path(INITDB).resolve().parent
    as_user = {"user": _user()} if os.geteuid() == 0 else {}
    settings = (
        f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=300 "
        "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    )
    for command in (
        [binaries / "initdb", "-D", folder / "data", "-U", "airflow", "-A", "trust", "-E", "UTF8", "--no-sync"],
        [binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start"],
    ):
        subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd=folder, **as_user)


def _stop(folder: Path) -> None:
    """Stop the server that was started here, by the process id that it wrote down."""
    pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)  # at once
