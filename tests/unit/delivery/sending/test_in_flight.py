"""Jobs under way: no more than so many, never two about the same person, no error lost."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest

from airflow_provider_bento.delivery.sending.in_flight import InFlight


class Jobs:
    """Jobs that stay under way until they are let go."""

    def __init__(self) -> None:
        self.gates: dict[Any, threading.Event] = {}
        self.begun: list[Any] = []
        self.most = self.now = 0
        self._lock = threading.Lock()

    def __call__(self, chunk: Any) -> None:
        """Begin, wait, end; a job called "bad…" raises."""
        with self._lock:
            self.begun.append(chunk)
            self.now += 1
            self.most = max(self.most, self.now)
        self.gates.setdefault(chunk, threading.Event()).wait(5)
        with self._lock:
            self.now -= 1
        if str(chunk).startswith("bad"):
            raise ValueError(chunk)

    def let_go(self, *chunks: Any) -> None:
        """Let these jobs end."""
        for chunk in chunks:
            self.gates.setdefault(chunk, threading.Event()).set()


def fly(in_flight: InFlight, jobs: Jobs, chunk: Any, *people: str) -> None:
    """Make room, launch."""
    in_flight.make_room(frozenset(people))
    in_flight.start(jobs, chunk)


def test_with_one_everything_runs_in_the_callers_thread() -> None:
    """And raises there."""
    with InFlight(1) as in_flight:
        in_flight.make_room(frozenset())
        in_flight.start(lambda: ran.append(threading.current_thread()))
        with pytest.raises(ZeroDivisionError):
            in_flight.start(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    assert ran == [threading.current_thread()]


ran: list[threading.Thread] = []


def test_no_more_than_so_many_are_under_way() -> None:
    """The next one waits for room."""
    jobs = Jobs()
    with InFlight(2) as in_flight:
        for number in range(6):
            jobs.let_go(number)
            fly(in_flight, jobs, number)
        in_flight.wait_for_all()
    assert sorted(jobs.begun) == list(range(6))
    assert jobs.most <= 2


def test_two_about_the_same_person_follow_on_each_other() -> None:
    """An old import repeated late could overwrite newer values."""
    jobs = Jobs()
    with InFlight(3) as in_flight:
        fly(in_flight, jobs, "first", "ann", "bob")
        fly(in_flight, jobs, "other", "cid")
        threading.Timer(0.05, jobs.let_go, ["first"]).start()
        fly(in_flight, jobs, "second", "bob")
        assert jobs.gates["first"].is_set()
        jobs.let_go("other", "second")
        in_flight.wait_for_all()
    assert jobs.begun.index("second") == 2


def test_an_error_is_raised_when_room_is_made() -> None:
    """As soon as it is known."""
    jobs = Jobs()
    with InFlight(2) as in_flight:
        fly(in_flight, jobs, "bad")
        fly(in_flight, jobs, "slow")
        jobs.let_go("bad")
        threading.Timer(1.0, jobs.let_go, ["slow"]).start()
        with pytest.raises(ValueError, match="bad"):
            in_flight.make_room(frozenset())
        assert not jobs.gates["slow"].is_set()
        jobs.let_go("slow")


def test_no_error_is_lost() -> None:
    """The first is raised, the others are given to whoever lets the rest land."""
    jobs = Jobs()
    jobs.let_go("bad 1", "bad 2", "bad 3", "good")
    with InFlight(4) as in_flight:
        for name in ("bad 1", "bad 2", "good", "bad 3"):
            fly_quietly(in_flight, jobs, name)
        with pytest.raises(ValueError, match="bad") as caught:
            in_flight.wait_for_all()
        raised = {str(error) for error in (caught.value, *in_flight.drain())}
        assert raised == {"bad 1", "bad 2", "bad 3"}
        assert in_flight.drain() == []


def fly_quietly(in_flight: InFlight, jobs: Jobs, chunk: str) -> None:
    """Launch without looking at those that have ended."""
    in_flight.start(jobs, chunk)


def test_leaving_waits_for_those_under_way() -> None:
    """No job outlives the block, whatever ended it."""
    jobs = Jobs()
    threading.Timer(0.05, jobs.let_go, ["slow"]).start()
    with contextlib.suppress(KeyError), InFlight(2) as in_flight:
        fly(in_flight, jobs, "slow")
        raise KeyError
    assert jobs.now == 0
