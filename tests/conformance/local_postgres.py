"""A PostgreSQL server of the tests' own, in a folder of its own, reached by a socket in it, and by a port if asked."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FOUND = (shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))
INITDB = next(filter(None, _FOUND), None)
"""The program that makes a server's folder; ``None``: PostgreSQL is not installed."""

_USUAL_PORT = 5432  # a part of the socket's name


class LocalPostgres:
    """A running server with the user ``airflow``, who needs no password.

    :param port: a port of the loopback address; without one only the socket in ``folder`` leads to it.
    """

    def __init__(self, port: int | None = None) -> None:
        assert INITDB is not None
        self.folder = Path(tempfile.mkdtemp(prefix="bento-pg-", dir="/tmp"))  # a socket's path may have 107 bytes
        self.port = port or _USUAL_PORT
        self._binaries = Path(INITDB).resolve().parent
        self._listens = "127.0.0.1" if port else ""
        if os.geteuid() == 0:
            shutil.chown(self.folder, _user())
        self._run("initdb", "-D", self._data, "-U", "airflow", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = (
            f"-c listen_addresses='{self._listens}' -c port={self.port}",
            f"-c unix_socket_directories='{self.folder}' -c max_connections=300",
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
        )
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", " ".join(settings), "start")

    def stop(self) -> None:
        """Stop it at once, without a word to those who are connected."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def restart(self) -> None:
        """Be killed, recover, and be there again."""
        self.stop()
        self.start()

    def create(self, name: str) -> str:
        """Make a database; return its address as SQLAlchemy writes it."""
        import psycopg2

        where = {"host": str(self.folder), "port": self.port, "user": "airflow"}
        with contextlib.closing(psycopg2.connect(**where, dbname="postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg2://airflow@:{self.port}/{name}?host={self.folder}"

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        as_user = {"user": _user()} if os.geteuid() == 0 else {}
        command = [str(self._binaries / program), *words]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **as_user)


@contextlib.contextmanager
def running_postgres() -> Iterator[LocalPostgres]:
    """Run a server that only a socket leads to."""
    server = LocalPostgres()
    try:
        yield server
    finally:
        server.remove()


def _user() -> str:
    """Return who may run it: PostgreSQL refuses root."""
    return "postgres" if os.geteuid() == 0 else getpass.getuser()
