"""People deleted by the operator: only if allowed, one a request, a thousand a day."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.bento import BentoDataDeletionOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.version_compat import HEEDS_RESCHEDULE_DATES, AirflowRescheduleException

DELETIONS = "/data_deletion_requests"
PEOPLE = [f"p{number}@x.io" for number in range(4)]


@pytest.fixture
def people(bento: RunningSandbox) -> RunningSandbox:
    """A sandbox that knows four people."""
    BentoHook().import_subscribers([{"email": email} for email in PEOPLE])
    return bento


def push(emails: Any, context: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    """Execute once."""
    arguments = {"allow_deletion": True, **arguments}
    summary: dict[str, Any] = BentoDataDeletionOperator(task_id="t", emails=emails, **arguments).execute(context or {})
    return summary


def attempt(number: int) -> dict[str, Any]:
    """Return what Airflow hands to an attempt."""
    ti = SimpleNamespace(try_number=number, max_tries=5, dag_id="d", run_id="r", task_id="t", map_index=-1)
    return {"ti": ti}


def left(bento: RunningSandbox) -> Counter[str]:
    """Count who is still there."""
    return Counter(email for email in PEOPLE if BentoHook().get_subscriber(email=email) is not None)


@pytest.mark.parametrize("more", [{}, {"allow_deletion": False}, {"allow_deletion": "True"}, {"validate_only": True}])
def test_nothing_is_deleted_unless_it_is_allowed(more: dict[str, Any]) -> None:
    """The DAG file has an import error; a mapped task must allow it, too."""
    wanted = (
        r"^t \(BentoDataDeletionOperator\): allow_deletion must be True \(what is deleted cannot be restored\), not"
    )
    with pytest.raises(BentoSetupError, match=wanted):
        BentoDataDeletionOperator(task_id="t", emails=PEOPLE, **more)
    with pytest.raises(BentoSetupError, match=wanted):
        BentoDataDeletionOperator.partial(task_id="t", **more)


@pytest.mark.parametrize("rows", [PEOPLE[:2], [{"email": one} for one in PEOPLE[:2]], json.dumps(PEOPLE[:2])])
def test_people_are_deleted_one_a_request(people: RunningSandbox, rows: Any) -> None:
    """Addresses, dicts, or JSON text of either; all others stay."""
    summary = push(rows)
    counts = (summary["endpoint"], summary["read"], summary["accepted"], summary["absent"], summary["requests"])
    assert counts == ("deletions", 2, 2, 0, 2)
    assert left(people) == Counter(PEOPLE[2:])


def test_files_and_columns_name_people_as_well(people: RunningSandbox, tmp_path: Path) -> None:
    """As for all other operators."""
    path = tmp_path / "gone.csv"
    path.write_text(f"id,Address\n1,{PEOPLE[0]}\n")
    assert push(str(path), columns={"email": "Address"})["accepted"] == 1
    assert left(people) == Counter(PEOPLE[1:])


def test_people_whom_bento_does_not_have_are_accepted_and_counted(
    people: RunningSandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address in the list twice costs a request and does no harm."""
    with caplog.at_level(logging.INFO):
        summary = push([PEOPLE[0], "nobody@x.io", PEOPLE[0]])
    assert (summary["accepted"], summary["absent"], summary["requests"]) == (3, 2, 3)
    logged = caplog.text + capsys.readouterr().out  # Airflow 2 and 3 log differently
    assert "deletions: Bento did not have 2 of the accepted ones" in logged
    assert "x.io" not in logged


def test_the_log_says_how_many_days_it_takes(
    bento: RunningSandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dry run says it without sending anything."""
    with caplog.at_level(logging.INFO):
        summary = push([f"p{number}@x.io" for number in range(5000)], validate_only=True)
    assert (summary["valid"], summary["chunks"]) == (5000, 5000)
    assert "5,000 chunks and at least 4 days" in caplog.text + capsys.readouterr().out
    assert bento.control.journal() == []


def test_the_first_line_of_a_push_says_how_many_days_it_takes(
    bento: RunningSandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the limit of deletions, not at that of the connection; here the keys are wrong, so nothing else happens."""
    bento.control.inject("status", DELETIONS, status=401)
    with caplog.at_level(logging.INFO), pytest.raises(AirflowFailException):
        push([f"p{number}@x.io" for number in range(3500)])
    line = "Pushing 3,500 deletions in 3,500 chunks, at 1000/day: 3 days at least."
    assert line in caplog.text + capsys.readouterr().out


def test_one_invalid_address_keeps_all_people(people: RunningSandbox) -> None:
    """It is found before the first request, and the message does not contain it."""
    with pytest.raises(AirflowFailException, match="position 1, email: must be one email address") as caught:
        push([PEOPLE[0], "planted"])
    assert "planted" not in str(caught.value)
    assert left(people) == Counter(PEOPLE)


def test_dead_letters_are_records_that_can_be_replayed(people: RunningSandbox, tmp_path: Path) -> None:
    """Although the list contained addresses only."""
    path = tmp_path / "letters.jsonl"
    arguments: dict[str, Any] = {"on_invalid_record": "drop", "max_failed": 1, "dead_letters_path": str(path)}
    assert push([PEOPLE[0], "p1@x"], **arguments)["invalid"] == 1
    path.write_text(path.read_text().replace("p1@x", PEOPLE[1]))
    operator = BentoDataDeletionOperator(task_id="t", replay_dead_letters=str(path), allow_deletion=True)
    assert operator.execute({})["accepted"] == 1
    assert left(people) == Counter(PEOPLE[2:])


def test_a_lost_reply_is_repeated(people: RunningSandbox) -> None:
    """The person is gone then, which is what was wanted."""
    people.control.inject("apply_then_reset", DELETIONS)
    summary = push(PEOPLE[:1])
    assert (summary["accepted"], summary["absent"], summary["retries"]) == (1, 1, 1)


@pytest.mark.skipif(not HEEDS_RESCHEDULE_DATES, reason="this Airflow would start the task again at once")
def test_a_spent_day_frees_the_slot_and_goes_on(people: RunningSandbox, tmp_path: Path) -> None:
    """The next start continues after what is deleted, and counts over all of them."""
    people.control.inject("status", DELETIONS, nth=3, status=429, headers=[("Retry-After", "7200")])
    path = str(tmp_path / "state")
    with pytest.raises(AirflowRescheduleException):
        push([PEOPLE[0], "nobody@x.io", *PEOPLE[1:]], attempt(1), checkpoint_path=path)
    assert left(people) == Counter(PEOPLE[1:])
