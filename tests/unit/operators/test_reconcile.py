"""The operator that compares, executed over real HTTP against the sandbox, and as Airflow runs it."""

from __future__ import annotations

import inspect
import json
import logging
import pydoc
import sqlite3
import stat
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.exceptions import (
    BentoEmptySource,
    BentoInterrupted,
    BentoOutOfStep,
    BentoSetupError,
)
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator, BentoReconcileOperator
from airflow_provider_bento.operators.reconcile.parts import ReconcileProgress
from airflow_provider_bento.reconcile.counts import Counts
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.version_compat import AirflowFailException, AirflowSkipException, BaseOperator

PEOPLE: list[dict[str, Any]] = [
    {"email": f"planted{n}@x.io", "first_name": "Ann", "tags": "vip,new", "age": n, "ok": True} for n in range(20)
]


def task(**arguments: Any) -> Any:
    """Return an operator that compares everybody."""
    return BentoReconcileOperator(task_id="check", **{"records": PEOPLE, "sample": "all", **arguments})


def letters(path: Path) -> dict[str, tuple[str, str]]:
    """Return who is in the dead letters: kind and first field."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {one["record"]["email"]: (one["kind"], one["reasons"][0]["field"]) for one in lines}


@pytest.fixture
def changed(bento: RunningSandbox) -> RunningSandbox:
    """A Bento in which two of the twenty people are missing, two differ and one is unsubscribed."""
    hook = BentoHook()
    hook.import_subscribers(PEOPLE[:18])
    hook.remove_tag("planted1@x.io", "vip")
    hook.add_field("planted2@x.io", "age", "99")
    hook.unsubscribe("planted3@x.io")
    return bento


def test_people_that_were_pushed_are_equal(bento: RunningSandbox) -> None:
    """Each by one request, and one for the tags."""
    BentoHook().import_subscribers(PEOPLE)
    result = task().execute({})
    seconds = result.pop("seconds")
    assert seconds >= 0
    assert result == {
        "read": 20,
        "sampled": 20,
        "equal": 20,
        "different": 0,
        "missing": 0,
        "unsubscribed": 0,
        "invalid": 0,
        "by_field": {},
        "requests": 21,
    }


def test_differences_are_counted_and_noted(changed: RunningSandbox, tmp_path: Path) -> None:
    """Within the tolerance the task is green; the file, and nothing else, names people."""
    path = tmp_path / "differ.jsonl"
    result = task(tolerate=4, dead_letters_path=str(path)).execute({})
    assert [result[name] for name in ("equal", "different", "missing", "unsubscribed")] == [15, 2, 2, 1]
    assert result["by_field"] == {"age": 1, "tags": 1}
    assert "planted" not in json.dumps(result)
    assert letters(path) == {
        "planted1@x.io": ("different", "tags"),
        "planted2@x.io": ("different", "age"),
        "planted18@x.io": ("missing", ""),
        "planted19@x.io": ("missing", ""),
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_more_differences_than_tolerated_are_an_error(
    changed: RunningSandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has the counts, names nobody, and can be retried."""
    with pytest.raises(BentoOutOfStep, match="4 of 20 people") as caught:
        task(tolerate=0.19, dead_letters_path=str(tmp_path / "differ.jsonl")).execute({})
    assert (caught.value.sampled, caught.value.different, caught.value.missing) == (20, 2, 2)
    logged = caplog.text + capsys.readouterr().out  # Airflow 2 and 3 log differently
    assert "What to do: push the records in differ.jsonl" in logged
    assert "planted" not in logged + str(caught.value)


def test_the_dead_letters_bring_bento_into_step(changed: RunningSandbox, tmp_path: Path) -> None:
    """The operator of subscribers replays them as they are."""
    path = tmp_path / "differ.jsonl"
    with pytest.raises(BentoOutOfStep):
        task(dead_letters_path=str(path)).execute({})
    push = BentoBatchSubscribersOperator(task_id="push", replay_dead_letters=str(path))
    assert push.execute({})["accepted"] == 4
    assert task(dead_letters_path=str(path)).execute({})["equal"] == 19
    assert path.read_bytes() == b""


def test_a_404_is_a_missing_person(changed: RunningSandbox) -> None:
    """Any other refusal is an error."""
    changed.control.inject("status", "/fetch/subscribers", status=404, body={"error": "Not Found"})
    assert task(records=PEOPLE[:1], tolerate=1).execute({})["missing"] == 1
    changed.control.inject("status", "/fetch/subscribers", status=422)
    with pytest.raises(AirflowFailException):
        task(records=PEOPLE[:1], tolerate=1).execute({})


