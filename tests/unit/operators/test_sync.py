"""Tasks that send only the difference, against the sandbox: what each run sends, takes back and remembers."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from airflow_provider_bento.exceptions import BentoStateError, BentoUnreachable
from airflow_provider_bento.operators.bento import (
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
)
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.sources.functions import GeneratorSource
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.version_compat import (
    HEEDS_RESCHEDULE_DATES,
    AirflowFailException,
    AirflowRescheduleException,
)

UNTAG: dict[str, Any] = {"when_gone": "untag", "untag": ["customer"]}


def person(number: int, **fields: Any) -> dict[str, Any]:
    """Return a customer."""
    return {"email": f"p{number}@planted.example", "tags": ["customer"], **fields}


def people(count: int) -> list[dict[str, Any]]:
    """Return as many customers."""
    return [person(number) for number in range(count)]


def order(number: Any, **fields: Any) -> dict[str, Any]:
    """Return an event."""
    return {"type": "order", "email": "ann@planted.example", "details": {"order_id": number}, **fields}


def context(run: str = "r", *, attempt: int = 1, map_index: int = -1, task: str = "push") -> dict[str, Any]:
    """Return what Airflow passes to ``execute``, of the attempt of a run."""
    ti = SimpleNamespace(try_number=attempt, max_tries=3, dag_id="d", run_id=run, task_id=task, map_index=map_index)
    return {"ti": ti}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the snapshot."""
    return tmp_path / "snapshot"


