"""How far a run has come: by what was surveyed, by what a source says of itself, or not at all."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from delivery_law.fakes import FakeClock, rows
from delivery_law.kills import OneWaySource
from delivery_law.world import World

from airflow_provider_bento.delivery import source_progress as extent_module
from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, Plan, TaskAttempt
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.observer import Silent
from airflow_provider_bento.delivery.source import share_of, size_of
from airflow_provider_bento.delivery.source_progress import ASKED_AFTER, SourceProgress
from airflow_provider_bento.delivery.values import Cursor


def done(read: int) -> Checkpoint:
    """Return how far a run came."""
    return Checkpoint(
        Plan("events", 3, 9_000), TaskAttempt(), cursor=Cursor(read), counts=RecordCounts(read=read, accepted=read)
    )


class Asked(OneWaySource):
    """A source that is read once, and remembers what it was asked."""

    def __init__(self, size: Any, count: int = 0) -> None:
        super().__init__(rows(count))
        self.answer = size
        self.asked: list[int] = []

    def size(self, after: Cursor) -> Any:
        """Answer, or fail."""
        self.asked.append(after.position)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Weighed(Asked):
    """A source that knows the part as well."""

    def share(self, cursor: Cursor) -> Any:
        """Return it."""
        return self.answer


def test_a_surveyed_source_is_known() -> None:
    """What is read, of what was read and what was found after it; nobody is asked."""
    source, clock = Asked(5), FakeClock()
    extent = SourceProgress(source, clock)
    extent.surveyed(done(2), 6)
    clock.sleep(ASKED_AFTER * 2)
    extent.ask(done(4))
    assert (extent.share(done(4)), extent.share(done(9)), source.asked) == (0.5, 1.0, [])


def test_a_survey_that_found_nothing_has_no_part() -> None:
    """There is nothing to divide by."""
    extent = SourceProgress(Asked(5), FakeClock())
    extent.surveyed(done(0), 0)
    assert extent.share(done(0)) is None


def test_a_source_is_asked_once_and_only_by_a_long_run() -> None:
    """For the rows after what is done at that time."""
    source, clock = Asked(6), FakeClock()
    extent = SourceProgress(source, clock)
    extent.ask(done(1))
    assert (extent.share(done(1)), source.asked) == (None, [])
    clock.sleep(ASKED_AFTER)
    for read in (2, 3):
        extent.ask(done(read))
    assert (extent.share(done(4)), source.asked) == (0.5, [2])


class Slow(Asked):
    """A source that answers when it is let."""

    def __init__(self) -> None:
        super().__init__(6)
        self.let = threading.Event()

    def size(self, after: Cursor) -> Any:
        """Wait, then answer."""
        self.let.wait()
        return super().size(after)


def test_a_slow_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are read meanwhile; the answer is used from when it comes."""
    monkeypatch.setattr(extent_module, "PATIENCE", 0.01)
    source, clock = Slow(), FakeClock()
    extent = SourceProgress(source, clock)
    clock.sleep(ASKED_AFTER)
    extent.ask(done(2))
    assert extent.share(done(3)) is None
    source.let.set()
    for thread in threading.enumerate():
        if thread.name == "bento-size":
            thread.join()
    assert extent.share(done(4)) == 0.5


@pytest.mark.parametrize("answer", [None, -1, ValueError("ann@example.com")])
def test_a_source_that_cannot_tell_does_no_harm(answer: Any) -> None:
    """Whatever it does instead."""
    clock = FakeClock()
    source = Asked(answer)
    extent = SourceProgress(source, clock)
    clock.sleep(ASKED_AFTER)
    extent.ask(done(1))
    assert (extent.share(done(1)), source.asked) == (None, [1])
    assert size_of(object(), Cursor()) is None


def test_a_part_that_is_known_for_nothing_comes_first() -> None:
    """Bytes cost nothing, a count does; what is no part is none."""
    clock = FakeClock()
    source = Weighed(0.25)
    extent = SourceProgress(source, clock)
    clock.sleep(ASKED_AFTER)
    extent.ask(done(1))
    assert (extent.share(done(1)), source.asked) == (0.25, [])
    assert [share_of(Weighed(part), Cursor()) for part in (None, 1.5, -0.1, 0, 1)] == [None, None, None, 0, 1]


class Heard(Silent):
    """Remembers the parts."""

    def __init__(self) -> None:
        self.shares: list[float | None] = []

    def committed(self, counts: RecordCounts, share: float | None = None) -> None:
        """Remember."""
        self.shares.append(share)


def test_a_long_push_of_a_source_that_is_read_once_gets_to_know_its_part() -> None:
    """From the chunk on that follows the question."""
    heard, source = Heard(), Asked(6, count=9)
    world = World(rows(9), source=source, observer=heard)
    world.budget.waits = [1.0] * int(ASKED_AFTER)
    world.attempt()
    assert (heard.shares, source.asked) == ([None, 6 / 9, 1.0], [3])
