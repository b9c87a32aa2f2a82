"""A person who answers questions by Airflow's REST API, for the tests that need one."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import requests
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.sandbox.in_thread import RunningSandbox


def tokens(airflow: LocalAirflow, *users: str) -> list[str]:
    """Return a token for each user, written as ``name:role``."""
    return [airflow.token(user) for user in users]


def path_of(dag: str, run: str) -> str:
    """Return the address of a push's question."""
    return f"dags/{dag}/dagRuns/{run}/taskInstances/push/-1/hitlDetails"


def parked(airflow: LocalAirflow, dag: str, run: str, *, times: int = 1) -> dict[str, Any]:
    """Wait until the push is parked and its process is gone also for the scheduler; return the question.

    An answer before that may be taken for an error by the scheduler, of which another test is.

    :param times: how often tasks of the run, the one before it included, ended like this.
    """
    until("a parked task", lambda: waiting(airflow, dag, run), seconds=240)
    process_ended(airflow, run, "push", times=times)
    question: dict[str, Any] = airflow.call("GET", path_of(dag, run))
    return question


def process_ended(airflow: LocalAirflow, run: str, task: str, *, times: int = 1) -> None:
    """Wait until the scheduler knows that a task's process ended."""
    seen = re.compile(rf"executor event with state success for task instance.*task_id='{task}'.*{re.escape(run)}")
    log = airflow.home / "standalone.log"
    until("the scheduler's", lambda: len(seen.findall(log.read_text(errors="replace"))) >= times or None, seconds=240)


def waiting(airflow: LocalAirflow, dag: str, run: str) -> bool | None:
    """Return whether the push waits for an answer; ``None``: not now.

    :raises AssertionError: the run ended without a question.
    """
    state = airflow.task(dag, run, "push")["state"]
    assert state not in ("success", "failed"), airflow.log(dag, run, "push")
    return True if state == "awaiting_input" else None


def press(airflow: LocalAirflow, dag: str, run: str, button: str, *, token: str | None = None) -> int:
    """Press a button; return the HTTP status."""
    headers = {"Authorization": f"Bearer {token}"} if token else dict(airflow._session.headers)
    body = {"chosen_options": [button], "params_input": {}}
    address = f"{airflow.url}/api/v2/{path_of(dag, run)}"
    return requests.patch(address, json=body, headers=headers, timeout=120).status_code


def clear(airflow: LocalAirflow, dag: str, run: str) -> None:
    """Clear the push, as the button does."""
    body = {"dry_run": False, "task_ids": ["push"], "dag_run_id": run, "only_failed": False}
    airflow.call("POST", f"dags/{dag}/clearTaskInstances", json=body)


def arrived_of(bento: RunningSandbox, who: str) -> Counter[str]:
    """Count how often each event of a run was applied."""
    own = re.compile(rf"{who}\d+@")
    return Counter(one["email"] for one in bento.control.records("events") if own.match(one["email"]))
