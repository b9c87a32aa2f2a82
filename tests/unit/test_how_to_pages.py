"""The Python of docs/start.md and of the incremental loads, and the settings of secrets backends, with their effect."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("airflow.sdk", reason="the pages are written for Airflow 3")

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

DOCS = Path(__file__).parents[2] / "docs"
DAGS = Path(__file__).parent / "page_dags"


@pytest.fixture
def dags(airflow_db: None, dags_folder: Path) -> Iterator[Any]:
    """Return the DAGs of the pages, loaded from Airflow's own folder."""
    from airflow.dag_processing.dagbag import DagBag

    folder = dags_folder / "pages"
    shutil.copytree(DAGS, folder)
    bag = DagBag(str(folder))
    assert not bag.import_errors
    yield bag
    shutil.rmtree(folder)


@pytest.mark.slow
def test_the_first_push(dags: Any, bento: RunningSandbox) -> None:
    """Two people arrive; a second run doubles nobody."""
    for _ in range(2):
        assert dags.get_dag("first_push").test().state == "success"
    bento.control.drain()
    people = bento.control.everything("/people")
    assert sorted(one["email"] for one in people) == ["ada@example.com", "bob@example.com"]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with one order on each of four days."""
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, cents INTEGER, created_at TEXT)")
        rows = [(day, f"day{day}@shop.example", 100 * day, f"2026-03-0{day} 12:00:00") for day in (1, 2, 3, 4)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(path)}))


@pytest.mark.slow
def test_each_run_pushes_the_orders_of_its_day(dags: Any, bento: RunningSandbox, shop: None) -> None:
    """Run for the 3rd and 4th, the orders of the 2nd and 3rd arrive; a repeated run sends its own again."""
    for day in (3, 4, 4):
        run = dags.get_dag("daily_orders").test(logical_date=datetime(2026, 3, day, tzinfo=UTC))
        assert run.state == "success"
    emails = [one["email"].partition("@")[0] for one in bento.control.records("events")]
    assert emails == ["day2", "day3", "day3"]


def test_a_cron_text_makes_an_interval_without_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """So on Airflow 3 a query between its start and its end finds nothing, unless the timetable is named."""
    from airflow.configuration import conf
    from airflow.sdk import DAG, CronDataIntervalTimetable
    from airflow.serialization.encoders import coerce_to_core_timetable
    from pendulum import datetime as moment

    options = conf.configuration_description["scheduler"]["options"]
    monkeypatch.setenv(
        "AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS", options["create_cron_data_intervals"]["default"]
    )

    def length(schedule: Any) -> timedelta:
        timetable = coerce_to_core_timetable(DAG("some", schedule=schedule, start_date=moment(2026, 3, 1)).timetable)
        found = timetable.infer_manual_data_interval(run_after=moment(2026, 3, 3, 5))
        return timedelta(seconds=(found.end - found.start).total_seconds())

    assert length("@daily") == timedelta(0)
    assert length(CronDataIntervalTimetable("@daily", timezone="UTC")) == timedelta(days=1)


def test_a_secrets_backend_provides_the_connection(bento: RunningSandbox, tmp_path: Path) -> None:
    """The page's file and its two variables, as they are written there, in a process without any other connection."""
    page = (DOCS / "how-to" / "secrets-backends.md").read_text()
    file = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    settings = dict(re.findall(r"^export (AIRFLOW__SECRETS__\w+)='?(.*?)'?$", page, re.MULTILINE))
    assert file
    assert set(settings) == {"AIRFLOW__SECRETS__BACKEND", "AIRFLOW__SECRETS__BACKEND_KWARGS"}
    written = file[1].replace("pk_…", bento.connection["login"]).replace("sk_…", bento.connection["password"])
    written = written.replace("your-site-uuid", bento.connection["schema"])
    (tmp_path / "connections.yaml").write_text(written + f"  host: {bento.connection['host']}\n")
    settings = {name: value.replace("/etc/airflow", str(tmp_path)) for name, value in settings.items()}
    script = "from airflow_provider_bento.hooks.bento import BentoHook; print(BentoHook().test_connection()[0])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_CONN_")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment | settings, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["True"], done.stdout + done.stderr
