"""What the operators refuse, and what they do not repeat, so that nobody is mailed twice or unasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoInterrupted, BentoSetupError, BentoUnreachable
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.operators.records_argument import with_rendered_keys
from airflow_provider_bento.operators.task_run import text_or_none
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox
from airflow_provider_bento.version_compat import HEEDS_RESCHEDULE_DATES, AirflowRescheduleException, RetryPolicy


@pytest.fixture
def bento(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """A sandbox behind the default connection."""
    with running_sandbox() as running:
        extra = {"pacing": "process", "rate_limit": "1000/second"}
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(running.connection | {"extra": extra}))
        yield running


def context(*, map_index: int = -1, try_number: int = 1) -> dict[str, Any]:
    """Return what Airflow hands to ``execute``."""
    ti = SimpleNamespace(
        try_number=try_number, max_tries=0, dag_id="d", run_id="r", task_id="t", map_index=map_index,
        xcom_push=lambda **_: None,
    )  # fmt: skip
    return {"ti": ti}


def events(count: int) -> list[dict[str, Any]]:
    """Return so many events."""
    return [{"type": "x", "email": f"p{number}@x.io"} for number in range(count)]


BROADCAST = {"name": "n", "subject": "s", "content": "c", "type": "plain", "inclusive_tags": "t"}


def busy_at_the_second(bento: RunningSandbox) -> None:
    """Let Bento be unavailable from the second request on, for longer than anybody waits."""
    for nth in range(2, 9):
        bento.control.inject("status", "/batch/events", nth=nth, status=503, headers=[("Retry-After", "0")])


def test_without_a_checkpoint_a_retry_is_not_left_to_airflow(bento: RunningSandbox) -> None:
    """It would send the first chunk a second time; before anything was accepted it may."""
    busy_at_the_second(bento)
    operator = BentoBatchEventsOperator(task_id="t", events=events(4), chunk_size=2, max_attempts=2)
    with pytest.raises(AirflowFailException, match="no persistent checkpoint"):
        operator.execute({})
    bento.control.reset()
    bento.control.clear_faults()
    bento.control.inject("refuse", "/batch/events", seconds=3600)
    with pytest.raises(BentoUnreachable):
        BentoBatchEventsOperator(task_id="t", events=events(2), max_attempts=1).execute({})


def test_with_a_checkpoint_a_retry_is_airflows(bento: RunningSandbox, tmp_path: Path) -> None:
    """It goes on behind what was accepted."""
    busy_at_the_second(bento)
    arguments: dict[str, Any] = {"task_id": "t", "events": events(4), "chunk_size": 2, "max_attempts": 2}
    arguments["checkpoint_path"] = str(tmp_path)
    with pytest.raises(BentoUnreachable):
        BentoBatchEventsOperator(**arguments).execute(context())
    bento.control.clear_faults()
    assert BentoBatchEventsOperator(**arguments).execute(context(try_number=2))["accepted"] == 4
    assert len(bento.control.records("events")) == 4


def test_a_source_that_fails_is_not_read_again_without_a_checkpoint(bento: RunningSandbox) -> None:
    """Whatever it raised; Airflow would retry, from the first record."""

    class Failing:
        rereadable, resumable = False, False

        def identity(self) -> str:
            return ""

        def rows(self, after: Cursor) -> Iterator[Row]:
            yield from (Row(number, row) for number, row in enumerate(events(4)))
            raise ConnectionError("planted@x.io")

    operator = BentoBatchEventsOperator(task_id="t", events=Failing(), chunk_size=2)
    with pytest.raises(AirflowFailException, match=r"source failed \(ConnectionError") as caught:
        operator.execute({})
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("word", ["False", "{{ params.go }}", 1, None])
@pytest.mark.parametrize("name", ["allow_send", "to_everyone"])
def test_a_word_is_no_permission_to_mail(name: str, word: Any) -> None:
    """Any text would count as a yes."""
    with pytest.raises(BentoSetupError, match=f"{name} must be True or False"):
        BentoBroadcastOperator(task_id="t", broadcasts=[BROADCAST], **{name: word})


def test_an_argument_changed_after_the_parse_is_judged_before_anything_is_sent(bento: RunningSandbox) -> None:
    """By a subclass or by a mapped task; not in the middle of the run, where a TypeError would look like a doubt."""
    operator = BentoBatchEventsOperator(task_id="t", events=events(1))
    operator.release_slot_after = "60"  # type: ignore[assignment]
    with pytest.raises(AirflowFailException, match="release_slot_after"):
        operator.execute({})
    assert bento.control.journal() == []


def test_the_word_to_stop_may_come_before_the_work(bento: RunningSandbox) -> None:
    """Airflow hands signals on while it resolves the arguments."""
    operator = BentoBatchEventsOperator(task_id="t", events=events(1))
    operator.on_kill()
    with pytest.raises(BentoInterrupted):
        operator.execute({})
    assert bento.control.journal() == []
    assert operator.execute({})["accepted"] == 1  # it was for that execution


def test_a_dry_run_leaves_the_letters_of_a_real_one(bento: RunningSandbox, tmp_path: Path) -> None:
    """They are all that is left of what Bento rejected."""
    path = tmp_path / "letters.jsonl"
    bento.control.inject("failed_count", "/batch/events", records=1)
    arguments: dict[str, Any] = {"task_id": "t", "dead_letters_path": path, "checkpoint_path": tmp_path / "state"}
    with pytest.raises(AirflowFailException):
        BentoBatchEventsOperator(events=events(1), **arguments).execute(context())
    bad = [*events(1), {"type": "no address"}]
    for _ in range(2):
        BentoBatchEventsOperator(events=bad, validate_only=True, **arguments).execute(context())
        letters = [json.loads(line) for line in path.read_text().splitlines()]
        assert [(one["position"], one["kind"], one["attempt"]) for one in letters] == [
            (0, "rejected", 1),
            (1, "invalid", 0),
        ]
    with pytest.raises(AirflowFailException, match="failed"):
        BentoBatchEventsOperator(events=events(1), **arguments).execute(context(try_number=2))
    BentoBatchEventsOperator(events=events(1), validate_only=True, **arguments).execute(context())
    assert len(path.read_text().splitlines()) == 1


def test_a_letter_goes_to_an_operator_of_its_kind(bento: RunningSandbox, tmp_path: Path) -> None:
    """An event would become a person with a field ``type``."""
    path = tmp_path / "letters.jsonl"
    bento.control.inject("failed_count", "/batch/events", records=1)
    with pytest.raises(AirflowFailException):
        BentoBatchEventsOperator(task_id="t", events=events(1), dead_letters_path=str(path)).execute(context())
    with pytest.raises(AirflowFailException, match="is a dead letter of events, not of subscribers"):
        BentoBatchSubscribersOperator(task_id="t", replay_dead_letters=str(path)).execute({})
    summary = BentoBatchEventsOperator(task_id="t", replay_dead_letters=str(path)).execute({})
    assert (summary["accepted"], len(bento.control.records("subscribers"))) == (1, 0)


def test_a_letter_is_not_mapped_a_second_time(bento: RunningSandbox, tmp_path: Path) -> None:
    """It holds what mapping made of its row; a function that multiplies would do so twice."""
    path = tmp_path / "letters.jsonl"
    arguments: dict[str, Any] = {"task_id": "t", "columns": {"email": "Mail"}, "constants": {"type": "x"}}
    bento.control.inject("failed_count", "/batch/events", records=1)
    with pytest.raises(AirflowFailException):
        BentoBatchEventsOperator(events=[{"Mail": "a@x.io"}], dead_letters_path=str(path), **arguments).execute(
            context()
        )
    assert BentoBatchEventsOperator(replay_dead_letters=str(path), **arguments).execute({})["accepted"] == 1


@pytest.mark.parametrize("map_index", [-1, 3])
def test_the_summary_names_the_letters_file_as_text(bento: RunningSandbox, tmp_path: Path, map_index: int) -> None:
    """Of a mapped task its own; a path object would fail as an XCom, after everything was sent."""
    rows = [{"type": "x"}]
    operator = BentoBatchEventsOperator(
        task_id="t", events=rows, dead_letters_path=tmp_path / "bad.jsonl", on_invalid_record="drop", max_failed=1
    )
    named = json.loads(json.dumps(operator.execute(context(map_index=map_index))))["dead_letters_path"]
    assert named == str(tmp_path / ("bad.jsonl" if map_index < 0 else "bad.3.jsonl"))
    assert len(Path(named).read_text().splitlines()) == 1


def test_a_template_that_finds_nothing_names_no_file() -> None:
    """Jinja writes None as a word."""
    assert [text_or_none(value) for value in (None, "", "None", "x", Path("y"))] == [None, None, None, "x", "y"]


def test_a_number_of_a_native_template_is_text_again() -> None:
    """``{{ ds_nodash }}`` as a broadcast's name."""
    assert with_rendered_keys([{"name": "{{ x }}"}], ["name"], lambda _: 20261123) == [{"name": "20261123"}]


