"""What a task publishes about itself while it runs, and when it ends."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.counts import RecordCounts, RequestStats
from airflow_provider_bento.exceptions import BentoOutcomeUnknown
from airflow_provider_bento.operators import progress_xcom
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.operators.progress_xcom import EVERY_SECONDS, KEY, ProgressXCom, state_of
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox
from airflow_provider_bento.version_compat import (
    HEEDS_RESCHEDULE_DATES,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    TaskAwaitingInput,
)

LOG = logging.getLogger("push")


class Clock:
    """A clock that we set."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        """Return an epoch that is easy to read."""
        return 1_790_000_000 + self.now

    def monotonic(self) -> float:
        """Return the same seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Never waits."""


class TaskInstance(SimpleNamespace):
    """Airflow's, as far as a push needs it; keeps what is pushed."""

    def __init__(self, *, try_number: int = 1, map_index: int = -1) -> None:
        super().__init__(try_number=try_number, max_tries=0, dag_id="d", run_id="r", task_id="t", map_index=map_index)
        self.pushed: list[dict[str, Any]] = []

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep it, as JSON."""
        if key == KEY:
            self.pushed.append(json.loads(json.dumps(value)))


class Watched:
    """A publisher with a push that we move on by hand."""

    def __init__(self, total: int | None = 100, **more: Any) -> None:
        self.clock, self.ti = Clock(), TaskInstance()
        self.checkpoints = Checkpoints(MemoryStore(), Plan("events", 10, 10), TaskAttempt())
        self.stats = RequestStats()
        self.xcom = ProgressXCom(
            more.get("xcom_push", self.ti.xcom_push), "events", 10, clock=self.clock, log=more.get("log", LOG)
        )
        push: Any = SimpleNamespace(
            checkpoints=self.checkpoints,
            chunk_size=10,
            validate_only=False,
            request_loop=SimpleNamespace(request_stats=self.stats),
        )
        self.xcom.watch(push, more.get("rate_limit", "100/minute, 500/hour"))
        self.xcom.planned(total)

    def accept(self, records: int, *, after: float, share: float | None = None) -> None:
        """Let time pass and records be accepted."""
        import msgspec

        self.clock.now += after
        counts = RecordCounts(read=records, accepted=records)
        self.checkpoints.now = msgspec.structs.replace(self.checkpoints.now, counts=counts)
        self.xcom.committed(share)


@pytest.fixture
def bento(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """A sandbox behind the default connection."""
    with running_sandbox() as running:
        extra = {"pacing": "process", "rate_limit": "1000/second"}
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(running.connection | {"extra": extra}))
        yield running


def events(count: int) -> list[dict[str, Any]]:
    """Return as many events."""
    return [{"type": "x", "email": f"p{number}@x.example"} for number in range(count)]


def executed(operator: Any, **of_ti: Any) -> tuple[list[dict[str, Any]], BaseException | None]:
    """Execute it; return what it published and what it raised."""
    ti = TaskInstance(**of_ti)
    try:
        operator.execute({"ti": ti})
    except BaseException as error:  # noqa: BLE001  (the ending is what is looked at)
        return ti.pushed, error
    return ti.pushed, None


def test_the_plan_is_published_at_once() -> None:
    """With the limit in requests a minute, the strictest of all windows."""
    watched = Watched(total=100)
    assert watched.ti.pushed == [
        {
            "v": 1, "endpoint": "events", "state": "running", "dry": False,
            "started": 1_790_000_000, "updated": 1_790_000_000, "limit": 8.333, "chunk_size": 10,
            "total": 100, "share": None,
            "counts": dict.fromkeys(
                ("read", "accepted", "unchanged", "invalid", "rejected", "skipped", "in_doubt", "valid"), 0
            ),
            "requests": 0, "retries": 0, "throttled": 0, "waited": 0.0,
            "reasons": [], "doubts": [], "more_doubts": 0, "points": [[0, 0, 0.0]],
        }
    ]  # fmt: skip


def test_while_it_runs_it_publishes_at_most_every_30_seconds() -> None:
    """Not at each chunk; each time with one point more."""
    watched = Watched(total=100)
    for number in range(1, 10):
        watched.accept(number * 10, after=EVERY_SECONDS / 3, share=number / 10)
    watched.xcom.waited(12.5)
    assert [one["counts"]["accepted"] for one in watched.ti.pushed] == [0, 30, 60, 90]
    assert watched.ti.pushed[-1]["points"] == [[0, 0, 0.0], [30, 30, 0.0], [60, 60, 0.0], [90, 90, 0.0]]
    assert [(one["share"], one["total"]) for one in watched.ti.pushed[1:]] == [(0.3, 100), (0.6, 100), (0.9, 100)]


def test_a_long_wait_is_published_too() -> None:
    """Nothing is accepted meanwhile, and the reader sees why."""
    watched = Watched()
    watched.clock.now = 40.0
    watched.xcom.waited(38.0)
    assert watched.ti.pushed[-1]["points"][-1] == [40, 0, 38.0]


def test_without_a_size_there_is_neither_total_nor_share() -> None:
    """A generator does not tell."""
    watched = Watched(total=None)
    watched.accept(10, after=EVERY_SECONDS)
    assert (watched.ti.pushed[-1]["total"], watched.ti.pushed[-1]["share"]) == (None, None)


def test_the_pass_over_people_who_are_gone_changes_no_total() -> None:
    """Its plan and its share are of another source."""
    watched = Watched(total=100)
    watched.accept(100, after=1.0, share=1.0)
    watched.xcom.planned(3)
    watched.accept(100, after=EVERY_SECONDS, share=0.5)
    assert [(one["total"], one["share"]) for one in watched.ti.pushed] == [(100, None), (100, 1.0)]


def test_a_limit_that_nobody_can_read_is_none() -> None:
    """It is only shown."""
    assert Watched(rate_limit="often").ti.pushed[0]["limit"] is None


def test_failing_to_publish_is_logged_once_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Without the words of the error, which may contain anything."""

    def broken(**_: Any) -> None:
        raise ConnectionError("ann@x.example")

    watched = Watched(xcom_push=broken)
    watched.accept(10, after=EVERY_SECONDS)
    watched.xcom.ended("failed")
    assert [record.getMessage() for record in caplog.records] == [
        "Could not publish the progress (ConnectionError). The push is not affected; its counts are in this log."
    ]


