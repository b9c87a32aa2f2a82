"""Workers killed, stopped and cleared under a real scheduler; the sandbox's ledger is compared with the input."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system

EVENTS, PEOPLE = "bento_endurance", "bento_endurance_people"


@pytest.fixture
def slow_bento(fresh_bento: RunningSandbox) -> Iterator[RunningSandbox]:
    """A Bento that takes a fifth of a second for a reply, so that a run can be hit in its middle."""
    fresh_bento.control.set(reply_delay=0.2)
    yield fresh_bento
    fresh_bento.control.set(reply_delay=0.0)


def arrived(bento: RunningSandbox, kind: str = "events") -> Counter[str]:
    """Count how often each record was applied."""
    return Counter(record["email"] for record in bento.control.records(kind))


def wanted(count: int) -> Counter[str]:
    """Return each record of the input, once."""
    return Counter(f"p{number}@planted.example" for number in range(count))


def begun(bento: RunningSandbox, requests: int) -> None:
    """Wait until the push is in its middle."""
    until("requests", lambda: len(bento.control.journal()) >= requests or None, seconds=240, every=0.05)


def pid_of(airflow: LocalAirflow, dag: str, run: str) -> int:
    """Return the process that runs the push."""
    return until("a running push", lambda: airflow.task(dag, run, "push")["pid"], seconds=120)


def parent_of(pid: int) -> int:
    """Return the supervisor of a task's process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def summary(airflow: LocalAirflow, dag: str, run: str) -> dict[str, Any]:
    """Return what the push returned."""
    found: dict[str, Any] = airflow.xcom(dag, run, "push")
    return found


def settle(airflow: LocalAirflow, dag: str, run: str, bento: RunningSandbox, choice: str) -> None:
    """Decide as a person would in Airflow's UI: put a word into the task's state store, then clear the task."""
    path = f"dags/{dag}/dagRuns/{run}/taskInstances/push/state-store/in_doubt"
    airflow.call("PUT", path, json={"value": choice})
    clear(airflow, dag, run)


def clear(airflow: LocalAirflow, dag: str, run: str) -> None:
    """Clear the push, as the button does."""
    body = {"dry_run": False, "task_ids": ["push"], "dag_run_id": run, "only_failed": False}
    airflow.call("POST", f"dags/{dag}/clearTaskInstances", json=body)


def test_killed_task_resumes_without_repeating(airflow: LocalAirflow, slow_bento: RunningSandbox) -> None:
    """After a kill -9 of the task's process the next try goes on; with resend at most the chunk in flight doubles."""
    run = airflow.trigger(EVENTS, {"in_doubt": "resend", "count": 100})
    begun(slow_bento, 5)
    os.kill(pid_of(airflow, EVENTS, run), signal.SIGKILL)
    assert airflow.wait_for_run(EVENTS, run) == "success"
    there = arrived(slow_bento)
    assert set(there) == set(wanted(100))
    assert (there - wanted(100)).total() <= 5
    counts = summary(airflow, EVENTS, run)
    assert (counts["read"], counts["accepted"], counts["resumed"]) == (100, 100, True)


def test_killed_supervisor_is_found_and_the_push_resumes(airflow: LocalAirflow, slow_bento: RunningSandbox) -> None:
    """After a kill -9 of task and supervisor together the scheduler starts another try, and people arrive all."""
    run = airflow.trigger(PEOPLE)
    begun(slow_bento, 6)
    pid = pid_of(airflow, PEOPLE, run)
    supervisor = parent_of(pid)
    os.kill(supervisor, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    assert airflow.wait_for_run(PEOPLE, run) == "success"
    there = arrived(slow_bento, "subscribers")
    assert set(there) == set(wanted(100))
    assert (there - wanted(100)).total() <= 15  # three chunks of five were under way


def test_push_marked_failed_sends_nothing_more_and_resumes(airflow: LocalAirflow, slow_bento: RunningSandbox) -> None:
    """Marked as failed in the API the push ends within seconds as failed; cleared it goes on, nothing is doubled."""
    run = airflow.trigger(EVENTS, {"in_doubt": "hold", "count": 200})
    begun(slow_bento, 5)
    pid = pid_of(airflow, EVENTS, run)
    airflow.call("PATCH", f"dags/{EVENTS}/dagRuns/{run}/taskInstances/push", json={"new_state": "failed"})
    until("the end of its process", lambda: None if Path(f"/proc/{pid}").exists() else True, seconds=120)
    assert airflow.task(EVENTS, run, "push")["state"] == "failed"
    sent = len(slow_bento.control.journal())
    assert sent < 40
    clear(airflow, EVENTS, run)
    assert airflow.wait_for_run(EVENTS, run) == "success"
    assert arrived(slow_bento) == wanted(200)


def test_held_chunk_waits_for_a_person_who_then_decides(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """A chunk in doubt fails the task at once, retries left or not; the person's word in the state store settles it."""
    fresh_bento.control.inject("apply_then_reset", "/batch/events", nth=3)
    run = airflow.trigger(EVENTS, {"in_doubt": "hold", "count": 30})
    assert airflow.wait_for_run(EVENTS, run) == "failed"
    assert airflow.task(EVENTS, run, "push")["try_number"] == 1
    assert "positions 10 to 14" in airflow.log(EVENTS, run, "push")
    assert arrived(fresh_bento).total() == 15
    settle(airflow, EVENTS, run, fresh_bento, "skip")
    assert airflow.wait_for_run(EVENTS, run) == "success"
    assert arrived(fresh_bento) == wanted(30)
    counts = summary(airflow, EVENTS, run)
    assert (counts["read"], counts["accepted"], counts["skipped"]) == (30, 25, 5)


def test_cleared_success_starts_afresh(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """A person who clears a push that succeeded wants it sent again, and it is, once."""
    run = airflow.trigger(EVENTS, {"count": 10})
    assert airflow.wait_for_run(EVENTS, run) == "success"
    clear(airflow, EVENTS, run)
    assert airflow.wait_for_run(EVENTS, run) == "success"
    assert arrived(fresh_bento) == wanted(10) + wanted(10)


def test_log_and_database_know_nobody(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """No address and no key stands in a push's log, summary or rendered fields, also when it failed."""
    fresh_bento.control.inject("status", "/batch/events", status=422, nth=2, body={"error": "p7@planted.example"})
    run = airflow.trigger(EVENTS, {"count": 20})
    assert airflow.wait_for_run(EVENTS, run) == "failed"
    shown = airflow.log(EVENTS, run, "push") + str(airflow.task(EVENTS, run, "push"))
    shown += str(summary(airflow, EVENTS, run))
    assert "422" in shown
    assert "planted" not in shown
    assert fresh_bento.connection["password"] not in shown
    assert "<20 events>" in shown
