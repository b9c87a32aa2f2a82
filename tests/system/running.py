"""A real Airflow and a sandbox, started once for all tests that need them: the system tests and those in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from system.local_airflow import LocalAirflow
    from system.telemetry import Telemetry

    from airflow_provider_bento.sandbox.in_thread import RunningSandbox

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = {"from": "airflow@told.example", "alerts_to": "alerts@told.example"}
BACKEND = "airflow_provider_bento.notifications.bento.send_email"


@pytest.fixture(scope="session")
def bento() -> Iterator[RunningSandbox]:
    """A local Bento without a rate limit."""
    from airflow_provider_bento.sandbox.in_thread import running_sandbox

    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def telemetry() -> Iterator[Telemetry]:
    """Where the real Airflow sends its metrics and traces."""
    from system.telemetry import Telemetry

    with Telemetry() as running:
        yield running


@pytest.fixture(scope="session")
def database() -> Iterator[Callable[[str], dict[str, str]]]:
    """Return what gives an Airflow a database of a name; its usual SQLite if PostgreSQL is not installed.

    SQLite lets one process write at a time, and a busy machine's tests wait for each other until they fail.
    """
    from conformance.local_postgres import INITDB, running_postgres

    if INITDB is None:
        yield lambda _: {}
        return
    with running_postgres() as server:
        yield lambda name: {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.create(name)}


@pytest.fixture(scope="session")
def airflow(
    bento: RunningSandbox,
    telemetry: Telemetry,
    database: Callable[[str], dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalAirflow]:
    """A real Airflow with the example DAGs and the DAGs of the tests, and a connection to the local Bento."""
    from system.local_airflow import LocalAirflow

    home = tmp_path_factory.mktemp("airflow")
    dags = home / "dags"
    dags.mkdir()
    for source in (*(ROOT / "example_dags").glob("*.py"), *(ROOT / "tests" / "system" / "dags").glob("*.py")):
        if source.name != "bento_broadcast_sent.py":  # asks Bento by itself, whatever a test counts: test_waiting.py
            (dags / source.name).symlink_to(source)
    connection = bento.connection | {"extra": json.dumps(PEOPLE)}
    own = {
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        "AIRFLOW__EMAIL__EMAIL_BACKEND": BACKEND,
        "AIRFLOW_CONN_BENTO_ENVIRONMENT": json.dumps(connection),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(home / "openlineage.jsonl"), "append": True}
        ),
        "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": json.dumps(  # of one DAG only, because events take time
            [
                {"scope": {}, "controls": {"emit": False}},
                {"scope": {"dag_id": "bento_lineage"}, "controls": {"emit": True}},
            ]
        ),
    }
    with LocalAirflow(home, dags, settings={**own, **telemetry.settings, **database("airflow")}) as running:
        running.add_connection("bento_default", connection)
        running.add_connection("bento_wrong_keys", bento.connection | {"password": "sk_of_another_site"})
        running.add_connection("bento_example_shop", {"conn_type": "sqlite", "host": str(home / "shop.sqlite")})
        yield running


@pytest.fixture
def fresh_bento(bento: RunningSandbox) -> RunningSandbox:
    """The local Bento, empty and without faults."""
    bento.control.reset()
    bento.control.clear_faults()
    return bento
