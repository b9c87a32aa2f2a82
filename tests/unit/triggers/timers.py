"""A timer for triggers that moves when somebody sleeps, and helpers that run a trigger to its event."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from airflow_provider_bento.triggers.bento import BentoPollTrigger


class FakeTimer:
    """A clock that moves when somebody sleeps.

    :ivar slept: the waits, in seconds.
    :ivar on_sleep: called at each wait, with how many there were before.
    """

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []
        self.on_sleep: Callable[[int], Any] = lambda _: None

    def time(self) -> float:
        """Return the clock."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on at once, and let others run."""
        self.on_sleep(len(self.slept))
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def stored(trigger: BentoPollTrigger) -> BentoPollTrigger:
    """Return the trigger after a trip through Airflow's database."""
    _, kwargs = trigger.serialize()
    again = BentoPollTrigger(**json.loads(json.dumps(kwargs)))
    again.timer = trigger.timer  # type: ignore[misc]  # the clock of one trigger only
    return again


def event_of(trigger: BentoPollTrigger) -> dict[str, Any]:
    """Run the trigger to its one event."""

    async def run() -> Any:
        return [event.payload async for event in trigger.run()]

    [event] = asyncio.run(run())
    return dict(event)


async def first(events: AsyncIterator[Any], count: int) -> list[Any]:
    """Return the first payloads of an endless iterator, and close it as Airflow does."""
    found = []
    async with contextlib.aclosing(events) as open_events:  # type: ignore[type-var]  # a generator
        async for event in open_events:
            found.append(event.payload)
            if len(found) == count:
                break
    return found
