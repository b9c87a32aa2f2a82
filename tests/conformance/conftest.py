"""A real PostgreSQL for the tests that read from one: started in a temporary folder, reached by a Unix socket only."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BINARIES = [shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]


def _user() -> str:
    """Return who may run it: PostgreSQL refuses root."""
    return "postgres" if os.geteuid() == 0 else getpass.getuser()


def _start(folder: Path, user: str) -> None:
    initdb = next(found for found in BINARIES if found)
    binaries = Path(initdb).resolve().parent
    as_user = {"user": user} if os.geteuid() == 0 else {}
    settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    for command in (
        [binaries / "initdb", "-D", folder / "data", "-U", "airflow", "-A", "trust", "-E", "UTF8", "--no-sync"],
        [binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start"],
    ):
        subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd=folder, **as_user)


def _stop(folder: Path) -> None:
    """Stop the server that this run started, by the process id that it wrote down."""
    pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, 3)  # SIGQUIT: at once


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the id of an Airflow connection to a PostgreSQL of our own."""
    if not any(BINARIES):
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): queries are proved on SQLite only")
    pytest.importorskip("airflow.providers.postgres", reason="apache-airflow-providers-postgres is not installed")
    folder = Path(tempfile.mkdtemp(prefix="bento-pg-", dir="/tmp"))  # a socket's path may have 107 bytes
    user = _user()
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    _start(folder, user)
    try:
        os.environ["AIRFLOW_CONN_BENTO_TEST_PG"] = json.dumps(
            {"conn_type": "postgres", "host": str(folder), "login": "airflow", "schema": "postgres"}
        )
        yield "bento_test_pg"
    finally:
        os.environ.pop("AIRFLOW_CONN_BENTO_TEST_PG", None)
        _stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