def test_a_wrong_address_of_the_api_is_no_missing_person(changed: RunningSandbox) -> None:
    """The tags are read first, and a 404 to that is an error."""
    changed.control.inject("status", "/fetch/tags", status=404)
    with pytest.raises(AirflowFailException, match="404"):
        task(tolerate=0.9).execute({})


def test_a_short_outage_is_repeated(changed: RunningSandbox) -> None:
    """Reading is harmless."""
    changed.control.inject("status", "/fetch/subscribers", status=503, headers=[("Retry-After", "0")])
    assert task(records=PEOPLE[:1]).execute({})["requests"] == 3


def test_a_sample_is_the_same_for_each_attempt(bento: RunningSandbox, tmp_path: Path) -> None:
    """And as large as it was asked for: here everybody who is compared is missing."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    for path in (first, second):
        result = task(sample=6, tolerate=6, dead_letters_path=str(path)).execute({})
        assert (result["read"], result["sampled"], result["missing"], result["requests"]) == (20, 6, 6, 7)
    assert letters(first) == letters(second)
    assert len(letters(first)) == 6


def test_all_sources_of_the_other_operators(
    bento: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query with columns and constants, a file, JSON text; rows of one address are one person."""
    shop, lines = tmp_path / "shop.sqlite", tmp_path / "people.jsonl"
    with closing(sqlite3.connect(shop)) as database:
        database.execute("CREATE TABLE person (mail TEXT, city TEXT)")
        database.executemany("INSERT INTO person VALUES (?, ?)", [("a@x.io", "Ghent"), ("b@x.io", "Rome")])
        database.commit()
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(shop)}))
    people = [{"email": "a@x.io", "city": "Ghent", "tags": "vip"}, {"email": "b@x.io", "city": "Rome", "tags": "vip"}]
    lines.write_text("".join(json.dumps(one) + "\n" for one in [*people, {"email": "A@x.io", "tags": "new"}]))
    BentoHook().import_subscribers([*people, {"email": "a@x.io", "tags": "new"}])
    by_query: dict[str, Any] = {
        "sql": "SELECT mail, city FROM person WHERE city <> ?",
        "sql_conn_id": "shop",
        "sql_parameters": ["Oslo"],
        "columns": {"email": "mail", "city": "city"},
        "constants": {"tags": "vip"},
    }
    assert BentoReconcileOperator(task_id="check", **by_query).execute({})["equal"] == 2
    of_file = task(records=str(lines)).execute({})
    assert (of_file["read"], of_file["equal"]) == (3, 2)
    assert task(records=json.dumps(people)).execute({})["equal"] == 2


def test_an_empty_source_ends_as_it_was_asked_for(bento: RunningSandbox) -> None:
    """Green unless on_empty says otherwise."""
    assert task(records=[]).execute({})["sampled"] == 0
    with pytest.raises(BentoEmptySource):
        task(records=[], on_empty="fail").execute({})
    with pytest.raises(AirflowSkipException):
        task(records=[], on_empty="skip").execute({})


