"""What every budget promises, wherever it lives: in this process, in a file of this user, in Redis."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conformance.local_redis import LocalRedis

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
from airflow_provider_bento.delivery.pacing.pacer import BudgetStore, SharedPacer
from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets

RATE = Rate(5, 1.0)


class Place(NamedTuple):
    """Where budgets live: a store, a second door to the same one, and what lets time pass until something holds."""

    store: BudgetStore
    other: BudgetStore
    until: Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedis]:
    """A Redis for this suite."""
    server = LocalRedis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(params=["process", "host", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each place in turn; the first two on a clock that only the test moves."""
    if request.param == "redis":
        url = request.getfixturevalue("redis").url
        return Place(RedisBudgets(url), RedisBudgets(url), poll)
    now = [1000.0]

    def advance(holds: Callable[[], bool]) -> None:
        for _ in range(1000):
            if holds():
                return
            now[0] += 0.01
        pytest.fail("it never came true")

    if request.param == "host":
        path = tmp_path / "pacing.sqlite"
        return Place(HostBudgets(path, now=lambda: now[0]), HostBudgets(path, now=lambda: now[0]), advance)
    store = ProcessBudgets(now=lambda: now[0])
    return Place(store, store, advance)


def poll(holds: Callable[[], bool]) -> None:
    """Wait until it holds; Redis has a clock of its own."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.002)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return request.node.nodeid


def pacer_of(store: BudgetStore, name: str, *rates: Rate) -> SharedPacer:
    """Return a pacer as a connection would make it."""
    return SharedPacer(store, name, {"batch": rates or (RATE,), "stats": rates or (RATE,)})


def look(store: BudgetStore, name: str) -> tuple[Budget, float]:
    """Return the budget and the store's clock."""
    return store.change(f"{name}|batch", lambda budget, now: (budget, (budget, now)))


def spend(pacer: SharedPacer) -> int:
    """Take permits until there are none; return how many there were."""
    count = 0
    while pacer.try_acquire("batch") == 0.0:
        count += 1
    return count


def test_an_idle_budget_gives_its_limit_and_says_when_to_ask_again(place: Place, name: str) -> None:
    """Not one more, and not later than the window."""
    pacer = pacer_of(place.store, name)
    assert spend(pacer) == RATE.limit
    assert 0 < pacer.try_acquire("batch") <= RATE.seconds + 0.02


def test_a_permit_comes_back_when_its_window_is_over(place: Place, name: str) -> None:
    """And not earlier, on the store's clock."""
    pacer = pacer_of(place.store, name)
    spend(pacer)
    first = look(place.store, name)[0].permits[0]
    place.until(lambda: pacer.try_acquire("batch") == 0.0)
    assert look(place.store, name)[0].permits[-1] - first >= RATE.seconds


def test_two_doors_share_one_budget(place: Place, name: str) -> None:
    """What one took, the other has not."""
    assert spend(pacer_of(place.store, name)) == RATE.limit
    assert pacer_of(place.other, name).try_acquire("batch") > 0


def test_families_and_names_have_budgets_of_their_own(place: Place, name: str) -> None:
    """Another site's, or another family's, is untouched."""
    pacer = pacer_of(place.store, name)
    spend(pacer)
    assert pacer.try_acquire("stats") == 0.0
    assert pacer_of(place.store, name + " two").try_acquire("batch") == 0.0


def test_all_rates_hold_at_once(place: Place, name: str) -> None:
    """Five a second and six a minute: six, then a long wait."""
    pacer = pacer_of(place.store, name, RATE, Rate(6, 60.0))
    assert spend(pacer) == 5
    place.until(lambda: pacer.try_acquire("batch") == 0.0)
    assert pacer.try_acquire("batch") > 50


def test_a_429_closes_the_budget_for_everybody_until_retry_after(place: Place, name: str) -> None:
    """Nobody knocks earlier, through no door."""
    pacer_of(place.store, name).try_acquire("batch")
    assert pacer_of(place.store, name).pause("batch", 0.4) == pytest.approx(0.4, abs=0.01)
    other = pacer_of(place.other, name)
    place.until(lambda: other.try_acquire("batch") == 0.0)
    budget = look(place.other, name)[0]
    assert budget.permits[-1] >= budget.closed_until


def test_a_429_without_retry_after_closes_the_rest_of_the_window(place: Place, name: str) -> None:
    """Counted from the oldest request in it."""
    pacer = pacer_of(place.store, name)
    pacer.try_acquire("batch")
    assert RATE.seconds * 0.9 < pacer.pause("batch", None) <= RATE.seconds + 0.02


def test_a_shorter_second_429_does_not_open_earlier(place: Place, name: str) -> None:
    """The longest word counts."""
    pacer = pacer_of(place.store, name)
    pacer.pause("batch", 30.0)
    assert pacer.pause("batch", 0.0) > 29


def test_a_429_with_room_left_teaches_every_door(place: Place, name: str) -> None:
    """Two got through, the third did not: two a window from now on."""
    pacer = pacer_of(place.store, name)
    for _ in range(3):
        pacer.try_acquire("batch")
    pacer.pause("batch", 0.0)
    lesson = look(place.other, name)[0].lesson
    assert lesson is not None
    assert lesson.limit == 2
    assert pacer_of(place.other, name).try_acquire("batch") > 0


