"""What ends a push with several requests under way, whatever the other threads wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from delivery_law.fakes import OpenBudget, rows
from delivery_law.world import Process, World

from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.checkpoint.state import TaskAttempt
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoAccessError, BentoOutcomeUnknown, BentoRateLimited, BentoUnreachable

PATIENCE = 30.0
"""Seconds after which a push counts as one that does not end; each wait in it would take ten minutes."""


class TimeOutOfTheTask(BaseException):
    """As Airflow raises it in the main thread."""


class Interrupted(ListSource):
    """A source in whose middle the task is timed out; a chunk is cut when the row after it is known.

    :param when: waits until it is time.
    """

    rereadable = False

    def __init__(self, count: int, when: Callable[[], object]) -> None:
        super().__init__(rows(count, idempotent=True))
        self._when = when

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows, then raise."""
        yield from super().rows(after)
        self._when()
        raise TimeOutOfTheTask


def pushed(world: World, send: Callable[[Request], Any], **options: Any) -> tuple[list[BaseException], threading.Event]:
    """Run a push with four in flight against the real clock; return what ended it, and its word to stop."""
    stop, raised = threading.Event(), list[BaseException]()
    clock = SystemClock(stop)

    def sent(request: Request, sending: Callable[[], None]) -> Any:
        sending()
        return send(request)

    parts = replace(
        world.push(Process(), TaskAttempt(1, 0), chunk_size=1, max_in_flight=4, **options),
        request_loop=RequestLoop(sent, OpenBudget(), clock, stopped=stop.is_set),
        clock=clock,
        stop=stop,
    )

    def run() -> None:
        try:
            deliver(parts)
        except BaseException as error:  # noqa: BLE001  (looked at below)
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the push did not end"
    return raised, stop


@pytest.mark.parametrize(
    "error",
    [BentoUnreachable("busy", status=503, retry_after=600.0), BentoOutcomeUnknown("lost")],
    ids=["503 with ten minutes of Retry-After", "repeats"],
)
def test_a_time_out_of_the_task_ends_all_waits(error: Exception) -> None:
    """Each of the four was sent once; nothing is sent after the time-out."""
    under_way, met, lock = threading.Semaphore(0), list[bytes](), threading.Lock()

    def send(request: Request) -> Any:
        with lock:
            met.append(request.body or b"")
        under_way.release()
        raise error

    source = Interrupted(5, lambda: [under_way.acquire(timeout=PATIENCE) for _ in range(4)])
    raised, _ = pushed(World(rows(4), endpoint="subscribers"), send, source=source)
    assert [type(one) for one in raised] == [TimeOutOfTheTask]
    assert len(met) == len(set(met)) == 4


def test_a_wrong_key_ends_the_waits_of_the_others() -> None:
    """They would be turned away as well."""
    first = threading.Event()

    def send(request: Request) -> Any:
        if not first.is_set():
            first.set()
            raise BentoAccessError("no", status=401)
        raise BentoUnreachable("busy", status=503, retry_after=600.0)

    raised, stop = pushed(World(rows(8), endpoint="subscribers"), send)
    assert [type(one) for one in raised] == [BentoAccessError]
    assert stop.is_set()


def test_a_request_that_had_not_left_when_the_task_was_timed_out_is_not_in_doubt() -> None:
    """The checkpoint has no intent of it; one that may have left stays in it."""
    world = World(rows(2))
    for leaves, in_flight in ((False, 0), (True, 1)):

        def send(request: Request, sending: Callable[[], None], leaves: bool = leaves) -> Any:
            if leaves:
                sending()
            raise TimeOutOfTheTask

        world.tries += 1
        parts = world.push(Process(), TaskAttempt(world.tries, 0))
        with pytest.raises(TimeOutOfTheTask):
            deliver(replace(parts, request_loop=RequestLoop(send, OpenBudget(), world.clock)))
        assert len(world.checkpoint["in_flight"]) == in_flight


def test_a_task_that_meets_nothing_but_429s_fails_over_all_its_starts() -> None:
    """Its slot is given back meanwhile; the count goes on in the checkpoint, and ends with the attempt."""
    world = World(rows(1), script=dict.fromkeys(range(100), "429"))
    world.budget.pause = lambda family, seconds: world.budget.waits.append(61.0) or 61.0  # type: ignore[method-assign,func-returns-value]
    starts = 0
    for _ in range(30):
        starts += 1
        with pytest.raises(BentoRateLimited) as caught:
            deliver(world.push(Process(), TaskAttempt(1, 0), give_up_after=60.0))
        if caught.value.refusals:
            break
        world.budget.waits.clear()  # the budget has opened again
    assert (starts, caught.value.refusals, caught.value.status) == (10, 10, 429)
    with pytest.raises(BentoRateLimited) as caught:
        deliver(world.push(Process(), TaskAttempt(2, 0), give_up_after=60.0))
    assert caught.value.refusals == 0
