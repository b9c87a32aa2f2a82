"""A rate limit that leaves no room gives worker slots back, under a real scheduler."""

from __future__ import annotations

from collections import Counter

import pytest
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system

LIMIT, SECONDS = 4, 20.0


def most_in_any_window(times: list[float]) -> int:
    """Return the most requests that arrived in any window of the limit."""
    return max(sum(1 for later in times if at <= later < at + SECONDS) for at in times)


def test_throttled_pushes_let_others_work(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """Ten throttled tasks in a pool of two slots wait outside it, keep the limit together, and all arrive once."""
    airflow.call("POST", "pools", json={"name": "two_slots", "slots": 2})
    slow = fresh_bento.connection | {"extra": f'{{"rate_limit": "{LIMIT}/{SECONDS:.0f}s"}}'}
    airflow.add_connection("bento_slow", slow)
    throttled = airflow.trigger("bento_throttled")
    until("the first requests", lambda: len(fresh_bento.control.journal()) >= LIMIT or None, seconds=240)
    bystander = airflow.trigger("bento_bystander")
    assert airflow.wait_for_run("bento_bystander", bystander, seconds=120) == "success"
    assert airflow.state("bento_throttled", throttled) == "running"
    assert airflow.wait_for_run("bento_throttled", throttled) == "success"
    arrived = Counter(record["email"] for record in fresh_bento.control.records("events"))
    assert arrived == Counter(f"t{number}@planted.example" for number in range(10))
    assert most_in_any_window([float(entry["time"]) for entry in fresh_bento.control.journal()]) <= LIMIT
