"""Who may go on, of several attempts of one task instance."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.delivery.checkpoint.fencing import CLAIM, UNFENCED, Fence
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.exceptions import BentoSuperseded


def test_the_first_attempt_finds_nothing() -> None:
    """And claims its key, so that older ones would see it."""
    store = MemoryStore()
    assert Fence(store, 1).take_over() is None
    assert store.get("checkpoint_1") == CLAIM


def test_the_next_attempt_finds_what_the_last_one_left() -> None:
    """Also over attempts that left nothing, or only their claim."""
    store = MemoryStore()
    Fence(store, 1).write("one")
    assert Fence(store, 2).take_over() == "one"
    assert Fence(store, 7).take_over() == "one"
    Fence(store, 7).write("seven")
    assert Fence(store, 8).take_over() == "seven"


def test_the_same_attempt_again_finds_its_own() -> None:
    """After it gave its slot back."""
    store = MemoryStore()
    Fence(store, 1).write("one")
    Fence(store, 2).write("two")
    again = Fence(store, 2)
    assert again.take_over() == "two"
    again.forget_older()
    assert [store.get(f"checkpoint_{number}") for number in (1, 2, None)] == ["one", "two", None]


def test_what_was_taken_over_is_forgotten_but_for_the_claim() -> None:
    """Older attempts still look for it."""
    store = MemoryStore()
    Fence(store, 1).write("one")
    fence = Fence(store, 2)
    fence.take_over()
    fence.write("two")
    fence.forget_older()
    assert (store.get("checkpoint_1"), store.get("checkpoint_2")) == (CLAIM, "two")
    fence.forget_older()
    assert [store.get(f"checkpoint_{number}") for number in (2, None)] == ["two", None]


@pytest.mark.parametrize("moment", range(8))
def test_what_moves_up_while_it_is_looked_for_is_found(moment: int) -> None:
    """Attempt 2 takes over from attempt 1 just while attempt 3 reads: it finds the value in one key or the other."""

    class Moving(MemoryStore):
        reads = 0

        def get(self, key: str) -> Any:
            value = super().get(key)
            self.reads += 1
            if self.reads == moment:
                between.write("content")
                between.forget_older()
            return value

    store = Moving()
    Fence(store, 1).write("content")
    between = Fence(store, 2)
    between.take_over()
    store.reads = 0
    assert Fence(store, 3).take_over() == "content"


@pytest.mark.parametrize("newer", [5, 6, 9, 40])
def test_a_newer_attempt_stops_an_older_one(newer: int) -> None:
    """However many between them ended before they came here; the message names what a person may delete."""
    store = MemoryStore()
    Fence(store, 4).take_over()
    Fence(store, newer).take_over()
    for act in (Fence(store, 4).check, Fence(store, 4).take_over):
        with pytest.raises(BentoSuperseded, match=f"Attempt {newer} of .*attempt 4 .*'checkpoint_' or 'fence_'"):
            act()
    assert store.get("checkpoint_4") == CLAIM


def test_a_newer_attempt_stops_older_ones_that_have_not_begun() -> None:
    """They find their fence when they come, and write nothing."""
    store = MemoryStore()
    Fence(store, 9).take_over()
    for older in range(1, 9):
        with pytest.raises(BentoSuperseded):
            Fence(store, older).take_over()
        assert store.get(f"checkpoint_{older}") is None


def test_older_attempts_stop_nobody() -> None:
    """Nor does the attempt itself."""
    store = MemoryStore()
    for number in (1, 2, 3):
        Fence(store, number).take_over()
    Fence(store, 3).check()


@pytest.mark.parametrize("last", [2, 3])
def test_any_newer_attempt_is_a_newer_one(last: int) -> None:
    """Two that begin at once put up the same fence; whichever was the last, it stands."""
    store = MemoryStore()
    Fence(store, 1).take_over()
    for newer in (3, 2):
        store.set("fence_1", newer if last == 2 else 5 - newer)
    with pytest.raises(BentoSuperseded, match=f"Attempt {last} "):
        Fence(store, 1).check()


def test_fences_stand_before_values_are_read() -> None:
    """Else an intent that is written in between would be seen by nobody."""

    class Watched(MemoryStore):
        def get(self, key: str) -> Any:
            if key in ("checkpoint_1", "checkpoint_2"):
                assert [super(Watched, self).get(f"fence_{older}") for older in (1, 2)] == [3, 3]
            return super().get(key)

    assert Fence(Watched(), 3).take_over() is None


def test_a_claim_stands_before_the_fences() -> None:
    """An attempt of an earlier version looks for it; nothing may be read before."""
    store = MemoryStore()
    written: list[str] = []
    store.set = lambda key, value: written.append(key)  # type: ignore[method-assign]
    Fence(store, 3).take_over()
    assert written == ["checkpoint_3", "fence_1", "fence_2"]


def test_what_an_earlier_version_left_is_taken_over() -> None:
    """It put up no fences."""
    store = MemoryStore()
    store.set("checkpoint_1", CLAIM)
    store.set("checkpoint_2", "two")
    assert Fence(store, 3).take_over() == "two"


@pytest.mark.parametrize("ahead", range(1, UNFENCED + 1))
def test_a_newer_attempt_of_an_earlier_version_stops_an_older_one(ahead: int) -> None:
    """It put up no fence: a DAG run that was made again must not send everything again in silence."""
    store = MemoryStore()
    store.set(f"checkpoint_{1 + ahead}", "newer")
    with pytest.raises(BentoSuperseded, match=f"Attempt {1 + ahead} "):
        Fence(store, 1).take_over()
    assert store.get("checkpoint_1") is None
