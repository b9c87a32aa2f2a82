"""What somebody reads who opens the log of a failed task: one line that says what to do, then one exception."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento import exceptions
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoUnreachable
from airflow_provider_bento.operators.advice import advice
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator
from airflow_provider_bento.operators.outcomes import for_airflow
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox
from airflow_provider_bento.version_compat import AirflowFailException, AirflowSkipException

Operator = Callable[..., Any]
PEOPLE = [{"email": "planted@x.io"}]
EVENTS = [{"email": "planted@x.io", "type": "seen"}]


@pytest.fixture
def bento(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """A sandbox behind the default connection, and one whose key is wrong."""
    with running_sandbox() as running:
        known = running.connection | {"extra": {"pacing": "process", "rate_limit": "100/second"}}
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(known))
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_WRONG", json.dumps(known | {"password": "sk_wrong"}))
        yield running


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The connection of an empty database."""
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")):
        pass
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "shop.sqlite")}))
    return "shop"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """Return what reads the advices that were logged; Airflow 3 writes them past the standard library's handlers."""

    def lines() -> list[str]:
        shown = re.findall(r"\[error +\] (What to do: .*?\.) +\[", capsys.readouterr().out)
        return shown or [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]

    return lines


def subscribers(**arguments: Any) -> Any:
    """Return an operator that pushes people once."""
    return BentoBatchSubscribersOperator(task_id="push", **{"max_attempts": 1, **arguments})


def in_doubt(bento: RunningSandbox) -> Any:
    """Return an operator whose only request gets no answer."""
    bento.control.inject("apply_then_reset", "/batch/events")
    return BentoBatchEventsOperator(task_id="push", events=EVENTS)


def unavailable(bento: RunningSandbox) -> Any:
    """Return an operator whose only request is put off."""
    bento.control.inject("status", "/batch/subscribers", status=503, headers=[("Retry-After", "0")])
    return subscribers(subscribers=PEOPLE)


CASES: dict[str, tuple[Callable[[RunningSandbox], Any], str]] = {
    "401": (lambda _: subscribers(subscribers=PEOPLE, bento_conn_id="bento_wrong"), "bento_wrong"),
    "bad record": (lambda _: subscribers(subscribers=[{"email": "planted"}]), "fix the records"),
    "no dict": (lambda _: subscribers(subscribers=["planted@x.io"], columns=str), "dicts of fields"),
    "doubt": (in_doubt, "push the missing records from a new task"),
    "missing file": (lambda _: subscribers(subscribers="/not/there.csv"), ""),
    "refused query": (lambda _: subscribers(sql="SELECT nope FROM planted", sql_conn_id="shop"), ""),
    "empty": (lambda _: subscribers(subscribers=[], on_empty="fail"), "on_empty='success'"),
    "unavailable": (unavailable, "if a retry is left"),
    "too many": (
        lambda _: subscribers(subscribers=[*PEOPLE, {"email": "planted"}], on_invalid_record="drop"),
        "dead_letters_path=",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line_says_what_to_do_and_one_exception_why(
    bento: RunningSandbox, shop: str, name: str, said: Callable[[], list[str]]
) -> None:
    """The line fits the page; nothing hangs on the exception, no person stands in either, no sentence ends twice."""
    make, wanted = CASES[name]
    with pytest.raises((AirflowFailException, BentoError)) as caught:
        make(bento).execute({})
    [line] = said()
    assert line.startswith("What to do: ")
    assert wanted in line
    assert len(line) <= 88
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
    for text in (line, str(caught.value)):
        assert "planted@" not in text
        assert ".." not in text.replace("...", "")
    assert len(caught.traceback) < 12


def test_a_doubt_is_decided_where_a_checkpoint_knows_of_it(
    bento: RunningSandbox, tmp_path: Path, said: Callable[[], list[str]]
) -> None:
    """Elsewhere that word would send everything again."""
    operator = in_doubt(bento)
    operator.checkpoint_path = str(tmp_path)
    with pytest.raises(AirflowFailException):
        operator.execute({})
    assert said() == ["What to do: if Bento has record 0, pass in_doubt='skip', else 'resend'."]


def test_nobody_is_told_to_wait_for_a_retry_that_will_not_come(
    bento: RunningSandbox, said: Callable[[], list[str]]
) -> None:
    """Without a checkpoint a push of events that was accepted in part fails for good."""
    bento.control.inject("status", "/batch/events", nth=2, status=503, headers=[("Retry-After", "0")])
    operator = BentoBatchEventsOperator(task_id="push", events=EVENTS * 2, chunk_size=1, max_attempts=1)
    with pytest.raises(AirflowFailException, match="no persistent checkpoint"):
        operator.execute({})
    assert said()[0].startswith("What to do: push the missing records")


def test_a_source_that_raises_keeps_its_own_trace(bento: RunningSandbox, said: Callable[[], list[str]]) -> None:
    """Whoever wrote it needs the line; the advice names the class only."""

    class Broken:
        rereadable, resumable = False, False

        def identity(self) -> str:
            """Nothing is known."""
            return ""

        def rows(self, after: object) -> Iterator[Any]:
            """Fail at once."""
            raise KeyError("planted@x.io")

    with pytest.raises(KeyError) as caught:
        subscribers(subscribers=Broken()).execute({})
    assert caught.traceback[-1].name == "rows"
    assert said() == ["What to do: fix what raised the KeyError below: the source or the function."]


@pytest.mark.parametrize("on_empty", ["success", "skip"])
def test_an_empty_source_is_no_failure_unless_it_is_said(
    bento: RunningSandbox, on_empty: Any, said: Callable[[], list[str]]
) -> None:
    """It succeeds with noughts, or it is skipped, and there is nothing to do."""
    operator = subscribers(subscribers=[], on_empty=on_empty)
    if on_empty == "skip":
        with pytest.raises(AirflowSkipException):
            operator.execute({})
    else:
        assert operator.execute({})["read"] == 0
    assert said() == []


@pytest.mark.parametrize("kind", [one for one in vars(exceptions).values() if isinstance(one, type)])
def test_each_kind_of_error_has_an_advice_that_fits(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the ids and paths are, and no sentence is cut; the raise site's own advice goes first."""
    monkeypatch.setattr("airflow_provider_bento.operators.advice.LONGEST", 1000)
    if not issubclass(kind, BentoError):
        return
    long = "/a/very/long/folder/" + "x" * 200 + ".jsonl"
    named: list[dict[str, Any]] = [{}, {"dead_letters_path": long, "checkpoint_path": long}]
    for paths, last in product(named, (999_999, 10**9)):
        said = advice(kind("m", positions=(last - 1, last)), conn_id="c" * 200, **paths)
        assert 20 < len(said) <= 75
        assert not said.endswith(".")
        assert "{" not in said
    assert advice(kind("m", advice="do this"), conn_id="c") == "do this"


def test_what_airflow_retries_stays_what_it_is() -> None:
    """Its class and fields are what the retry policy reads."""
    later = BentoUnreachable("m", retry_after=7)
    assert for_airflow(later, "t") is later
    assert isinstance(for_airflow(BentoOutcomeUnknown("m"), "t"), AirflowFailException)
