"""Comparisons under a real scheduler: after the import, without a worker slot, and red if Bento differs."""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.system

WAITS = "the worker slot is free until then"
COMPARES = "Comparing 20 people with Bento"


@pytest.fixture(scope="module")
def red(airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A run that compares with a Bento of its own that differs, beside the other test; and the folder of its file."""
    folder = tmp_path_factory.mktemp("differ")
    with running_sandbox() as differs, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", differs.connection_json)
        hook = BentoHook()
        hook.import_subscribers([{"email": f"planted{n}@told.example", "tags": "vip", "age": n} for n in range(18)])
        hook.remove_tag("planted1@told.example", "vip")
        airflow.add_connection("bento_red", differs.connection)
        yield airflow.trigger("bento_reconcile_red", {"folder": str(folder)}), folder


def test_people_are_compared_after_their_import(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, red: tuple[str, Path]
) -> None:
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


def test_a_bento_that_differs_is_red_and_a_retry_does_not_wait(airflow: LocalAirflow, red: tuple[str, Path]) -> None:
    """The log has the counts, and what to do; the file, and nothing else, names people."""
    run, folder = red
    assert airflow.wait_for_run("bento_reconcile_red", run) == "failed"
    logs = [airflow.log("bento_reconcile_red", run, "check", try_number=number) for number in (1, 2)]
    assert [log.count(WAITS) for log in logs] == [1, 0]
    for log in logs:
        assert "3 of 20 people are not in Bento as the source says: 17 equal, 1 different (tags 1), 2 missing" in log
        assert "What to do: push the records in differ.jsonl" in log
        assert "planted" not in log
    file = folder / "differ.jsonl"
    kinds = Counter(json.loads(line)["kind"] for line in file.read_text().splitlines())
    assert kinds == {"different": 1, "missing": 2}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
