"""Tasks that read only what is new, under a real scheduler: what they read, and where the watermark is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from system.local_airflow import LocalAirflow

from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.sandbox.settings import SITE

pytestmark = pytest.mark.system

DAG = "bento_watermarks"
LETTERS = "abcd"


@pytest.fixture
def people(airflow: LocalAirflow, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Two people of each letter, behind the connection of the DAG."""
    path = tmp_path / "people.sqlite"
    airflow.add_connection("bento_watermark_people", {"conn_type": "sqlite", "host": str(path)})
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, changed_at TEXT)")
        for day in (1, 2):
            for letter in LETTERS:
                changed(database, letter, day)
        yield database


def changed(people: sqlite3.Connection, letter: str, day: int) -> None:
    """Add a person."""
    people.execute("INSERT INTO people VALUES (NULL, ?, ?)", (f"{letter}{day}@planted.example", f"2026-01-0{day}"))


def run(airflow: LocalAirflow, bento: RunningSandbox, folder: Path) -> tuple[str, set[str]]:
    """Run the DAG; return the run and who was sent."""
    bento.control.reset()
    started = airflow.trigger(DAG, {"folder": str(folder)})
    assert airflow.wait_for_run(DAG, started) == "success"
    return started, {one["email"].partition("@")[0] for one in bento.control.records("subscribers")}


def log(airflow: LocalAirflow, run: str) -> str:
    """Return the log of the attempt that succeeded."""
    attempt = airflow.task(DAG, run, "in_asset")["try_number"]
    return airflow.log(DAG, run, "in_asset", try_number=attempt)


def in_assets(airflow: LocalAirflow) -> dict[str, Any]:
    """Return what is in the asset's state store, as anybody can read it by the REST API."""
    found = airflow.call("GET", "assets", params={"uri_pattern": "bento://"})["assets"]
    [asset] = [one for one in found if one["uri"] == f"bento://{SITE}/subscribers"]
    entries = airflow.call("GET", f"assets/{asset['id']}/state-store")["asset_state_store"]
    return {one["key"]: one["value"]["value"] for one in entries}


def in_files(folder: Path) -> dict[str, Any]:
    """Return what is in files."""
    found = (folder / "watermarks").rglob("watermark.json")
    return {"/".join(path.parts[-4:-1]): json.loads(path.read_text())["value"] for path in found}


def test_the_second_run_reads_only_newer_rows(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, people: sqlite3.Connection, tmp_path: Path
) -> None:
    """The value is in the asset's state store, or in a file for a task without one; mapped tasks have their own."""
    first, sent = run(airflow, fresh_bento, tmp_path)
    assert sent == {f"{letter}{day}" for letter in LETTERS for day in (1, 2)}
    for letter in LETTERS:
        changed(people, letter, 3)
    second, sent = run(airflow, fresh_bento, tmp_path)
    assert sent == {f"{letter}{day}" for letter in LETTERS for day in (2, 3)}
    keys = ("in_asset.-1", "by_function.0", "by_function.1")
    assert in_assets(airflow) == {f"watermark:{DAG}.{key}": "2026-01-03" for key in keys}
    assert in_files(tmp_path) == {f"{DAG}/in_file/-1": "2026-01-03"}
    assert "has moved to the largest value" in log(airflow, second)
    assert "2026-01-0" not in log(airflow, first) + log(airflow, second)
    assert "planted" not in str(in_assets(airflow)) + str(airflow.tasks(DAG, second))