def test_rendering_twice_runs_no_jinja_in_records(bento: RunningSandbox) -> None:
    """The second time they are other people's text."""
    operator = BentoBroadcastOperator(task_id="t", broadcasts=[BROADCAST | {"name": "{{ params.x }}"}])
    for x in ("{{ 1 / 0 }}", "other"):
        operator.render_template_fields({"params": {"x": x}})
        assert operator._records[0]["name"] == "{{ 1 / 0 }}"


@pytest.mark.skipif(RetryPolicy is None, reason="Airflow before 3.3 has no retry policies")
def test_a_dags_own_retry_policy_is_used() -> None:
    """Given as an argument or among default_args, also None."""
    from airflow.sdk import ExceptionRetryPolicy

    mine = ExceptionRetryPolicy(rules=[])
    for arguments in ({"retry_policy": mine}, {"default_args": {"retry_policy": mine}}):
        assert BentoBatchEventsOperator(task_id="t", events=[], **arguments).retry_policy is mine
    assert BentoBatchEventsOperator(task_id="t", events=[], retry_policy=None).retry_policy is None
    assert type(BentoBatchEventsOperator(task_id="t", events=[]).retry_policy).__name__ == "BentoRetryPolicy"


@pytest.mark.skipif(not HEEDS_RESCHEDULE_DATES, reason="this Airflow would start the task again at once")
def test_a_look_up_gives_the_slot_back_like_a_push(bento: RunningSandbox, tmp_path: Path) -> None:
    """Where Bento asks for a long wait."""
    operator = BentoBroadcastOperator(
        task_id="t", broadcasts=[BROADCAST], release_slot_after=2, checkpoint_path=str(tmp_path)
    )
    bento.control.inject("apply_then_reset", "/batch/broadcasts")
    bento.control.inject("status", "/fetch/broadcasts", status=429, headers=[("Retry-After", "300")])
    with pytest.raises(AirflowRescheduleException):
        operator.execute(context())
