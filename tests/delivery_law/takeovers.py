"""Proof 4: several attempts of one task instance at once. The older sends nothing after the newer began."""

from __future__ import annotations

import random
import threading
from typing import Any

from delivery_law.fakes import rows
from delivery_law.law import LawBroken, Life, check_end, guard, live
from delivery_law.turns import Player, check_nobody_broke_the_law, watch_older
from delivery_law.world import Killed, Process, World

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.delivery.ledger import Report
from airflow_provider_bento.exceptions import BentoError, BentoSuperseded

ROWS, CHUNK = 7, 3


def touches() -> int:
    """Return how often an undisturbed run reaches for the outside."""
    process = Process()
    World(rows(ROWS, bad=[3])).attempt(process)
    return process.touches


def grid(older: int, newer: int | None, in_doubt: Any, endpoint: Endpoint = "events") -> int:
    """Let the older attempt make ``older`` touches, then the newer ``newer`` (``None``: all), then each end.

    :returns: requests that the older one began after the newer one had.
    :raises LawBroken: the law was broken.
    """
    world = World(rows(ROWS, bad=[3], harmless=endpoint == "subscribers"), endpoint=endpoint, in_doubt=in_doubt)
    late = watch_older(world)
    first, second = Player(world, 1), Player(world, 2)
    first.play(older)
    second.play(newer)
    first.play()
    second.play()
    check_nobody_broke_the_law([first, second])
    _end(world, second, doubled_at_most=CHUNK if in_doubt == "resend" else 0)
    return late[1]


def walk(seed: int) -> int:
    """Let up to four attempts move in random turns, some of them killed; then live on to the end.

    :returns: how many processes were killed.
    :raises LawBroken: the law was broken.
    """
    luck = random.Random(seed)
    in_doubt = luck.choice(("hold", "skip", "resend", None))
    world = World(rows(luck.randint(1, 12), bad=[3]), in_doubt=in_doubt, chunk_size=luck.randint(1, 4), seed=seed)
    watch_older(world)
    players, kills = [Player(world, 1)], 0
    while any(player.ended is None for player in players):
        if len(players) < 4 and luck.random() < 0.1:
            players.append(Player(world, len(players) + 1))
        player = luck.choice(players)
        if player.ended is None and luck.random() < 0.03:
            player.kill()
            kills += 1
        player.play(luck.choice((1, 1, 2, 5, 30)))
    check_nobody_broke_the_law(players)
    again = world.options["chunk_size"] * (len(players) + kills) if in_doubt == "resend" else 0
    _end(world, players[-1], doubled_at_most=again)
    return kills


def inside(touch: int, max_in_flight: int, in_doubt: Any) -> bool:
    """Run a newer attempt to its end while an older one with several requests under way stands at a touch.

    :returns: whether the older one came that far.
    :raises LawBroken: the law was broken.
    """
    world = World(rows(20, bad=[3]), in_doubt=in_doubt, max_in_flight=max_in_flight)
    newer: list[Report | BaseException] = []
    began: list[int] = []
    older, standing = Process(), threading.Lock()

    def turn(_: str) -> None:
        with standing:  # all of its threads stand
            if older.touches >= touch - 1 and not newer:
                newer.append(_outcome(world, Process()))
                began.append(len(world.bento.requests))
                world.bento.watch = lambda names: None  # what the older one still sends may be skipped by now

    older.turn = turn
    guard(world)
    first = _outcome(world, older)
    if not newer:
        return False
    if len(world.bento.requests) > began[0] + max_in_flight:
        raise LawBroken("the older one sends on although a newer one has begun")
    if not isinstance(first, BentoSuperseded | Report):
        raise LawBroken(f"the older one ended with {first!r}")
    again = CHUNK * max_in_flight if in_doubt == "resend" else 0
    guard(world)
    life = Life(newer[0]) if isinstance(newer[0], Report) else live(world)
    check_end(world, life, doubled_at_most=again)
    return True


def _outcome(world: World, process: Process) -> Report | BaseException:
    try:
        return world.attempt(process)
    except (BentoError, Killed) as error:
        return error


def _end(world: World, last: Player, *, doubled_at_most: int) -> None:
    """Go on after all of them ended, as Airflow and a person do, and look at what arrived."""
    guard(world)
    life = Life(last.ended) if isinstance(last.ended, Report) else live(world)
    check_end(world, life, doubled_at_most=doubled_at_most)
