"""One request under the outcome table: permits, repeats, whether it may have been applied, stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from delivery_law.fakes import FakeClock, OpenBudget

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.applied import Applied
from airflow_provider_bento.delivery.observer import Silent
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.retry import Backoff
from airflow_provider_bento.exceptions import (
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoSetupError,
    BentoStateError,
    BentoUnreachable,
)

REQUEST = wire.batch(contract.BATCH_EVENTS, [b"{}", b"{}"])


class Scene:
    """RequestLoop whose requests end as scripted; what is left of the script succeeds."""

    def __init__(self, *ends: BentoError | BaseException, **options: Any) -> None:
        self.ends = list(ends)
        self.clock, self.budget, self.heard = FakeClock(), OpenBudget(), Heard()
        self.sent = 0
        self.request_loop = RequestLoop(
            self.send, self.budget, self.clock, observer=self.heard, jitter=lambda: 0.0, **options
        )  # fmt: skip

    def send(self, request: Request, sending: Callable[[], None]) -> str:
        """Be sent a request; what never reached Bento has not left."""
        if not (self.ends and isinstance(self.ends[0], BentoUnreachable)):
            sending()
        self.sent += 1
        self.clock.now += 0.25
        if self.ends:
            raise self.ends.pop(0)
        return "done"

    def run(self, *, idempotent: bool = False, **options: Any) -> str:
        """Send the request."""
        return self.request_loop.run(REQUEST, idempotent=idempotent, **options)

    def failing(self, kind: type[BentoError], **options: Any) -> BentoError:
        """Send the request and return how that failed."""
        with pytest.raises(kind) as caught:
            self.run(**options)
        return caught.value


class Heard(Silent):
    """Remembers what an observer hears."""

    def __init__(self) -> None:
        self.requests: list[tuple[Any, ...]] = []
        self.waits: list[tuple[str, float]] = []

    def requested(self, *heard: Any) -> None:
        """Remember."""
        self.requests.append(heard)

    def waited(self, *heard: Any) -> None:
        """Remember."""
        self.waits.append(heard)


def unknown(**evidence: Any) -> BentoOutcomeUnknown:
    """Return an unknown outcome."""
    return BentoOutcomeUnknown("x", **evidence)


def test_every_request_takes_a_permit_also_a_repeat() -> None:
    """A retry is a request too."""
    scene = Scene(unknown(), BentoRateLimited("x"))
    assert scene.run(idempotent=True) == "done"
    assert (scene.sent, scene.budget.taken) == (3, 3)


def test_a_permit_is_kept_until_a_request_leaves() -> None:
    """A connection that did not come about has used nothing of the limit."""
    scene = Scene(BentoUnreachable("x"), BentoUnreachable("x"))
    assert scene.run() == "done"
    assert (scene.sent, scene.budget.taken) == (3, 1)


def test_a_503_has_used_its_permit() -> None:
    """It was answered, so it had left."""
    scene = Scene(BentoUnreachable("x", status=503, retry_after=1.0))
    assert scene.run() == "done"
    assert scene.budget.taken == 2


def test_a_permit_that_was_taken_is_used_for_the_first_one_only() -> None:
    """Waiting came before the intent was stored."""
    scene = Scene(unknown())
    scene.run(permit=scene.clock.now, idempotent=True)
    assert (scene.sent, scene.budget.taken) == (2, 1)


def test_a_permit_that_is_used_late_is_moved_to_the_moment_it_is_used() -> None:
    """Connecting took a second; Bento counts the request from then on."""
    scene = Scene()
    scene.budget.slack = lambda family: 0.15  # type: ignore[method-assign]
    moved: list[float] = []
    scene.budget.restamp = lambda family, age: moved.append(age) or 0.0  # type: ignore[method-assign,func-returns-value]
    scene.run(permit=scene.clock.now - 1.0)
    scene.run(permit=scene.clock.now - 0.1)
    assert moved == [1.0]


def test_a_permit_that_ran_out_is_replaced_by_a_new_one() -> None:
    """A process that was frozen for longer than the window; nothing is sent without a permit."""
    scene = Scene()
    scene.budget.slack = lambda family: 0.15  # type: ignore[method-assign]
    scene.budget.restamp = lambda family, age: 7.0  # type: ignore[method-assign]
    assert scene.run(permit=scene.clock.now - 90.0) == "done"
    assert (scene.sent, scene.budget.taken, scene.clock.slept) == (1, 1, [])
    assert scene.request_loop.request_stats.counts().retries == 0


def test_a_connection_is_open_before_a_permit_is_taken() -> None:
    """Connecting takes none of the permit's time."""
    order: list[str] = []
    scene = Scene(connect=lambda: order.append("connect"))
    try_acquire = scene.budget.try_acquire
    scene.budget.try_acquire = lambda family: order.append("permit") or try_acquire(family)  # type: ignore[method-assign,func-returns-value]
    scene.run()
    assert order == ["connect", "permit"]


