"""Customers kept in step under a real scheduler: what each run sends, a wrong query, a kill, and what is stored."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from system.local_airflow import LocalAirflow
from system.test_kills import begun, pid_of, slow_bento

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

__all__ = ["slow_bento"]

pytestmark = pytest.mark.system

DAG = "bento_in_step"
PERSON = b"@hidden.example"


def start(airflow: LocalAirflow, folder: Path, **params: Any) -> str:
    """Start a run of the DAG."""
    return airflow.trigger(DAG, {"folder": str(folder), **params})


def result(airflow: LocalAirflow, folder: Path, **params: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the DAG; return what its two tasks returned."""
    run = start(airflow, folder, **params)
    assert airflow.wait_for_run(DAG, run) == "success"
    return airflow.xcom(DAG, run, "push"), airflow.xcom(DAG, run, "orders")


def requests_for_people(bento: RunningSandbox) -> int:
    """Return how many requests carried subscribers."""
    return len([one for one in bento.control.journal() if one["path"].endswith("/batch/subscribers")])


def customers(bento: RunningSandbox) -> dict[str, str]:
    """Return the plan of everybody who has the tag in Bento."""
    bento.control.drain()
    found = bento.control.everything("/people", tag="customer")
    return {one["email"].partition("@")[0]: one["fields"]["plan"] for one in found}


def plans(count: int, gold: int) -> dict[str, str]:
    """Return what the source says."""
    return {f"p{number}": "gold" if number < gold else "free" for number in range(count)}


def with_people(*folders: Path) -> list[str]:
    """Return the files that contain an address."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [str(path) for path in files if PERSON in path.read_bytes()]


def test_each_run_sends_the_difference_and_a_wrong_query_nothing(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, tmp_path: Path
) -> None:
    """Half the people are missing: the task is red at once, Bento stays as it was, the log says what to do."""
    people, orders = result(airflow, tmp_path)
    assert (people["accepted"], people["unchanged"], orders["accepted"]) == (40, 0, 40)
    people, orders = result(airflow, tmp_path, count=39, gold=1)
    assert (people["accepted"], people["unchanged"], people["gone"], people["untagged"]) == (1, 38, 1, 1)
    assert (orders["accepted"], orders["unchanged"]) == (0, 39)
    assert (requests_for_people(fresh_bento), customers(fresh_bento)) == (10, plans(39, 1))
    wrong = start(airflow, tmp_path, count=20, gold=20)
    assert airflow.wait_for_run(DAG, wrong) == "failed"
    log = airflow.log(DAG, wrong, "push")
    assert "What to do: check why the source lacks people, or raise max_gone for one run." in log
    assert "Gone from the source: 19 of 39 people" in log
    assert airflow.task(DAG, wrong, "push")["try_number"] == 1
    assert (requests_for_people(fresh_bento), customers(fresh_bento)) == (10, plans(39, 1))
    assert with_people(airflow.home, tmp_path / "orders") == []
    assert {Path(path).parent.name for path in with_people(tmp_path)} <= {"bases", "segments"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o600}


def test_a_killed_run_ends_in_step(airflow: LocalAirflow, slow_bento: RunningSandbox, tmp_path: Path) -> None:
    """After a kill -9 in the middle the next try goes on; only chunks that were under way are sent a second time."""
    result(airflow, tmp_path, count=100)
    before = Counter(one["email"] for one in slow_bento.control.records("subscribers"))
    seen = len(slow_bento.control.journal())
    run = start(airflow, tmp_path, count=96, gold=80)
    pid = pid_of(airflow, DAG, run)
    begun(slow_bento, seen + 6)
    os.kill(pid, signal.SIGKILL)
    assert airflow.wait_for_run(DAG, run) == "success"
    found = airflow.xcom(DAG, run, "push")
    assert (found["read"], found["accepted"], found["unchanged"], found["untagged"]) == (96, 80, 16, 4)
    assert customers(slow_bento) == plans(96, 80)
    sent = Counter(one["email"] for one in slow_bento.control.records("subscribers")) - before
    assert 84 <= sent.total() <= 84 + 5
