"""The outcome table, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from airflow_provider_bento.delivery.retry import MAX_THROTTLES, Backoff, pause_after, repeat_after
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoCountMismatch,
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRecordError,
    BentoRefusedError,
    BentoRetryLater,
    BentoSetupError,
    BentoStateError,
    BentoSuperseded,
    BentoUnreachable,
)

BACKOFF = Backoff(max_attempts=3, base=2.0, cap=10.0, max_throttles=2)


def after(error: BentoError, *, idempotent: bool = False, attempt: int = 1, throttles: int = 0) -> float | None:
    """Return what the table says, without jitter."""
    return repeat_after(error, idempotent=idempotent, attempt=attempt, throttles=throttles, backoff=BACKOFF, jitter=0.0)


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_429_is_repeated_at_once_when_the_budget_opens(idempotent: bool) -> None:
    """The closed budget does the waiting, whatever was asked for; attempts are not used up by it."""
    error = BentoRateLimited("x", retry_after=50.0)
    assert after(error, idempotent=idempotent, attempt=99, throttles=1) == 0.0
    assert after(error, idempotent=idempotent, throttles=2) == 0.0


def test_too_many_429s_in_a_row_end_the_task_for_now() -> None:
    """Then the task's own retry waits."""
    assert after(BentoRateLimited("x"), throttles=3) is None


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_never_reached_bento_is_repeated_with_backoff(idempotent: bool) -> None:
    """Doubled each time, as often as attempts are left."""
    assert after(BentoUnreachable("x"), idempotent=idempotent, attempt=1) == 1.0
    assert after(BentoUnreachable("x"), idempotent=idempotent, attempt=2) == 2.0
    assert after(BentoUnreachable("x"), idempotent=idempotent, attempt=3) is None


def test_what_bento_asks_for_is_never_shortened() -> None:
    """The longer of both waits counts, the cap is for our own."""
    assert after(BentoUnreachable("x", retry_after=500.0)) == 500.0
    assert after(BentoUnreachable("x", retry_after=0.5)) == 1.0
    assert after(BentoOutcomeUnknown("x", retry_after=77.0), idempotent=True) == 77.0


def test_an_unknown_outcome_is_repeated_only_where_that_is_harmless() -> None:
    """Else a person decides."""
    assert after(BentoOutcomeUnknown("x"), idempotent=True) == 1.0
    assert after(BentoOutcomeUnknown("x"), idempotent=True, attempt=3) is None
    assert after(BentoOutcomeUnknown("x"), idempotent=False) is None


@pytest.mark.parametrize(
    "kind",
    [
        BentoAccessError, BentoCountMismatch, BentoInterrupted, BentoRecordError, BentoRefusedError, BentoRetryLater,
        BentoSetupError, BentoStateError, BentoSuperseded,
    ],
)  # fmt: skip
@pytest.mark.parametrize("idempotent", [True, False])
def test_everything_else_is_not_repeated(kind: type[BentoError], idempotent: bool) -> None:
    """Refused for good, wrong set-up, told to stop."""
    assert after(kind("x", retry_after=1.0), idempotent=idempotent) is None


def test_the_wait_doubles_up_to_the_cap() -> None:
    """Between half and all of it, by jitter."""
    assert [BACKOFF.seconds(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 2000)] == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert [BACKOFF.seconds(attempt, 0.5) for attempt in (1, 2)] == [1.5, 3.0]


@given(integers(1, 10**6), floats(0, 1, exclude_max=True), integers(1, 1000), integers(1, 10**4))
def test_no_wait_is_longer_than_its_cap(attempt: int, jitter: float, base: int, cap: int) -> None:
    """Nor shorter than half of it; numbers never overflow."""
    backoff = Backoff(base=float(base), cap=float(cap))
    assert min(base, cap) / 2 <= backoff.seconds(attempt, jitter) <= cap


def test_the_defaults_are_those_that_are_documented() -> None:
    """Five attempts, a second, a minute, ten 429s."""
    assert Backoff() == Backoff(max_attempts=5, base=1.0, cap=60.0, max_throttles=10)


def test_a_second_429_in_a_row_is_taken_for_the_limit_a_day() -> None:
    """Only deletions have one, and as many pauses as are allowed outlast it."""
    refused = BentoRateLimited("no")
    assert pause_after(refused, "deletion", refusals=1, frees_slot=True) is None
    long = pause_after(refused, "deletion", refusals=2, frees_slot=True)
    assert long is not None
    assert (MAX_THROTTLES - 2) * long >= 86_400
    assert pause_after(refused, "batch", refusals=2, frees_slot=True) is None


def test_no_pause_for_hours_occupies_a_worker_slot_or_replaces_what_bento_asks_for() -> None:
    """A call of the hook ends within minutes."""
    assert pause_after(BentoRateLimited("no"), "deletion", refusals=9, frees_slot=False) is None
    assert pause_after(BentoRateLimited("no", retry_after=7.0), "deletion", refusals=9, frees_slot=True) == 7.0