def test_what_comes_before_is_done_behind_every_wait() -> None:
    """Not for a first request whose intent was just stored; if it raises, nothing is sent."""
    done: list[int] = []
    scene = Scene(BentoUnreachable("x"), BentoUnreachable("x"))
    scene.run(permit=scene.clock.now, before=lambda: done.append(scene.sent))
    assert done == [1, 2]

    def refuse() -> None:
        raise BentoStateError("no")

    scene = Scene(unknown())
    assert scene.failing(BentoStateError, idempotent=True, permit=0.0, before=refuse).maybe_applied
    assert scene.sent == 1


def test_a_429_pauses_the_budget_for_all() -> None:
    """For as long as Bento asks; it is no failed attempt."""
    scene = Scene(*[BentoRateLimited("x", retry_after=9.0) for _ in range(7)], backoff=Backoff(max_attempts=1))
    assert scene.run() == "done"
    assert scene.budget.closed == [9.0] * 7
    assert scene.request_loop.request_stats.counts().throttled == 7


def test_429s_in_a_row_are_counted_from_the_last_other_end() -> None:
    """Ten of them, then another end, then ten again are not eleven."""
    limited = [BentoRateLimited("x") for _ in range(4)]
    scene = Scene(*limited[:2], BentoUnreachable("x"), *limited[2:], backoff=Backoff(max_throttles=2))
    assert scene.run() == "done"
    scene = Scene(*[BentoRateLimited("x", status=429) for _ in range(3)], backoff=Backoff(max_throttles=2))
    assert scene.failing(BentoRateLimited).status == 429


def test_repeats_wait_longer_each_time() -> None:
    """Half of one, two, four seconds, without jitter."""
    scene = Scene(*[BentoUnreachable("x") for _ in range(4)])
    scene.run()
    assert scene.clock.slept == [0.5, 1.0, 2.0, 4.0]
    assert scene.request_loop.request_stats.counts().retries == 4


def test_an_attempt_that_may_have_been_applied_taints_all_that_follow() -> None:
    """Whatever the last error says, the outcome is unknown."""
    assert Scene(unknown(), BentoRefusedError("x")).failing(BentoRefusedError, idempotent=True).maybe_applied
    assert (
        Scene(unknown(), BentoUnreachable("x"), backoff=Backoff(max_attempts=2))
        .failing(BentoUnreachable, idempotent=True)
        .maybe_applied
    )
    assert not Scene(BentoUnreachable("x"), BentoRefusedError("x")).failing(BentoRefusedError).maybe_applied
    assert Scene(unknown()).failing(BentoOutcomeUnknown).maybe_applied


def test_a_stop_lets_no_request_start() -> None:
    """Neither the first nor a repeat; the sleep ends early, and what is known is told."""
    stop = [True]
    scene = Scene(stopped=lambda: stop[0])
    assert not scene.failing(BentoInterrupted, permit=0.0).maybe_applied
    assert scene.sent == 0
    stop[0] = False
    scene = Scene(unknown(), stopped=lambda: stop[0])
    scene.clock.on_sleep = lambda: stop.__setitem__(0, True)
    assert scene.failing(BentoInterrupted, idempotent=True).maybe_applied
    assert scene.sent == 1


def test_a_long_wait_for_a_permit_gives_up() -> None:
    """With the seconds to wait; nothing was sent."""
    scene = Scene(give_up_after=60.0)
    scene.budget.waits = [61.0]
    assert scene.failing(BentoRateLimited).retry_after == 61.0
    assert scene.sent == 0


