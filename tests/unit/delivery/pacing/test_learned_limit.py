"""What 429s teach, value by value."""

from __future__ import annotations

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.learned_limit import STEADIEST, STEADY, LearnedLimit, current_limit, learned

MINUTE = Rate(100, 60.0)


def test_without_a_lesson_the_limit_is_what_we_were_told() -> None:
    """And no lesson is higher than that."""
    assert current_limit(MINUTE, None, 5.0) == 100
    assert current_limit(MINUTE, LearnedLimit(130, 0.0), 5.0) == 100


def test_a_lesson_is_kept_for_ten_windows_and_then_fades() -> None:
    """It rises by 1, 2, 4 ... and is nothing at the limit."""
    minutes = (0, 10, 11, 12, 13, 14, 15, 16, 100_000)
    assert [current_limit(MINUTE, LearnedLimit(60, 0.0), 60.0 * one) for one in minutes] == [
        60,
        60,
        61,
        63,
        67,
        75,
        91,
        100,
        100,
    ]


def test_what_got_through_is_the_limit() -> None:
    """Counted from when the budget opens again."""
    assert learned(None, MINUTE, 60, 30.0, 90.0) == LearnedLimit(60, 90.0, STEADY)


def test_a_long_closed_time_is_not_a_steady_time() -> None:
    """After an hour of waiting it does not start where it was refused."""
    lesson = learned(None, MINUTE, 60, 0.0, 3600.0)
    assert current_limit(MINUTE, lesson, 3600.0) == 60


def test_a_429_beyond_our_own_count_teaches_nothing() -> None:
    """There is nothing lower to fall to."""
    assert learned(None, MINUTE, 100, 30.0, 90.0) is None


def test_the_rest_of_the_same_429s_lowers_the_limit_only() -> None:
    """Requests that were under way make nobody wait longer."""
    first = learned(None, MINUTE, 63, 30.0, 30.0)
    assert learned(first, MINUTE, 62, 30.5, 30.5) == LearnedLimit(62, 30.5, STEADY)


def test_a_rise_that_failed_makes_the_next_one_wait_for_twice_as_long() -> None:
    """Up to a bound; so a limit that is really lower is tried ever more rarely."""
    lesson, at, waits = learned(None, MINUTE, 60, 0.0, 0.0), 0.0, []
    for _ in range(6):
        assert lesson is not None
        waits.append(lesson.steady)
        at += 60.0 * (lesson.steady + 1)
        lesson = learned(lesson, MINUTE, 60, at, at)
        assert current_limit(MINUTE, lesson, at) == 60
    assert waits == [STEADY, 2 * STEADY, 4 * STEADY, STEADIEST, STEADIEST, STEADIEST]


def test_a_lesson_is_never_below_one() -> None:
    """Some request has to find out."""
    assert learned(None, MINUTE, -3, 0.0, 0.0) == LearnedLimit(1, 0.0)
