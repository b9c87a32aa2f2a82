"""A real PostgreSQL for the tests that read from one, reached by a Unix socket only; and an S3 server over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from conformance.local_postgres import INITDB, running_postgres
from engines.object_storage import BUCKET, running_object_storage


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the id of an Airflow connection to a PostgreSQL of our own."""
    if INITDB is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): queries are proved on SQLite only")
    pytest.importorskip("airflow.providers.postgres", reason="apache-airflow-providers-postgres is not installed")
    with running_postgres() as server, pytest.MonkeyPatch.context() as patch:
        connection = {"conn_type": "postgres", "host": str(server.folder), "login": "airflow", "schema": "postgres"}
        patch.setenv("AIRFLOW_CONN_BENTO_TEST_PG", json.dumps(connection))
        yield "bento_test_pg"


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URI of a bucket, reached as users reach theirs: by a connection of Amazon's provider."""
    with running_object_storage(tmp_path_factory.mktemp("s3")) as storage, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_LAKE", json.dumps(storage.connection))
        yield f"s3://lake@{BUCKET}"
