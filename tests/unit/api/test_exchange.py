"""How far an exchange came: its phases and its bounds, on a clock that is handed in."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_law.fakes import FakeClock

from airflow_provider_bento.api.exchange import SEND_SECONDS, SLOWEST_LINE, Exchange


def exchange(clock: FakeClock, size: int = 0, **options: Any) -> Exchange:
    """Return an exchange with 5 s to connect and 120 s for a reply."""
    return Exchange(size, 5.0, 120.0, now=clock.monotonic, **options)


def test_the_phases_follow_on_one_another() -> None:
    """From the third on the request may have been applied."""
    one, seen = exchange(FakeClock()), []
    for step in (
        lambda: None, one.connected, one.leaves, lambda: one.left(whole=True), one.reply_begins, one.reply_is_whole
    ):  # fmt: skip
        step()
        seen.append((one.phase, one.may_have_left))
    assert seen == [
        ("unconnected", False), ("connected", False), ("sending", True), ("waiting", True), ("reading", True),
        ("replied", True),
    ]  # fmt: skip


def test_the_caller_is_asked_once_before_the_first_byte_leaves() -> None:
    """Not again before the body."""
    asked: list[str] = []
    one = exchange(FakeClock(), sending=lambda: asked.append(one.phase))
    one.connected()
    one.leaves()
    one.leaves()
    assert asked == ["connected"]


def test_nothing_has_left_if_the_caller_objects() -> None:
    """A newer attempt runs, say."""

    def object_to_it() -> None:
        raise RuntimeError

    one = exchange(FakeClock(), sending=object_to_it)
    one.connected()
    with pytest.raises(RuntimeError):
        one.leaves()
    assert not one.may_have_left


def test_a_request_that_never_began_to_leave_waits_for_no_reply() -> None:
    """A pipe that broke before the first byte is no doubt."""
    one = exchange(FakeClock())
    one.connected()
    one.left(whole=False)
    assert (one.phase, one.may_have_left) == ("connected", False)


def test_a_body_of_five_megabytes_may_leave_at_100_kilobytes_a_second() -> None:
    """It takes 50 s; one that is slower than the slowest line is given up."""
    clock = FakeClock()
    one = exchange(clock, size=5_000_000)
    one.leaves()
    clock.now += 51
    assert one.seconds_left() > 0
    clock.now += SEND_SECONDS + 5_000_000 / SLOWEST_LINE
    with pytest.raises(TimeoutError):
        one.seconds_left()
    assert one.timed_out


def test_the_bound_of_a_reply_is_for_all_of_it() -> None:
    """Bytes that trickle in do not prolong it."""
    clock = FakeClock()
    one = exchange(clock)
    one.leaves()
    one.left(whole=True)
    for _ in range(119):
        clock.now += 1
        one.reply_begins()
        one.seconds_left()
    clock.now += 1
    with pytest.raises(TimeoutError):
        one.seconds_left()


def test_a_stop_leaves_what_is_under_way_one_read_time_out() -> None:
    """Whatever phase it is in; a bound that ends earlier stays."""
    clock, stop = FakeClock(), [False]
    one = exchange(clock, size=50_000_000, stopped=lambda: stop[0])
    one.leaves()
    assert one.seconds_left() > 1000
    stop[0] = True
    assert one.seconds_left() == pytest.approx(120)
    clock.now += 100
    one.left(whole=True)
    assert one.seconds_left() == pytest.approx(20)


def test_a_body_that_did_not_leave_whole_is_distinguished() -> None:
    """Until a reply comes, which is possible all the same."""
    one = exchange(FakeClock())
    one.leaves()
    one.left(whole=False)
    assert (one.phase, one.left_whole) == ("sending", False)
    one.reply_begins()
    assert one.phase == "reading"