@pytest.mark.parametrize(("asked", "gives_up"), [(60.0, False), (61.0, True)])
def test_a_wait_that_bento_asks_for_may_be_too_long_for_a_slot(asked: float, gives_up: bool) -> None:
    """A 503 with an hour's Retry-After: the task's retry waits, not the worker."""
    scene = Scene(BentoUnreachable("x", retry_after=asked), give_up_after=60.0)
    if gives_up:
        assert scene.failing(BentoUnreachable).retry_after == asked
        assert scene.clock.slept == []
    else:
        scene.run()
    scene = Scene(BentoUnreachable("x", retry_after=asked))
    assert scene.run() == "done"
    assert scene.clock.slept == [asked]


def test_a_429_that_asks_for_long_is_the_budgets_affair() -> None:
    """The closed budget says how long, and whether that is too long."""
    scene = Scene(BentoRateLimited("x", retry_after=3600.0), give_up_after=60.0)
    scene.budget.pause = lambda family, seconds: scene.budget.waits.append(seconds) or seconds  # type: ignore[method-assign,func-returns-value,assignment,return-value]
    error = scene.failing(BentoRateLimited)
    assert (error.status, error.retry_after) == (None, 3600.0)


def test_waits_and_requests_are_told_and_counted() -> None:
    """To the observer and to the tally; seconds are the reply's."""
    scene = Scene(unknown())
    scene.budget.waits = [3.0]
    scene.run(idempotent=True)
    assert scene.heard.requests == [("/batch/events", "unknown", 2, 0.25), ("/batch/events", "accepted", 2, 0.25)]
    ((family, seconds),) = scene.heard.waits
    assert family == "batch"
    assert seconds == pytest.approx(3.0, abs=0.1)
    counts = scene.request_loop.request_stats.counts()
    assert (counts.requests, counts.retries, counts.throttled) == (2, 1, 0)
    assert counts.wait_seconds == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (BentoRateLimited("x"), "throttled"), (BentoUnreachable("x"), "unreachable"), (unknown(), "unknown"),
        (BentoRefusedError("x"), "rejected"), (ValueError(), "unknown"),
    ],
)  # fmt: skip
def test_every_end_has_a_word(error: Exception, outcome: str) -> None:
    """Also one that nobody expected."""
    scene = Scene(error, backoff=Backoff(max_attempts=1, max_throttles=0))
    with pytest.raises(BentoError):
        scene.run()
    assert scene.heard.requests == [("/batch/events", outcome, 2, 0.25)]


def test_an_error_that_nobody_foresaw_is_unknown_once_a_byte_may_have_left() -> None:
    """Its place is named, its text is not: a record may stand in it."""
    error = Scene(ValueError("planted@x.io")).failing(BentoOutcomeUnknown)
    assert error.maybe_applied
    assert "ValueError" in str(error)
    assert "planted" not in str(error)


def test_an_error_that_nobody_foresaw_before_anything_left_is_a_matter_of_the_set_up() -> None:
    """Nothing was sent, so nothing is in doubt."""
    scene = Scene()
    scene.request_loop = RequestLoop(lambda request, sending: {}["gone"], scene.budget, scene.clock)  # type: ignore[index]
    assert not scene.failing(BentoSetupError).maybe_applied


class TimeOutOfTheTask(BaseException):
    """As Airflow raises it."""


@pytest.mark.parametrize("left", [True, False])
def test_a_task_that_is_timed_out_knows_whether_a_byte_may_have_left(left: bool) -> None:
    """Whatever ends a request, its doubt is kept; one that had not left is none."""

    def send(request: Request, sending: Callable[[], None]) -> str:
        if left:
            sending()
        raise TimeOutOfTheTask

    applied = Applied()
    with pytest.raises(TimeOutOfTheTask):
        RequestLoop(send, OpenBudget(), FakeClock()).run(REQUEST, idempotent=False, applied=applied)
    assert applied.maybe is left


def test_429s_without_end_end_the_attempt_and_say_what_to_check() -> None:
    """They are counted over all requests; one that is accepted ends the count."""
    limited = [BentoRateLimited("x", status=429) for _ in range(5)]
    scene = Scene(*limited[:2], backoff=Backoff(max_refusals=3))
    scene.run()
    scene.ends = [*limited[2:]]
    error = scene.failing(BentoRateLimited)
    assert (error.refusals, error.status) == (3, 429)
    assert "rate_limit" in str(error)


def test_without_a_wait_nobody_hears_of_one() -> None:
    """The usual case."""
    scene = Scene()
    scene.run()
    assert scene.heard.waits == []
