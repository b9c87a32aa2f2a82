"""The operators executed directly, over real HTTP, against the sandbox."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from requests.adapters import HTTPAdapter

import airflow_provider_bento
from airflow_provider_bento.exceptions import BentoUnreachable
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

PACKAGE = str(Path(airflow_provider_bento.__file__).parent)


def people(count: int, **more: Any) -> list[dict[str, Any]]:
    """Return so many subscribers."""
    return [{"email": f"p{number}@x.io", **more} for number in range(count)]


def push(operator: Any) -> dict[str, Any]:
    """Execute without a task instance, as a shell does."""
    summary: dict[str, Any] = operator.execute({})
    return summary


def arrived(bento: RunningSandbox, kind: str, key: str = "email") -> Counter[str]:
    """Count what was applied."""
    return Counter(record[key] for record in bento.control.records(kind))


def test_every_subscriber_arrives_once(bento: RunningSandbox) -> None:
    """2,500 records travel in three requests, and the summary is counts only, below 2 KB."""
    summary = push(BentoBatchSubscribersOperator(task_id="t", subscribers=people(2500)))
    assert arrived(bento, "subscribers") == Counter(f"p{number}@x.io" for number in range(2500))
    assert (summary["read"], summary["accepted"], summary["requests"]) == (2500, 2500, 3)
    assert len(json.dumps(summary)) < 2048


def test_the_way_from_the_loop_to_the_socket_is_six_frames(
    bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames of this package from ``deliver()`` to `requests`: a newcomer reads them in one sitting."""
    ways: list[list[str]] = []
    send = HTTPAdapter.send

    def noted(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        frames = [one.name for one in traceback.extract_stack() if one.filename.startswith(PACKAGE)]
        ways.append(frames[frames.index("deliver") + 1 :])
        return send(adapter, *args, **kwargs)

    monkeypatch.setattr(HTTPAdapter, "send", noted)
    push(BentoBatchEventsOperator(task_id="t", events=[{"type": "x", "email": "a@x.io"}]))
    assert ways == [["start", "send_and_commit", "send", "run", "send_batch", "send"]]


def test_empty_list_succeeds_and_sends_nothing(bento: RunningSandbox) -> None:
    """Nothing to push is a success."""
    assert push(BentoBatchEventsOperator(task_id="t", events=[]))["read"] == 0
    assert bento.control.journal() == []


def test_one_bad_record_keeps_all_from_being_sent(bento: RunningSandbox) -> None:
    """An error at the end of a list is found before the first request, by position and field, without a value."""
    rows = [*people(1500), {"email": "planted-no-address"}]
    with pytest.raises(AirflowFailException, match=r"position 1500, email") as caught:
        push(BentoBatchSubscribersOperator(task_id="t", subscribers=rows))
    assert "planted" not in str(caught.value)
    assert bento.control.journal() == []


def test_bad_records_are_skipped_and_counted_on_request(bento: RunningSandbox) -> None:
    """With skip the good ones arrive; with max_failed the task is green."""
    rows = [*people(9), {"email": "no"}]
    summary = push(
        BentoBatchSubscribersOperator(task_id="t", subscribers=rows, on_invalid_record="drop", max_failed=0.1)
    )
    assert (summary["accepted"], summary["invalid"]) == (9, 1)
    with pytest.raises(AirflowFailException, match="max_failed allows 0"):
        push(BentoBatchSubscribersOperator(task_id="t", subscribers=rows, on_invalid_record="drop"))


def test_refused_records_turn_the_task_red(bento: RunningSandbox) -> None:
    """A 200 that says three failed is no success."""
    bento.control.inject("failed_count", "/batch/subscribers", records=3)
    with pytest.raises(AirflowFailException, match="3 of 20 records failed"):
        push(BentoBatchSubscribersOperator(task_id="t", subscribers=people(20)))
    assert bento.control.pending_faults() == []


def test_isolated_refusals_are_found_by_halving(bento: RunningSandbox, tmp_path: Any) -> None:
    """Where Bento only counts, halves are sent again until the rejected ones are known by position."""
    bento.control.inject("failed_count", "/batch/subscribers", records=1)
    path = tmp_path / "letters.jsonl"
    summary = push(
        BentoBatchSubscribersOperator(
            task_id="t", subscribers=people(8), isolate_rejected=True, max_failed=1, dead_letters_path=str(path)
        )
    )
    assert (summary["accepted"], summary["rejected"], summary["requests"]) == (8, 0, 3)


def test_unknown_outcome_of_events_is_held_and_named(bento: RunningSandbox) -> None:
    """An event that may have arrived is not sent again; without a checkpoint a Clear would not help, and it says so."""
    bento.control.inject("apply_then_reset", "/batch/events")
    rows = [{"type": "x", "email": f"planted{number}@x.io"} for number in range(3)]
    with pytest.raises(AirflowFailException, match=r"positions 0 to 2.*no persistent checkpoint") as caught:
        push(BentoBatchEventsOperator(task_id="t", events=rows))
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    assert "planted" not in str(caught.value)
    assert arrived(bento, "events").total() == 3


def test_approved_broadcast_needs_the_second_word(bento: RunningSandbox) -> None:
    """approved: True without allow_send=True sends nothing."""
    broadcast = {
        "name": "n",
        "subject": "s",
        "content": "c",
        "type": "plain",
        "from": {"email": "a@x.io", "name": "A"},
        "inclusive_tags": "t",
        "approved": True,
        "send_at": "2030-01-01T00:00:00Z",
    }
    with pytest.raises(AirflowFailException, match="allow_send"):
        push(BentoBroadcastOperator(task_id="t", broadcasts=[broadcast]))
    assert bento.control.journal() == []
    assert push(BentoBroadcastOperator(task_id="t", broadcasts=[broadcast], allow_send=True))["accepted"] == 1


def test_broadcast_without_audience_or_with_a_name_twice_is_refused(bento: RunningSandbox) -> None:
    """Mailing everybody must be meant, and two broadcasts of one name could not be told apart."""
    one = {"name": "n", "subject": "s", "content": "c", "type": "plain", "from": {"email": "a@x.io", "name": "A"}}
    with pytest.raises(AirflowFailException, match="to_everyone"):
        push(BentoBroadcastOperator(task_id="t", broadcasts=[one]))
    with pytest.raises(AirflowFailException, match="position 1, name"):
        push(BentoBroadcastOperator(task_id="t", broadcasts=[one, one], to_everyone=True))
    assert push(BentoBroadcastOperator(task_id="t", broadcasts=[one], to_everyone=True))["accepted"] == 1


def test_lost_broadcast_is_looked_for_and_not_made_twice(bento: RunningSandbox, monkeypatch: Any) -> None:
    """A draft whose reply was lost is found by name in Bento and counted, with its address."""
    bento.control.inject("apply_then_reset", "/batch/broadcasts")
    one = {"name": "n", "subject": "s", "content": "c", "type": "plain", "inclusive_tags": "t"}
    one["from"] = {"email": "a@x.io", "name": "A"}
    summary = push(BentoBroadcastOperator(task_id="t", broadcasts=[one]))
    assert summary["accepted"] == 1
    assert summary["broadcasts"][0]["name"] == "n"
    assert arrived(bento, "broadcasts", "name") == Counter(["n"])


def test_unreachable_bento_can_be_retried_by_airflow(bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was sent the task fails so that Airflow's retries count."""
    closed = bento.connection | {"host": "http://127.0.0.1:1/api/v1", "extra": {"pacing": "process"}}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(closed))
    with pytest.raises(BentoUnreachable):
        push(BentoBatchSubscribersOperator(task_id="t", subscribers=people(1), max_attempts=1))


def test_dry_run_reads_everything_and_sends_nothing(bento: RunningSandbox) -> None:
    """validate_only counts records, bad ones by reason, chunks and minutes."""
    rows = [*people(2000), {"email": "no"}]
    summary = push(BentoBatchSubscribersOperator(task_id="t", subscribers=rows, validate_only=True))
    assert (summary["read"], summary["valid"], summary["invalid"], summary["chunks"]) == (2001, 2000, 1, 2)
    assert list(summary["reasons"].values()) == [1]
    assert bento.control.journal() == []