class Task:
    """A task of subscribers with a snapshot and with checkpoints in files.

    :param bento: the sandbox.
    :param folder: of the snapshot.
    """

    def __init__(self, bento: RunningSandbox, folder: Path) -> None:
        self.bento = bento
        self._folder = folder
        self._runs = 0

    def run(self, rows: list[dict[str, Any]], where: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        """Run it, as a run of its own if no context is passed; return its result."""
        self._runs += 1
        settings: dict[str, Any] = {
            "task_id": "push",
            "subscribers": rows,
            "snapshot_path": self._folder,
            "checkpoint_path": self._folder.parent / "checkpoints",
            "max_in_flight": 1,
        }
        operator = BentoBatchSubscribersOperator(**{**settings, **arguments})
        return operator.execute(where or context(f"run {self._runs}"))

    def requests(self, path: str = "/batch/subscribers") -> int:
        """Return how many requests Bento got."""
        return len([one for one in self.bento.control.journal() if one["path"].endswith(path)])

    def sent(self) -> list[str]:
        """Return whom Bento was sent, in order."""
        return [record["email"].partition("@")[0] for record in self.bento.control.records("subscribers")]

    def customers(self) -> set[str]:
        """Return who has the tag in Bento."""
        self.bento.control.drain()
        return {row["email"].partition("@")[0] for row in self.bento.control.everything("/people", tag="customer")}


@pytest.fixture
def push(bento: RunningSandbox, folder: Path) -> Task:
    """Return the task."""
    return Task(bento, folder)


class Log:
    """What tasks log; Airflow 2 and 3 log differently.

    :param caplog: has the records of Airflow 2.
    :param capsys: has the lines of Airflow 3.
    """

    def __init__(self, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
        self._caplog, self._capsys, self._lines = caplog, capsys, ""

    @property
    def text(self) -> str:
        """All that was logged since the test began."""
        self._lines += self._capsys.readouterr().out
        return self._caplog.text + self._lines


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Log:
    """Collect what tasks log."""
    caplog.set_level(logging.INFO)
    return Log(caplog, capsys)


def names(*numbers: int) -> set[str]:
    """Return the names of these customers."""
    return {f"p{number}" for number in numbers}


def test_the_first_run_sends_everybody_and_the_second_nobody(push: Task) -> None:
    """Not even a request."""
    first, second = push.run(people(20)), push.run(people(20))
    assert (first["read"], first["accepted"], first["unchanged"], first["requests"]) == (20, 20, 0, 1)
    assert (second["read"], second["accepted"], second["unchanged"], second["requests"]) == (20, 0, 20, 0)
    assert push.requests() == 1


def test_only_who_is_new_or_changed_is_sent(push: Task) -> None:
    """Also when the value that comes is one that was there before."""
    push.run(people(5))
    push.run([person(0, plan="gold"), *people(6)[1:]])
    assert push.sent()[5:] == ["p0", "p5"]
    push.run(people(6))
    assert push.sent()[7:] == ["p0"]


@pytest.fixture(params=["rows", "frame", "lines", "query", "function"])
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the arguments of a source of three people, whatever it is."""
    rows = [{"email": f"p{number}@planted.example", "tags": "customer", "n": number} for number in range(3)]
    frame = pd.DataFrame(rows)
    if request.param == "query":
        with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite")) as database:
            frame.to_sql("people", database, index=False)
        shop = {"conn_type": "sqlite", "host": str(tmp_path / "shop.sqlite")}
        monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(shop))
        return {"sql": "SELECT * FROM people", "sql_conn_id": "shop"}
    if request.param == "lines":
        (tmp_path / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return {"subscribers": tmp_path / "people.jsonl"}
    made: dict[str, Any] = {"rows": rows, "frame": frame, "function": GeneratorSource(lambda: iter(rows))}
    return {"subscribers": made[request.param]}


def test_every_source_is_compared_alike(bento: RunningSandbox, folder: Path, source: dict[str, Any]) -> None:
    """Also those that cannot be read twice."""

    def run() -> dict[str, Any]:
        operator = BentoBatchSubscribersOperator(task_id="push", snapshot_path=folder, **source)
        return operator.execute(context())

    assert [run()["accepted"], run()["unchanged"]] == [3, 3]
    assert len(bento.control.journal()) == 1


def test_the_order_of_rows_and_missing_values_are_no_change(push: Task) -> None:
    """``None`` is the same as no value."""
    push.run(people(3))
    assert push.run([person(2, city=None), person(1), person(0)])["unchanged"] == 3


def test_rows_of_one_person_are_merged_and_compared_as_one(push: Task) -> None:
    """An address in capitals is the same one; the same rows in the next run are no change."""
    rows = [person(0, city="Rome"), person(1), {"email": "P0@planted.example", "plan": "gold", "tags": ["vip"]}]
    assert push.run(rows)["accepted"] == 2
    (stored,) = [one for one in push.bento.control.records("subscribers") if one["email"].lower().startswith("p0@")]
    assert (stored["city"], stored["plan"], stored["tags"]) == ("Rome", "gold", "customer,vip")
    again = push.run(rows)
    assert (again["read"], again["accepted"], again["unchanged"]) == (2, 0, 2)


def test_people_who_left_lose_the_tag_and_may_come_back(push: Task) -> None:
    """After everybody else was accepted; the second time nobody is gone any more."""
    push.run(people(40), **UNTAG)
    found = push.run([person(0, plan="gold"), *people(38)[1:]], **UNTAG)
    assert (found["accepted"], found["unchanged"], found["gone"], found["untagged"], found["requests"]) == (
        1,
        37,
        2,
        2,
        2,
    )
    assert push.sent()[40] == "p0"
    assert push.customers() == {f"p{number}" for number in range(38)}
    assert push.run([person(0, plan="gold"), *people(38)[1:]], **UNTAG)["gone"] == 0
    assert push.run([person(0, plan="gold"), *people(40)[1:]], **UNTAG)["accepted"] == 2
    assert push.customers() == {f"p{number}" for number in range(40)}


def test_people_who_left_are_unsubscribed(push: Task) -> None:
    """By a command each, of which a request has a hundred."""
    push.run(people(150), when_gone="unsubscribe", max_gone=120)
    found = push.run(people(30), when_gone="unsubscribe", max_gone=120)
    assert (found["gone"], found["unsubscribed"], push.requests("/fetch/commands")) == (120, 120, 2)
    gone = [one for one in push.bento.control.everything("/people") if one["unsubscribed_at"]]
    assert len(gone) == 120


def test_more_people_gone_than_allowed_stop_the_run_before_it_sends_anything(push: Task, said: Log) -> None:
    """A query that returns half the people, of whom some changed, too."""
    push.run(people(100), **UNTAG)
    half = [person(number, plan="gold") for number in range(50)]
    with pytest.raises(AirflowFailException, match=r"Gone from the source: 50 of 100 people.* allows 5") as caught:
        push.run(half, **UNTAG)
    assert push.requests() == 1
    assert "What to do: check why the source lacks people, or raise max_gone for one run." in said.text
    assert "planted" not in str(caught.value) + said.text
    assert push.run(half, **UNTAG, max_gone=0.5)["untagged"] == 50


@pytest.mark.parametrize("max_gone", [None, 1000])
def test_an_empty_source_takes_nothing_back(push: Task, max_gone: int | None) -> None:
    """Whatever the author allows; without ``when_gone`` it is an empty source like any other."""
    push.run(people(3), **UNTAG)
    with pytest.raises(AirflowFailException, match=r"The source is empty\. .* earlier runs sent 3 people"):
        push.run([], **UNTAG, max_gone=max_gone)
    assert push.run([])["read"] == 0
    assert push.customers() == names(0, 1, 2)


def test_nobody_is_gone_while_a_record_was_not_accepted(push: Task, said: Log) -> None:
    """The invalid one may be the person who seems to be gone; the next run takes back who left."""
    push.run(people(40), **UNTAG)
    rows = [*people(38), {"email": "no address"}]
    found = push.run(rows, **UNTAG, on_invalid_record="drop", max_failed=1)
    assert (found["invalid"], found["gone"], found["untagged"]) == (1, 2, 0)
    assert "not untagged this time, because not every record was accepted" in said.text
    assert push.run(people(38), **UNTAG)["untagged"] == 2


def test_an_invalid_row_with_an_address_is_not_gone(push: Task) -> None:
    """Its address can be read, only a field of it is wrong."""
    push.run(people(40), **UNTAG)
    rows = [*people(39), person(39, command="delete")]
    found = push.run(rows, **UNTAG, on_invalid_record="drop", max_failed=1)
    assert (found["invalid"], found["gone"]) == (1, 0)


def test_invalid_and_rejected_records_are_tried_again_by_the_next_run(push: Task) -> None:
    """They are not what Bento has."""
    push.bento.control.inject("failed_count", "/batch/subscribers", records=1)
    found = push.run([{"email": "no address"}, *people(1)], on_invalid_record="drop", max_failed=2)
    assert (found["accepted"], found["invalid"], found["rejected"]) == (0, 1, 1)
    found = push.run([person(7), *people(1)])
    assert (found["accepted"], found["unchanged"]) == (2, 0)


def test_a_baseline_sends_nothing_and_counts_as_confirmed(push: Task) -> None:
    """For people who were imported by hand."""
    found = push.run(people(10), full_refresh="baseline")
    assert (found["accepted"], found["unchanged"], push.requests()) == (0, 10, 0)
    assert push.run([*people(10), person(10)])["accepted"] == 1


def test_a_full_refresh_sends_everybody_once_more(push: Task) -> None:
    """And is what the next run compares with."""
    push.run(people(10))
    assert push.run(people(10), full_refresh=True)["accepted"] == 10
    assert push.run(people(10))["unchanged"] == 10


def test_unchanged_people_are_sent_again_after_a_period(push: Task) -> None:
    """Each at a moment of its own: after a period, everybody was."""
    push.run(people(30))
    assert push.run(people(30), resend_after=timedelta(days=3650))["accepted"] < 30
    assert push.run(people(30), resend_after=timedelta.max)["accepted"] == 0


def test_a_dry_run_says_what_a_push_would_do(push: Task) -> None:
    """And changes neither Bento nor the snapshot."""
    arguments: dict[str, Any] = {**UNTAG, "on_invalid_record": "drop", "max_failed": 1}
    push.run(people(40), **UNTAG)
    before = {path: path.read_bytes() for path in push._folder.rglob("*") if path.is_file()}
    rows = [person(0, plan="gold"), *people(39)[1:], person(50), {"email": "no address"}]
    found = push.run(rows, **arguments, validate_only=True)
    counted = {name: found[name] for name in ("total", "added", "changed", "unchanged", "gone", "invalid", "valid")}
    assert counted == {"total": 41, "added": 1, "changed": 1, "unchanged": 38, "gone": 1, "invalid": 1, "valid": 2}
    assert (found["chunks"], found["minutes"], found["requests"]) == (1, 0.0, 0)
    assert {path: path.read_bytes() for path in push._folder.rglob("*") if path.is_file()} == before
    assert push.run(rows[:-1], **UNTAG)["untagged"] == 1


def test_the_first_dry_run_leaves_no_folder(push: Task) -> None:
    """Everybody would be added."""
    assert push.run(people(3), validate_only=True)["added"] == 3
    assert not push._folder.exists()


@pytest.mark.parametrize(("rows", "max_gone"), [(people(1), 0.05), ([], 1000)])
def test_a_dry_run_says_that_a_push_would_stop(
    push: Task, said: Log, rows: list[dict[str, Any]], max_gone: float
) -> None:
    """It is green: finding out is what it is for."""
    push.run(people(40), **UNTAG)
    assert push.run(rows, **UNTAG, max_gone=max_gone, validate_only=True)["gone"] == 40 - len(rows)
    assert "A push would stop before it sends anything" in said.text


def test_mapped_tasks_have_a_folder_each(push: Task, folder: Path) -> None:
    """What one has sent, another has not."""
    for index in (0, 1):
        assert push.run(people(3), context(map_index=index))["accepted"] == 3
    assert push.run(people(3), context("next", map_index=1))["unchanged"] == 3
    assert sorted(path.name for path in folder.iterdir()) == ["0", "1"]


def test_a_folder_of_another_site_is_refused(push: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its people are not in this one."""
    push.run(people(3))
    other = json.loads(os.environ["AIRFLOW_CONN_BENTO_DEFAULT"])
    other["schema"] = "00000000-0000-4000-8000-000000000001"
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(other))
    with pytest.raises(AirflowFailException, match="another Bento site than the connection's"):
        push.run(people(3))


class Orders:
    """A task of events, each sent once.

    :param bento: the sandbox.
    :param folder: of the snapshot.
    """

    def __init__(self, bento: RunningSandbox, folder: Path) -> None:
        self.bento = bento
        self._folder = folder
        self._runs = 0

    def run(self, rows: list[dict[str, Any]], where: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        """Run it, as a run of its own if no context is passed; return its result."""
        self._runs += 1
        settings: dict[str, Any] = {
            "task_id": "push",
            "events": rows,
            "once_by": "details.order_id",
            "snapshot_path": self._folder,
            "checkpoint_path": self._folder.parent / "checkpoints",
        }
        operator = BentoBatchEventsOperator(**{**settings, **arguments})
        return operator.execute(where or context(f"run {self._runs}", task="orders"))

    def sent(self) -> list[Any]:
        """Return the numbers of the orders in Bento."""
        return [one["details"]["order_id"] for one in self.bento.control.records("events")]


@pytest.fixture
def orders(bento: RunningSandbox, folder: Path) -> Orders:
    """Return the task."""
    return Orders(bento, folder)


def test_an_event_is_sent_once_however_often_it_comes(orders: Orders) -> None:
    """In overlapping windows, twice in one source, and with other details."""
    assert orders.run([order(number) for number in range(10)])["accepted"] == 10
    found = orders.run([*(order(number) for number in range(5, 12)), order(11), order(3, fields={"plan": "gold"})])
    assert (found["accepted"], found["unchanged"]) == (2, 7)
    assert orders.sent() == list(range(12))


def test_a_run_that_is_cleared_sends_no_event_again(orders: Orders) -> None:
    """Airflow runs the whole task once more."""
    rows = [order(1), order(2)]
    orders.run(rows, context())
    cleared = context(attempt=2)
    cleared["ti"].max_tries = 4
    assert orders.run(rows, cleared)["unchanged"] == 2
    assert orders.sent() == [1, 2]


def test_a_key_is_one_of_its_type(orders: Orders) -> None:
    """An order and its refund may have the same number."""
    found = orders.run([order(1), order(1, type="refund"), order(1, type=" order ")])
    assert (found["accepted"], found["unchanged"]) == (2, 1)


def test_a_key_may_be_a_column_that_is_not_sent(orders: Orders) -> None:
    """The rows of a query have more columns than an event needs."""
    rows = [{"id": number, "kind": "order", "who": "ann@planted.example"} for number in (1, 2)]
    mapped: dict[str, Any] = {"once_by": "id", "columns": {"email": "who", "type": "kind"}}
    assert orders.run(rows, **mapped)["accepted"] == 2
    found = orders.run([*rows, {**rows[0], "id": 3}], **mapped)
    assert (found["accepted"], found["unchanged"]) == (1, 2)


@pytest.mark.parametrize("value", [None, "", " ", 1.5, True, [1], {"a": 1}])
def test_a_value_that_is_no_key_is_invalid(orders: Orders, value: Any, said: Log) -> None:
    """The event is named by its position, its person by nothing."""
    with pytest.raises(AirflowFailException, match="has no details") as caught:
        orders.run([order(1), order(value)])
    assert "position 1" in str(caught.value)
    assert "planted" not in str(caught.value) + said.text
    assert orders.run([order(1), order(value)], on_invalid_record="drop", max_failed=1)["invalid"] == 1
    assert orders.sent() == [1]


def test_a_number_and_its_digits_are_one_key(orders: Orders) -> None:
    """A file has text for what a database has as a number."""
    orders.run([order(7), order("007")])
    assert orders.run([order("7"), order(" 007 ")])["unchanged"] == 2


def test_keys_are_forgotten_after_a_while(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the event is sent again; without the argument, never."""
    orders.run([order(1)])
    assert orders.run([order(1)], forget_after=timedelta(days=1))["unchanged"] == 1
    assert orders.run([order(1)], forget_after=timedelta.max)["unchanged"] == 1
    monkeypatch.setattr("time.time", _days_later(2))
    assert orders.run([order(1)])["unchanged"] == 1
    assert orders.run([order(1)], forget_after=timedelta(days=1))["accepted"] == 1


def _days_later(days: int) -> Any:
    now = time.time
    return lambda: now() + days * 86_400


def test_an_event_that_bento_rejected_is_tried_again(orders: Orders) -> None:
    """It is known not to be there."""
    orders.bento.control.inject("failed_count", "/batch/events", records=1)
    assert orders.run([order(1)], max_failed=1)["rejected"] == 1
    assert orders.run([order(1)])["accepted"] == 1


def test_an_event_in_doubt_is_not_sent_by_later_runs(orders: Orders, said: Log) -> None:
    """Bento may have it; the log says how many there are."""
    orders.bento.control.inject("apply_then_reset", "/batch/events")
    with pytest.raises(AirflowFailException, match="In doubt"):
        orders.run([order(1)])
    assert orders.run([order(1), order(2)])["accepted"] == 1
    assert "Not sent again: 1 event that an earlier run may have sent" in said.text
    assert sorted(orders.sent()) == [1, 2]


def test_an_event_that_never_left_is_sent_by_the_next_run(orders: Orders) -> None:
    """The connection was refused, again and again."""
    orders.bento.control.inject("refuse", "/batch/events", seconds=3600)
    with pytest.raises(BentoUnreachable):
        orders.run([order(1)], max_attempts=1)
    orders.bento.listen_again()
    assert orders.run([order(1)])["accepted"] == 1


def cleared(run: str, attempt: int) -> dict[str, Any]:
    """Return the context of a run that a person cleared."""
    found = context(run, attempt=attempt, task="orders")
    found["ti"].max_tries = 3 + attempt
    return found


@pytest.mark.parametrize(("word", "accepted_skipped", "arrived"), [("resend", (5, 0), 2), ("skip", (3, 2), 1)])
def test_a_person_settles_a_doubt_after_other_runs(
    orders: Orders, word: str, accepted_skipped: tuple[int, int], arrived: int
) -> None:
    """Of whom one has sent what comes after the doubt; afterwards nothing sends the events again."""
    orders.bento.control.inject("apply_then_reset", "/batch/events", nth=2)
    rows = [order(number) for number in range(6)]
    with pytest.raises(AirflowFailException, match="In doubt"):
        orders.run(rows, context("doubtful", task="orders"), chunk_size=2)
    assert orders.run(rows[:5])["unchanged"] == 4
    found = orders.run(rows, cleared("doubtful", 2), chunk_size=2, in_doubt=word)
    assert (found["accepted"], found["skipped"]) == accepted_skipped
    assert (found["read"], found["unchanged"], found["in_doubt"]) == (6, 1, 0)
    assert orders.sent().count(2) == arrived
    assert orders.run(rows)["unchanged"] == 6


def test_a_retry_of_events_continues_and_counts_all_attempts(orders: Orders) -> None:
    """Each event once, whichever attempt sent it."""
    orders.run([order(0)])
    for nth in (2, 3):
        orders.bento.control.inject("status", "/batch/events", nth=nth, status=503, headers=[("Retry-After", "0")])
    rows = [order(number) for number in range(7)]
    with pytest.raises(BentoUnreachable):
        orders.run(rows, context("r", task="orders"), chunk_size=2, max_attempts=2)
    orders.bento.control.clear_faults()
    found = orders.run(rows, context("r", attempt=2, task="orders"), chunk_size=2)
    assert (found["read"], found["accepted"], found["unchanged"], found["resumed"]) == (7, 6, 1, True)
    assert orders.sent() == list(range(7))


def test_a_snapshot_is_for_one_kind_of_keys(orders: Orders, push: Task) -> None:
    """Another field, and people, have other keys."""
    orders.run([order(1)])
    with pytest.raises(AirflowFailException, match=r"snapshot of events once_by details\.order_id, and this task"):
        orders.run([order(1, id=1)], once_by="details.id")
    with pytest.raises(AirflowFailException, match="this task pushes subscribers"):
        push.run(people(1))


def test_an_email_is_sent_once_to_each_address(bento: RunningSandbox, folder: Path) -> None:
    """The same key for another person is another email."""

    def run(*recipients: str) -> dict[str, Any]:
        letters = [
            {"to": to, "from": "shop@planted.example", "subject": "Hello", "html_body": "<p>Hello</p>"}
            for to in recipients
        ]
        return BentoBatchEmailsOperator(
            task_id="push", emails=letters, transactional=True, once_by="subject", snapshot_path=folder
        ).execute(context(f"run of {len(recipients)}"))

    assert run("ann@planted.example")["accepted"] == 1
    found = run("ann@planted.example", "bob@planted.example")
    assert (found["accepted"], found["unchanged"]) == (1, 1)


def fails_at(push: Task, nth: int, path: str = "/batch/subscribers") -> None:
    """Let Bento be unavailable from the nth request on, for longer than an attempt waits."""
    push.bento.control.inject("status", path, nth=nth, count=20, status=503, headers=[("Retry-After", "0")])


def test_a_retry_continues_and_counts_all_attempts(push: Task) -> None:
    """What the first attempt sent is accepted, not unchanged, and not sent again."""
    push.run(people(2))
    fails_at(push, 3)
    arguments: dict[str, Any] = {"chunk_size": 2, "max_attempts": 2}
    with pytest.raises(BentoUnreachable):
        push.run(people(12), context(), **arguments)
    push.bento.control.clear_faults()
    found = push.run(people(12), context(attempt=2), **arguments)
    assert (found["read"], found["accepted"], found["unchanged"], found["resumed"]) == (12, 10, 2, True)
    assert sorted(push.sent()) == sorted(f"p{number}" for number in range(12))
    assert push.run(people(12))["unchanged"] == 12


def test_a_run_that_failed_leaves_what_it_sent_to_the_next_one(push: Task) -> None:
    """Nobody retries it; the next run of the schedule sends the rest."""
    fails_at(push, 3)
    with pytest.raises(BentoUnreachable):
        push.run(people(10), chunk_size=2, max_attempts=2)
    push.bento.control.clear_faults()
    found = push.run(people(10), chunk_size=2)
    assert (found["accepted"], found["unchanged"]) == (6, 4)


def test_a_retry_takes_back_who_left_if_only_that_had_failed(push: Task) -> None:
    """Nobody else is sent again, and the counts are those of both attempts."""
    push.run(people(40), **UNTAG)
    fails_at(push, 2)
    rows = [person(0, plan="gold"), *people(39)[1:]]
    with pytest.raises(BentoUnreachable):
        push.run(rows, context(), **UNTAG, max_attempts=2)
    push.bento.control.clear_faults()
    found = push.run(rows, context(attempt=2), **UNTAG)
    assert (found["accepted"], found["unchanged"], found["gone"], found["untagged"]) == (1, 38, 1, 1)
    assert push.sent()[40:] == ["p0", "p39"]
    assert push.customers() == {f"p{number}" for number in range(39)}


def test_a_retry_that_only_has_to_end_the_run_returns_the_same_counts(
    push: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot could not be written at the end of the first attempt."""

    def fail(_: Snapshot) -> None:
        raise BentoStateError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Snapshot, "close", fail)
        with pytest.raises(BentoStateError):
            push.run(people(3), context())
    found = push.run(people(3), context(attempt=2))
    assert (found["accepted"], found["unchanged"], push.requests()) == (3, 0, 1)
    assert push.run(people(3))["unchanged"] == 3


def test_a_retry_that_only_has_to_end_a_baseline_notes_everybody(push: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the source again, because it writes what it reads."""

    def fail(_: Snapshot) -> None:
        raise BentoStateError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Snapshot, "close", fail)
        with pytest.raises(BentoStateError):
            push.run(people(3), context(), full_refresh="baseline")
    push.run(people(3), context(attempt=2), full_refresh="baseline")
    assert (push.run(people(3))["unchanged"], push.requests()) == (3, 0)


def test_a_baseline_that_another_run_overtook_fails(push: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is noted: the next run would send everybody, and a green task would have said otherwise."""
    close, others = Snapshot.close, [lambda: push.run(people(1), context("newer"))]

    def be_late(snapshot: Snapshot) -> None:
        while others:
            others.pop()()
        close(snapshot)

    monkeypatch.setattr(Snapshot, "close", be_late)
    with pytest.raises(AirflowFailException, match="A newer run has taken over the snapshot"):
        push.run(people(5), context("older"), full_refresh="baseline")
    push.run(people(5), context("older", attempt=2), full_refresh="baseline")
    assert push.run(people(5))["unchanged"] == 5


def test_a_retry_that_only_has_to_take_back_believes_no_source_with_an_invalid_row(push: Task, said: Log) -> None:
    """The source was read again, and the person who is missing may be the one in that row."""
    push.run(people(40), **UNTAG)
    fails_at(push, 2)
    rows = [person(0, plan="gold"), *people(39)[1:]]
    with pytest.raises(BentoUnreachable):
        push.run(rows, context(), **UNTAG, max_attempts=2)
    push.bento.control.clear_faults()
    found = push.run([*rows[:-1], {**rows[-1], "email": None}], context(attempt=2), **UNTAG)
    assert (found["gone"], found["untagged"]) == (2, 0)
    assert "because not every record was accepted" in said.text
    assert "p38" in push.customers()


@pytest.mark.parametrize("rejected", [False, True])
def test_who_was_never_in_bento_is_not_created_to_be_untagged(push: Task, rejected: bool) -> None:
    """The only push with them was refused, or Bento rejected them; then they left the source."""
    push.run(people(40), **UNTAG)
    fault: dict[str, Any] = {"kind": "failed_count", "records": 1} if rejected else {"kind": "status", "status": 401}
    push.bento.control.inject(path="/batch/subscribers", **fault)
    with contextlib.suppress(AirflowFailException):
        push.run(people(41), **UNTAG, max_failed=1)
    push.bento.control.clear_faults()
    before = push.requests()
    assert push.run(people(40), **UNTAG)["gone"] == 0
    assert push.requests() == before


def test_a_retry_whose_snapshot_was_taken_over_sends_what_differs_now(push: Task) -> None:
    """Another run changed what Bento has since the first attempt."""
    fails_at(push, 2)
    rows = [person(number, plan="gold") for number in range(4)]
    with pytest.raises(BentoUnreachable):
        push.run(rows, context(), chunk_size=2, max_attempts=2)
    push.bento.control.clear_faults()
    push.run(people(4))
    found = push.run(rows, context(attempt=2), chunk_size=2)
    assert (found["accepted"], found["unchanged"]) == (4, 0)
    assert [one.get("plan") for one in push.bento.control.records("subscribers")[-4:]] == ["gold"] * 4


def test_a_retry_that_only_had_to_take_back_compares_anew_if_it_was_taken_over(push: Task) -> None:
    """Otherwise it would untag whom another run has added, and leave what that run changed."""
    push.run(people(40), **UNTAG)
    fails_at(push, 2)
    rows = [person(0, plan="gold"), *people(39)[1:]]
    with pytest.raises(BentoUnreachable):
        push.run(rows, context(), **UNTAG, max_attempts=2)
    push.bento.control.clear_faults()
    push.run(people(41), **UNTAG)
    found = push.run(rows, context(attempt=2), **UNTAG)
    assert (found["accepted"], found["unchanged"], found["untagged"]) == (1, 38, 2)
    assert "p0" in push.sent()[-3:]
    assert push.customers() == {f"p{number}" for number in range(39)}


def test_a_run_that_was_cleared_after_success_compares_anew(push: Task) -> None:
    """As a run of its own would."""
    push.run(people(3), context())
    cleared = context(attempt=2)
    cleared["ti"].max_tries = 4
    found = push.run([person(0, plan="gold"), *people(3)[1:]], cleared)
    assert (found["accepted"], found["unchanged"]) == (1, 2)


def test_an_older_run_stops_when_a_newer_one_has_taken_the_snapshot(
    push: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds out before its next request; what it had in flight is sent once more, since it might arrive late."""
    settle, others = Snapshot.settle, [lambda: push.run(people(4), context("newer"))]

    def settle_then_be_late(snapshot: Snapshot, *arguments: Any) -> None:
        settle(snapshot, *arguments)
        if others:
            others.pop()()

    monkeypatch.setattr(Snapshot, "settle", settle_then_be_late)
    with pytest.raises(AirflowFailException, match="A newer run has taken over the snapshot"):
        push.run([person(number, plan="gold") for number in range(4)], context("older"), chunk_size=2)
    assert push.sent() == ["p0", "p1", "p0", "p1", "p2", "p3"]
    assert [push.run(people(4))["unchanged"] for _ in range(2)] == [2, 4]


@pytest.mark.skipif(not HEEDS_RESCHEDULE_DATES, reason="no slot is freed before Airflow 3.2")
def test_waiting_to_take_back_keeps_the_slot(push: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same attempt would be taken for a DAG run that was deleted and created again."""
    push.run(people(40), **UNTAG)
    extra = {"pacing": "process", "rate_limit": "1/1s"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(push.bento.connection | {"extra": extra}))
    try:
        found = push.run([person(0, plan="gold"), *people(39)[1:]], **UNTAG, release_slot_after=0.1)
    except AirflowRescheduleException:
        pytest.fail("The slot was freed.")
    assert found["untagged"] == 1


def test_people_without_an_address_in_the_snapshot_are_forgotten(push: Task, said: Log) -> None:
    """``when_gone`` was not set when they were sent; the next run does not count them again."""
    push.run(people(40))
    found = push.run(people(38), **UNTAG)
    assert (found["gone"], found["untagged"]) == (2, 0)
    assert "2 people could not be untagged: the address is not stored" in said.text
    assert push.run(people(38), **UNTAG)["gone"] == 0


def test_addresses_are_stored_only_if_they_are_needed(push: Task, folder: Path) -> None:
    """They are removed when they no longer are; keys and addresses are in no file of another kind."""
    push.run(people(3), **UNTAG)
    stored = {path for path in folder.rglob("*") if path.is_file() and b"planted" in path.read_bytes()}
    assert {path.parent.name for path in stored} <= {"bases", "segments"}
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    for _ in range(2):  # the base before the newest one stays for one more run
        assert push.run(people(3))["unchanged"] == 3
    assert [path for path in folder.rglob("*") if path.is_file() and b"planted" in path.read_bytes()] == []


def test_no_address_is_stored_if_who_is_gone_does_not_matter(push: Task, orders: Orders, folder: Path) -> None:
    """Nor the value of a key."""
    push.run(people(3))
    orders.run([order("planted-key")], snapshot_path=folder.parent / "orders")
    files = [path for path in folder.parent.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert [path for path in files if b"planted" in path.read_bytes()] == []


def test_the_advice_about_a_damaged_folder_is_about_that_folder(push: Task, folder: Path, said: Log) -> None:
    """Not about the checkpoint."""
    push.run(people(3))
    (base,) = folder.glob("bases/*")
    base.write_bytes(b"")
    with pytest.raises(BentoStateError, match=r"bases/000000002\.parquet is damaged\. Nothing was sent"):
        push.run(people(3))
    assert "What to do: restore the file of the snapshot, or start over: see the message below." in said.text
    base.unlink()
    with pytest.raises(BentoStateError, match="is missing"):
        push.run(people(3))
    (folder.parent / "file").write_text("no folder")
    with pytest.raises(BentoStateError, match=r"/file/generations could not be listed|written"):
        push.run(people(3), snapshot_path=folder.parent / "file")
    assert "What to do: let the worker read and write snapshot_path, then clear the task." in said.text
    assert push.requests() == 1


def test_a_missing_engine_is_said_by_the_run(push: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """The DAG parses without it; nothing is sent."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(
        AirflowFailException, match=r"snapshot_path needs DuckDB: install airflow-provider-bento\[sync\]"
    ):
        push.run(people(3))
    assert push.requests() == 0


def test_a_task_that_fails_leaves_nothing_on_the_disk(
    push: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow ends a task's process without cleaning up, while it still has the error with all that belongs to it."""
    push.run(people(20), **UNTAG)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with pytest.raises(AirflowFailException) as failed:
        push.run(people(2), **UNTAG)
    assert "Gone from the source: 18 of 20 people" in str(failed.value)
    assert list((tmp_path / "temporary").glob("bento-sync-*")) == []
