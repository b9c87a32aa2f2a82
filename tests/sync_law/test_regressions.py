"""What histories once found: an event that was lost, a base that was removed. None of it may happen again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from delivery_law.world import Process
from sync_law.folders import MemoryFolder
from sync_law.runs import Task, World

from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoStateError, BentoUnreachable
from airflow_provider_bento.sync import bases
from airflow_provider_bento.sync.manifest import Manifest


def orders(*numbers: int) -> list[dict[str, Any]]:
    """Return events with keys."""
    return [{"email": "a@b.co", "type": "order", "details": {"order_id": f"o{number}"}} for number in numbers]


def once(name: str, *numbers: int, **options: Any) -> Task:
    """Return a task that sends each of them once."""
    return Task(name, orders(*numbers), {"once_by": "details.order_id"}, options)


@pytest.fixture
def world() -> World:
    """A snapshot and a Bento of events."""
    return World("events", random.Random(1))


def failing_once(world: World, method: str) -> None:
    """Let one call of the folder have its effect, and fail."""
    inner = world.folder

    class Once:
        done = False

        def __getattr__(self, name: str) -> Any:
            def called(*args: Any) -> Any:
                result = getattr(inner, name)(*args)
                if name == method and not self.done:
                    self.done = True
                    raise BentoStateError("the reply was lost")
                return result

            return called

    world.folder = Once()


def test_an_intent_whose_write_fails_after_its_effect_is_taken_back(world: World) -> None:
    """Nothing was sent, so the next run sends it."""
    failing_once(world, "write")
    with pytest.raises(BentoStateError):
        world.attempt(once("dag/1/task/-1", 1, 2), Process())
    world.attempt(once("dag/2/task/-1", 1, 2), Process())
    assert world.bento.events == {"o1": 1, "o2": 1}


def test_an_intent_stays_in_the_checkpoint_until_the_ledger_has_taken_it_back(world: World) -> None:
    """Killed in between, a retry asks about it; forgotten by the checkpoint only, nobody would send it."""
    task = once("dag/1/task/-1", 1, 2)
    world.bento.fault = lambda: "unreachable"
    inner = world.folder

    class Full:
        written = False

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        def write(self, name: str, data: bytes) -> None:
            if self.written:
                raise BentoStateError("the disk is full")
            inner.write(name, data)
            self.written = True

    world.folder = Full()
    with pytest.raises(BentoUnreachable):
        world.attempt(task, Process())
    stored = task.store.get("checkpoint_1")
    assert [one["digest"] for one in stored["in_flight"]]


def test_a_retry_whose_request_never_leaves_keeps_what_an_earlier_attempt_may_have_sent(world: World) -> None:
    """Its keys stay known, so that no other run sends them."""
    task = once("dag/1/task/-1", 1, 2, in_doubt="resend")
    words = iter(["applied, lost", "applied, lost", "unreachable", "unreachable"])
    world.bento.fault = lambda: next(words, None)
    for _ in range(2):
        with pytest.raises((BentoOutcomeUnknown, BentoUnreachable)):
            world.attempt(task, Process())
    sent = world.bento.events.copy()
    other = world.attempt(once("dag/2/task/-1", 1, 2), Process())
    assert world.bento.events == sent
    assert other.comparison is not None
    assert other.comparison.unconfirmed == 2


def test_a_run_that_tidies_up_late_leaves_what_newer_runs_stored(tmp_path: Path) -> None:
    """It stored its generation, then another run stored the next ones, then it goes on."""
    folder, file = MemoryFolder(), tmp_path / "base.parquet"
    file.write_bytes(b"PAR1")
    old, _, mine, newer = (bases.stored(folder, file, rows=1, generation=number) for number in (2, 3, 4, 6))
    bases.forget_unused(folder, Manifest(4, "subscribers", "site", "ab" * 16, mine), old)
    assert sorted(folder.files) == [old.file, mine.file, newer.file]
