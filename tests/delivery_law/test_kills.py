"""Killed at every step: nothing lost, nothing confirmed sent again, doubled only where it was wanted."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from delivery_law import kills
from delivery_law.fakes import rows
from delivery_law.law import LawBroken, check_end, guard, live
from delivery_law.world import Process, World

from airflow_provider_bento.api.contract import Endpoint


@pytest.mark.parametrize("max_in_flight", [1, 4])
@pytest.mark.parametrize("in_doubt", ["hold", "skip", "resend", None])
@pytest.mark.parametrize("endpoint", get_args(Endpoint))
def test_a_kill_at_each_touch_keeps_the_law(endpoint: Endpoint, in_doubt: Any, max_in_flight: int) -> None:
    """Every third touch of a run kills its process, and sooner touches the two after it."""
    for touch in range(1, 210, 3):
        kills.kill_once(touch, endpoint=endpoint, in_doubt=in_doubt, max_in_flight=max_in_flight)


@pytest.mark.parametrize("in_doubt", ["hold", None])
def test_a_kill_among_idempotent_commands_keeps_the_law(in_doubt: Any) -> None:
    """They are sent again without a person, unless the author wants to hold them."""
    for touch in range(1, 210, 3):
        one = kills.kill_once(touch, endpoint="commands", in_doubt=in_doubt, max_in_flight=1, idempotent=True)
        assert in_doubt or not one.life.decisions


def test_drawn_lives_keep_the_law() -> None:
    """Hundreds of runs with kills, lost replies, refusals, 429s, reschedules and a person's decisions."""
    tried = [kills.run(seed) for seed in range(400)]
    assert sum(one.life.kills for one in tried) > 500
    assert sum(one.life.decisions for one in tried) > 30


def test_a_key_settles_what_is_in_doubt_and_is_used_up() -> None:
    """A person's word in the store concerns the doubt that they saw; a later one is held again."""
    world = World(rows(9), in_doubt="hold", script={1: "applied, lost", 2: "lost"})
    guard(world)
    life = live(world, settle="key")
    check_end(world, life)
    assert life.decisions == 2
    assert world.store.get("in_doubt") is None


def test_an_answer_settles_what_was_asked_and_the_same_attempt_continues() -> None:
    """It is bound to that doubt, as the word in the store is; a later doubt is held again."""
    world = World(rows(9), in_doubt="hold", script={1: "applied, lost", 2: "lost"})
    guard(world)
    life = live(world, settle="question")
    check_end(world, life)
    assert (life.decisions, world.tries) == (2, 1)
    assert world.store.get("in_doubt") is None


def test_an_argument_settles_what_is_in_doubt() -> None:
    """The operator's argument does the same for all of the next attempt."""
    world = World(rows(9), in_doubt="hold", script={1: "applied, lost"})
    life = live(world, settle="argument")
    check_end(world, life)
    assert (life.decisions, life.report.counts.skipped) == (1, 3)


def test_the_law_notices_a_loop_that_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Had intents not been stored, the law would say so."""
    from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints

    monkeypatch.setattr(Checkpoints, "begin", lambda self, chunk, now: None)
    world = World(rows(9))
    guard(world)
    with pytest.raises(LawBroken, match="without a stored intent"):
        world.attempt()


def test_the_law_notices_what_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Had the checkpoint been forgotten, the law would say so."""
    from airflow_provider_bento.delivery.checkpoint.fencing import Fence

    world = World(rows(9), in_doubt="resend")
    monkeypatch.setattr(Fence, "take_over", lambda self: None)
    with pytest.raises(LawBroken, match="doubled"):
        check_end(world, live(world, iter([20])))


def test_killed_processes_stay_dead() -> None:
    """After a kill no thread of that process reaches anything."""
    from delivery_law.world import Killed

    process = Process(dies_at=2)
    process.touch("one")
    for _ in range(3):
        with pytest.raises(Killed):
            process.touch("more")