def test_nobody_to_compare_is_a_warning(bento: RunningSandbox, caplog: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The task is green and has proved nothing; the log says why."""
    assert task(records=[{"email": "planted"}]).execute({})["invalid"] == 1
    logged = caplog.text + capsys.readouterr().out
    assert "Nobody is compared" in logged
    assert "1 × email: must be one email address" in logged


def test_a_killed_task_asks_for_no_further_person(changed: RunningSandbox) -> None:
    """It can be cleared, and compares again."""
    changed.control.set(reply_delay=0.2)
    operator = task()
    kill = threading.Timer(0.5, operator.on_kill)
    kill.start()
    try:
        with pytest.raises(BentoInterrupted) as caught:
            operator.execute({})
    finally:
        kill.cancel()
        changed.control.set(reply_delay=0)
    assert "clear the task to compare again" in caught.value.advice
    assert len(changed.control.journal(path="/fetch/subscribers")) < 20


def test_the_rate_limit_is_kept(changed: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """21 requests at 9 a second need three windows: the last one starts two seconds after the first at the earliest."""
    limited = changed.connection | {"extra": {"pacing": "process", "rate_limit": "9/second"}}
    monkeypatch.setenv("AIRFLOW_CONN_LIMITED", json.dumps(limited))
    started = time.monotonic()
    result = task(bento_conn_id="limited", tolerate=4).execute({})
    assert result["requests"] == 21
    assert time.monotonic() - started >= 2


def test_a_long_comparison_reports_its_progress(caplog: pytest.LogCaptureFixture) -> None:
    """Every 30 seconds, with the time that is left."""
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    progress = ReconcileProgress(logging.getLogger(__name__), "100/minute", lambda requests: requests * 0.6, clock)
    counts = Counts(read=1000, sampled=500, equal=40)
    with caplog.at_level("INFO"):
        progress.planned(counts)
        for clock.now, counts.missing in ((29.0, 9), (30.0, 10), (59.0, 50), (60.0, 110)):
            progress.compared(counts)
    assert caplog.messages == [
        "Comparing 500 people with Bento, of 1,000 rows, at 100/minute: 5 minutes at least.",
        "Compared 50 of 500: 40 equal, 10 missing; about 4 minutes left",
        "Compared 150 of 500: 40 equal, 110 missing; about 2 minutes left",
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "no source of records: pass one of records, sql"),
    ({"records": [], "sql": "SELECT 1"}, "pass one source of records, not 2: records, sql"),
    ({"sql": "SELECT 1"}, "sql needs sql_conn_id"),
    ({"records": [], "sample": 0}, 'sample must be a number of people from 1, or "all", not 0'),
    ({"records": [], "sample": "some"}, "sample must be"),
    ({"records": [], "sample": True}, "sample must be"),
    ({"records": [], "tolerate": 1.5}, "tolerate must be a count"),
    ({"records": [], "tolerate": -1}, "tolerate must be a count"),
    ({"records": [], "after": 600}, "after must be a timedelta"),
    ({"records": [], "after": timedelta()}, "after must be a timedelta"),
    ({"records": ["a@x.io"]}, "records: the row at position 0 must be a dict"),
    ({"records": [{"email": "{{ x }}"}]}, "records: email of the record at position 0 contains"),
    ({"records": [], "smaple": 3}, "did you mean sample"),
    ({"records": [], "on_empty": "fial"}, "did you mean 'fail'"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_argument_is_an_import_error(arguments: dict[str, Any], words: str) -> None:
    """It names the task and the argument; of a mapped task, too."""
    with pytest.raises(BentoSetupError) as caught:
        BentoReconcileOperator(task_id="check", **arguments)
    assert str(caught.value).startswith("check (BentoReconcileOperator): ")
    assert words in str(caught.value)
    if "no source" not in words and "needs" not in words:
        with pytest.raises(BentoSetupError, match="check"):
            BentoReconcileOperator.partial(task_id="check", **arguments)


def test_a_wrong_template_is_named_when_it_was_rendered(bento: RunningSandbox) -> None:
    """The message names the task."""
    operator = task(records="{{ params.people }}")
    operator.render_template_fields({"params": {"people": "planted"}})
    with pytest.raises(AirflowFailException, match=r"^check \(BentoReconcileOperator\): records"):
        operator.execute({})


def test_no_record_is_shown_or_rendered() -> None:
    """Airflow shows template fields, and stores DAGs."""
    operator = task(constants={"city": "{{ params.city }}"})
    assert repr(operator.records) == "<20 records>"
    operator.render_template_fields({"params": {"city": "Ghent"}})
    assert repr(operator.records) == "<20 records>"
    assert operator.constants == {"city": "Ghent"}


def test_help_shows_every_argument_and_nothing_else_is_public() -> None:
    """The signature spells them out; a default that is not a value explains itself."""
    shown = pydoc.plain(pydoc.render_doc(BentoReconcileOperator))
    parameters = inspect.signature(BentoReconcileOperator).parameters
    for name, parameter in parameters.items():
        assert f"{name}: {parameter.annotation!r}" in shown
    assert "records: 'Any' = <required unless sql= is passed>" in shown
    airflows = {*dir(BaseOperator), *vars(BaseOperator(task_id="plain"))}
    ours = {name for name in {*dir(task()), *vars(task())} if not name.startswith("_")}
    assert ours - airflows <= set(parameters)


def test_every_argument_is_documented() -> None:
    """In the table of its page, with its default."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "reconcile.md").read_text(encoding="utf-8")
    own = set(inspect.signature(BentoReconcileOperator).parameters) - {"kwargs"}
    assert sorted(name for name in own if f"`{name}`" not in page) == []


def test_example(bento: RunningSandbox) -> None:
    """The example of the page."""
    from airflow.providers.common.compat.sdk import DAG

    customers = [{"email": "ann@example.com", "tags": ["customer"]}]
    with DAG("customers", schedule=None):
        # [START reconcile]
        push = BentoBatchSubscribersOperator(task_id="push", subscribers=customers)
        check = BentoReconcileOperator(
            task_id="check",
            records=customers,
            sample=500,  # or "all"
            tolerate=0.01,  # 1 % of those who are compared
            after=timedelta(minutes=10),  # Bento imports within minutes
            dead_letters_path="/opt/airflow/bento/differ.jsonl",
        )
        push >> check
        # [END reconcile]
    push.execute({})
    check.after, check.dead_letters_path = None, None
    assert check.execute({})["equal"] == 1
