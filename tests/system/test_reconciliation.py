"""Comparisons under a real scheduler: after the import, without a worker slot, and red if Bento differs."""

from __future__ import annotations

import json
import stat
from collections import Counter
from pathlib import Path

import pytest
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system

WAITS = "the worker slot is free until then"
COMPARES = "Comparing 20 people with Bento"


def test_people_are_compared_after_their_import(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """The task waits once, in no slot, until the import has taken effect."""
    fresh_bento.control.set(delay={"subscribers": 20})
    try:
        run = airflow.trigger("bento_reconcile")
        until(
            "a task without a slot",
            lambda: airflow.task("bento_reconcile", run, "check")["state"] == "up_for_reschedule" or None,
            seconds=200,
        )
        assert airflow.wait_for_run("bento_reconcile", run) == "success"
    finally:
        fresh_bento.control.set(delay=0)
    result = airflow.xcom("bento_reconcile", run, "check")
    assert (result["sampled"], result["equal"], result["requests"]) == (20, 20, 21)
    log = airflow.log("bento_reconcile", run, "check")
    assert (log.count(WAITS), log.count(COMPARES)) == (1, 1)
    assert "planted" not in log
    assert airflow.task("bento_reconcile", run, "check")["try_number"] == 1


def test_a_bento_that_differs_is_red_and_a_retry_does_not_wait(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has the counts, and what to do; the file, and nothing else, names people."""
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", fresh_bento.connection_json)
    hook = BentoHook()
    hook.import_subscribers([{"email": f"planted{n}@told.example", "tags": "vip", "age": n} for n in range(18)])
    hook.remove_tag("planted1@told.example", "vip")
    run = airflow.trigger("bento_reconcile_red", {"folder": str(tmp_path)})
    assert airflow.wait_for_run("bento_reconcile_red", run) == "failed"
    logs = [airflow.log("bento_reconcile_red", run, "check", try_number=number) for number in (1, 2)]
    assert [log.count(WAITS) for log in logs] == [1, 0]
    for log in logs:
        assert "3 of 20 people are not in Bento as the source says: 17 equal, 1 different (tags 1), 2 missing" in log
        assert "What to do: push the records in differ.jsonl" in log
        assert "planted" not in log
    file = tmp_path / "differ.jsonl"
    kinds = Counter(json.loads(line)["kind"] for line in file.read_text().splitlines())
    assert kinds == {"different": 1, "missing": 2}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