@pytest.mark.parametrize("from_threads", [True, False])
def test_other_threads_publish_only_if_airflow_allows_it(
    monkeypatch: pytest.MonkeyPatch, *, from_threads: bool
) -> None:
    """Before 3.2 two threads would read each other's answers from the supervisor."""
    monkeypatch.setattr(progress_xcom, "XCOM_FROM_THREADS", from_threads)
    watched = Watched()
    thread = threading.Thread(target=watched.accept, args=(10,), kwargs={"after": EVERY_SECONDS})
    thread.start()
    thread.join()
    assert len(watched.ti.pushed) == 1 + from_threads


@pytest.mark.parametrize(
    ("raised", "cause", "state"),
    [
        (None, None, "success"),
        (AirflowSkipException(), None, "success"),
        (AirflowRescheduleException(None), None, "waiting"),
        (AirflowFailException(), BentoOutcomeUnknown("x"), "in_doubt"),
        (AirflowFailException(), ValueError(), "failed"),
        (KeyboardInterrupt(), None, "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_ending_has_its_word(raised: BaseException | None, cause: BaseException | None, state: str) -> None:
    """Told from what Airflow gets to see, and from what it was made from."""
    assert state_of(raised, cause) == state


@pytest.mark.skipif(TaskAwaitingInput is None, reason="before Airflow 3.3 a task cannot ask")
def test_a_question_to_a_person_is_an_ending_of_its_own() -> None:
    """The doubt stays, but nobody has to look for it."""
    asked = TaskAwaitingInput(method_name="answered", kwargs={}, timeout=None)
    assert state_of(asked, BentoOutcomeUnknown("x")) == "asking"


def test_a_push_publishes_its_plan_and_its_end(bento: RunningSandbox) -> None:
    """The end equals the summary."""
    bento.control.records("events")
    operator = BentoBatchEventsOperator(task_id="t", events=events(5), chunk_size=2)
    plan, end = executed(operator)[0]
    assert (plan["state"], plan["total"], end["state"], end["total"], end["share"]) == ("running", 5, "success", 5, 1.0)
    assert end["counts"] == plan["counts"] | {"read": 5, "accepted": 5}
    assert (end["requests"], end["limit"], end["points"][-1][1]) == (3, 60_000.0, 5)


def test_a_failed_try_publishes_what_the_next_one_knows(bento: RunningSandbox, tmp_path: Path) -> None:
    """Counts of the checkpoint, which the next try begins with."""
    for nth in range(2, 9):
        bento.control.inject("status", "/batch/events", nth=nth, status=503, headers=[("Retry-After", "0")])
    arguments: dict[str, Any] = {"task_id": "t", "events": events(4), "chunk_size": 2, "max_attempts": 2}
    arguments["checkpoint_path"] = str(tmp_path)
    failed, error = executed(BentoBatchEventsOperator(**arguments))
    assert error is not None
    assert (failed[-1]["state"], failed[-1]["counts"]["accepted"], failed[-1]["doubts"]) == ("failed", 2, [])
    bento.control.clear_faults()
    resumed, _ = executed(BentoBatchEventsOperator(**arguments), try_number=2)
    assert (resumed[0]["counts"]["accepted"], resumed[0]["total"], resumed[0]["points"]) == (2, 4, [[0, 2, 0.0]])
    assert resumed[-1]["counts"]["accepted"] == 4


def test_a_doubt_is_published_with_its_positions(bento: RunningSandbox, tmp_path: Path) -> None:
    """No address, and the sum is right: what is in doubt was read, too."""
    bento.control.inject("reset_after_body", "/batch/events", nth=2)
    operator = BentoBatchEventsOperator(
        task_id="t", events=events(6), chunk_size=2, in_doubt="hold", checkpoint_path=str(tmp_path)
    )
    end = executed(operator)[0][-1]
    assert (end["state"], end["doubts"], end["total"]) == ("in_doubt", [[2, 3]], 6)
    assert (end["counts"]["read"], end["counts"]["accepted"], end["counts"]["in_doubt"]) == (4, 2, 2)
    assert "@" not in json.dumps(end)


def test_invalid_records_are_published_by_reason(bento: RunningSandbox, tmp_path: Path) -> None:
    """Whether they stop the push or are dropped."""
    file = tmp_path / "people.jsonl"
    file.write_text('{"email": "nobody"}\n{"email": "ann@x.example"}\n')
    arguments: dict[str, Any] = {"task_id": "t", "subscribers": str(file)}
    stopped, _ = executed(BentoBatchSubscribersOperator(**arguments))
    dropped, _ = executed(BentoBatchSubscribersOperator(**arguments, on_invalid_record="drop", max_failed=1))
    for end in (stopped[-1], dropped[-1]):
        [[kind, reason, records]] = end["reasons"]
        assert (kind, reason.startswith("email: "), records) == ("invalid", True, 1)
        assert "nobody" not in json.dumps(end)
    assert (stopped[-1]["state"], dropped[-1]["state"]) == ("failed", "success")


def test_a_dry_run_publishes_its_end(bento: RunningSandbox) -> None:
    """What would be sent, marked as such."""
    [end] = executed(BentoBatchEventsOperator(task_id="t", events=events(3), validate_only=True))[0]
    assert (end["dry"], end["state"], end["counts"]["valid"], end["counts"]["accepted"]) == (True, "success", 3, 0)


def test_a_connection_that_cannot_be_used_is_a_failure_without_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was built, and the page says at least that."""
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps({"conn_type": "bento"}))
    [end] = executed(BentoBatchEventsOperator(task_id="t", events=events(1)))[0]
    assert (end["state"], end["endpoint"], end["limit"], end["counts"]["read"]) == ("failed", "events", None, 0)


def test_a_created_broadcast_has_its_address(bento: RunningSandbox) -> None:
    """Only the first of several."""
    record = {"name": "n", "subject": "s", "content": "c", "type": "plain", "inclusive_tags": "t"}
    end = executed(BentoBroadcastOperator(task_id="t", broadcasts=[record]))[0][-1]
    assert end["url"].startswith("http")


def test_a_task_without_xcoms_publishes_none(bento: RunningSandbox) -> None:
    """``do_xcom_push=False`` is for this one as well."""
    assert executed(BentoBatchEventsOperator(task_id="t", events=events(1), do_xcom_push=False)) == ([], None)


@pytest.mark.skipif(not HEEDS_RESCHEDULE_DATES, reason="before Airflow 3.2 no slot is freed")
def test_a_task_that_frees_its_slot_is_waiting(
    bento: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its counts so far are shown meanwhile."""
    extra = {"pacing": "process", "rate_limit": "1/hour"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(bento.connection | {"extra": extra}))
    operator = BentoBatchEventsOperator(task_id="t", events=events(2), chunk_size=1, checkpoint_path=str(tmp_path))
    end = executed(operator)[0][-1]
    assert (end["state"], end["counts"]["accepted"], end["limit"]) == ("waiting", 1, 0.017)
