"""Asks one question from an event loop: every permit and its request in one call of a thread, every wait in the loop.

A permit that waited in a queue of threads would be late, and late permits together exceed the limit.

Tested by tests/unit/triggers/test_poll_trigger.py.
"""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from airflow_provider_bento.exceptions import BentoRateLimited
from airflow_provider_bento.triggers.hook_in_loop import Thread, hook_in_loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.hooks.bento import BentoHook
    from airflow_provider_bento.triggers.questions import Answer, Question, Step

__all__ = ["Asker", "SystemTimer", "Timer", "in_one_go"]

T = TypeVar("T")

_LONGEST: Final = 5.0  # seconds between two looks at the budget; a longer absence loses the place in its line


class Timer(Protocol):
    """Time in an event loop; handed in, so that no test sleeps."""

    def time(self) -> float:
        """Return seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemTimer:
    """The machine's clock and asyncio's sleep."""

    def time(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait, without keeping others from their work."""
        await asyncio.sleep(seconds)


def in_one_go() -> dict[str, Any]:
    """Return options of a request that is sent at once or not at all: nothing waits in the thread."""
    from airflow_provider_bento.delivery.retry import Backoff

    return {"give_up_after": 0.0, "backoff": Backoff(max_attempts=1)}


class Asker:
    """Asks questions with the keys of a connection, which it reads when it first asks.

    :param conn_id: id of the connection.
    :param timer: time.
    """

    def __init__(self, conn_id: str, timer: Timer) -> None:
        self._conn_id = conn_id
        self._timer = timer
        self._stop = threading.Event()
        self._thread = Thread(conn_id)
        self._hook: BentoHook | None = None

    async def settings(self) -> Settings:
        """Return the settings of the connection.

        :raises BentoSetupError: it does not exist, or a setting is missing or invalid.
        """
        return (await self._ready()).settings

    async def ask(self, question: Question, until: float) -> Answer:
        """Ask once; the rate limit is waited for.

        :param until: seconds since the epoch; later the rate limit is not waited for any more.
        :raises BentoError: there was no answer.
        """
        steps = question.steps()
        step = next(steps)
        while True:
            result = await self._result(step, until)
            try:
                step = steps.send(result)
            except StopIteration as ended:
                return ended.value  # type: ignore[no-any-return]  # a generator's result has no type here

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Call something that computes, in the thread of the requests."""
        return await self._thread.run(work)

    def forget(self) -> None:
        """Read the connection anew before the next question: somebody may have corrected it."""
        self.stop()
        self._stop, self._hook = threading.Event(), None

    def stop(self) -> None:
        """Send nothing more, and close the connections; a request in flight ends by itself."""
        self._stop.set()
        if self._hook is not None and "_client" in vars(self._hook):
            self._hook.get_conn().close()

    async def _ready(self) -> BentoHook:
        if self._hook is None:
            self._hook = await hook_in_loop(self._conn_id, self._thread, self._stop)
        return self._hook

    async def _result(self, step: Step, until: float) -> Any:
        hook = await self._ready()
        request: Callable[[], Any] = partial(step, hook, in_one_go())
        while True:
            try:
                return await self._thread.run(request)
            except BentoRateLimited as error:
                left = until - self._timer.time()
                if left <= 0:
                    raise
                await self._timer.sleep(min(max(error.retry_after or 0.0, 0.05), _LONGEST, left))
