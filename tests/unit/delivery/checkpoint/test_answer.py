"""A person's answer is bound to the chunks they were asked about, or it is not stored."""

from __future__ import annotations

import pytest
from delivery_law.fakes import rows
from delivery_law.world import Process, World

from airflow_provider_bento.delivery.checkpoint.answer import spans_in_doubt, store_answer
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.exceptions import BentoOutcomeUnknown


def in_doubt() -> World:
    """Return a world whose second chunk of three was applied, and the reply lost."""
    world = World(rows(9), in_doubt="hold", script={1: "applied, lost"})
    with pytest.raises(BentoOutcomeUnknown):
        world.attempt(Process(None))
    return world


def test_what_is_in_doubt_is_what_is_stored() -> None:
    """Of the newest attempt, also if it has only claimed its place."""
    world = in_doubt()
    assert spans_in_doubt(world.store, 1) == [(3, 5)]
    world.store.set("checkpoint_2", {"claimed": True})
    assert spans_in_doubt(world.store, 2) == [(3, 5)]
    assert spans_in_doubt(MemoryStore(), 2) == []


def test_an_answer_settles_exactly_what_was_asked() -> None:
    """The word is stored for that chunk, and the next attempt uses it up."""
    world = in_doubt()
    assert store_answer(world.store, 1, [(3, 5)], "skip")
    assert world.store.get("in_doubt") == {"3": "skip"}
    assert world.attempt(Process(None)).counts.skipped == 3
    assert world.store.get("in_doubt") is None
    assert not store_answer(world.store, 2, [(3, 5)], "skip")  # it is settled


@pytest.mark.parametrize("asked", [[], [(0, 2)], [(3, 4)], [(3, 5), (6, 8)]])
def test_an_answer_about_anything_else_is_not_stored(asked: list[tuple[int, int]]) -> None:
    """Not even for the part that it has in common with what is in doubt now."""
    world = in_doubt()
    assert not store_answer(world.store, 1, asked, "resend")
    assert world.store.get("in_doubt") is None