def test_a_late_permit_counts_from_when_it_is_used(place: Place, name: str) -> None:
    """For every door: the window is full until a window after that."""
    pacer, other = pacer_of(place.store, name), pacer_of(place.other, name)
    spend(pacer)
    given = look(place.store, name)[0].permits[-1]
    place.until(lambda: look(place.store, name)[1] >= given + 0.5)
    for _ in range(RATE.limit):
        assert pacer.restamp("batch", look(place.store, name)[1] - given) == 0.0
    moved = look(place.other, name)[0].permits
    assert len(moved) == RATE.limit
    place.until(lambda: other.try_acquire("batch") == 0.0)
    budget = look(place.other, name)[0]
    assert moved[0] >= given + 0.5
    assert budget.permits[-1] - moved[0] >= RATE.seconds


def test_a_permit_that_left_the_window_is_not_held_any_more(place: Place, name: str) -> None:
    """Others have taken all there is: the answer is a wait, and nothing more is counted."""
    pacer, other = pacer_of(place.store, name, Rate(5, 1.0)), pacer_of(place.other, name, Rate(5, 1.0))
    pacer.try_acquire("batch")
    first = look(place.store, name)[0].permits[0]
    place.until(lambda: look(place.store, name)[1] >= first + 1.1)
    assert spend(other) == 5
    assert 0 < pacer.restamp("batch", 1.1) <= RATE.seconds + 0.02
    now = look(place.store, name)[1]
    assert sum(1 for permit in look(place.store, name)[0].permits if permit > now - 1) == 5


def test_a_429_takes_late_permits_back_at_every_door(place: Place, name: str) -> None:
    """Nobody knocks earlier than Bento named, with an old permit neither."""
    late, other = pacer_of(place.store, name), pacer_of(place.other, name)
    late.try_acquire("batch")
    other.try_acquire("batch")
    other.pause("batch", 30.0)
    assert 29 < late.restamp("batch", 0.0) <= 30
    assert len(look(place.store, name)[0].permits) == 1


def test_a_quarter_of_the_shortest_windows_margin_needs_no_restamping(place: Place, name: str) -> None:
    """Five milliseconds of a second's 20."""
    assert pacer_of(place.store, name, Rate(5, 1.0), Rate(9, 60.0)).slack("batch") == pytest.approx(0.005)
    assert pacer_of(place.store, name, Rate(100, 60.0)).slack("batch") == pytest.approx(0.15)


def test_threads_never_get_more_than_there_is(place: Place, name: str) -> None:
    """Eight threads at once share five permits a minute."""
    pacers = [pacer_of(place.store, name, Rate(5, 60.0)) for _ in range(8)]
    given: list[int] = []
    threads = [threading.Thread(target=lambda one=one: given.append(spend(one))) for one in pacers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(given) == 5


def test_nothing_is_lost_where_threads_change_a_budget_at_once(place: Place, name: str) -> None:
    """Each permit that was given is remembered, once."""
    pacer, given = pacer_of(place.store, name, Rate(200, 60.0)), Counter[int]()

    def work(number: int) -> None:
        given[number] = spend(pacer)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(look(place.store, name)[0].permits) == given.total()


def test_a_refused_question_takes_nothing(place: Place, name: str) -> None:
    """Who only waits costs nobody a request: a place in the line is all that is written."""
    pacer = pacer_of(place.store, name)
    pacer.pause("batch", 30.0)
    before = look(place.store, name)[0]
    pacer.try_acquire("batch")
    after = look(place.store, name)[0]
    assert len(after.line) == 1
    assert (after.permits, after.closed_until, after.lesson) == (before.permits, before.closed_until, before.lesson)


def test_who_asked_first_is_served_first(place: Place, name: str) -> None:
    """One that asks at the right moment does not overtake one that waited, however often it asks."""
    rate, served = Rate(1, 0.2), list[str]()
    doors = {"late": pacer_of(place.other, name, rate), "early": pacer_of(place.store, name, rate)}
    spend(doors["early"])
    assert doors["early"].try_acquire("batch") < doors["late"].try_acquire("batch")

    def ask() -> bool:
        served.extend(who for who, pacer in doors.items() if pacer.try_acquire("batch") == 0.0)
        return len(served) >= 4

    place.until(ask)
    assert served == ["early", "late", "early", "late"]


@pytest.mark.slow
def test_a_place_is_lost_by_not_asking_again(place: Place, name: str) -> None:
    """One that was killed while waiting is forgotten, and the others go on."""
    dead, alive = pacer_of(place.store, name), pacer_of(place.other, name)
    spend(dead)
    dead.try_acquire("batch")
    lost = look(place.store, name)[0].line
    count = 0

    def served() -> bool:
        nonlocal count
        count += spend(alive)
        return count >= 3 * RATE.limit

    place.until(served)
    assert len(lost) == 1
    assert lost[0].name not in [waiter.name for waiter in look(place.store, name)[0].line]


def test_the_store_says_nothing_of_where_it_is(place: Place) -> None:
    """A Redis address holds a password."""
    assert "redis:" not in repr(place.store)
    assert "127.0.0.1" not in repr(place.store)
