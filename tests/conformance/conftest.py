"""A real PostgreSQL for the tests that read from one: started in a temporary folder, reached by a Unix socket only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from conformance.local_postgres import INITDB, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the id of an Airflow connection to a PostgreSQL of our own."""
    if INITDB is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): queries are proved on SQLite only")
    pytest.importorskip("airflow.providers.postgres", reason="apache-airflow-providers-postgres is not installed")
    with running_postgres() as folder, pytest.MonkeyPatch.context() as patch:
        connection = {"conn_type": "postgres", "host": str(folder), "login": "airflow", "schema": "postgres"}
        patch.setenv("AIRFLOW_CONN_BENTO_TEST_PG", json.dumps(connection))
        yield "bento_test_pg"
