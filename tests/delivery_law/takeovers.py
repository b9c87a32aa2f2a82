"""Proof 4: several attempts of one task instance at once. The older sends nothing after the newer began."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from delivery_law.fakes import rows
from delivery_law.law import LawBroken, Life, check_end, guard, live
from delivery_law.turns import Player, check_nobody_broke_the_law, watch_older
from delivery_law.world import Killed, Process, World

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.exceptions import BentoError, BentoSuperseded

ROWS, CHUNK = 7, 3


class Seen(NamedTuple):
    """What was seen while several attempts ran at once.

    :param mishaps: requests that an older one began although a newer one had, or processes killed.
    :param doubled: records that arrived once more than they should, within what is allowed.
    """

    mishaps: int
    doubled: int


def touches() -> int:
    """Return how often an undisturbed run reaches for the outside."""
    process = Process()
    World(rows(ROWS, bad=[3])).attempt(process)
    return process.touches


def grid(
    older: int, newer: int | None, in_doubt: Any, endpoint: Endpoint = "events", *, ended_between: int = 0
) -> Seen:
    """Let the older attempt make ``older`` touches, then the newer ``newer`` (``None``: all), then each end.

    :param ended_between: so many attempts between them ended before they came to the checkpoint.
    :raises LawBroken: the law was broken.
    """
    world = World(rows(ROWS, bad=[3], idempotent=FACTS[endpoint].idempotent), endpoint=endpoint, in_doubt=in_doubt)
    late = watch_older(world)
    first, second = Player(world, 1), Player(world, 2 + ended_between)
    first.play(older)
    second.play(newer)
    first.play()
    second.play()
    check_nobody_broke_the_law([first, second])
    return Seen(late[1], _end(world, second.ended, doubled_at_most=CHUNK if in_doubt == "resend" else 0))


def walk(seed: int) -> Seen:
    """Let up to four attempts move in random turns, some of them killed; then live on to the end.

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
    return Seen(kills, _end(world, players[-1].ended, doubled_at_most=again))


def inside(touch: int, max_in_flight: int, in_doubt: Any) -> Seen:
    """Run a newer attempt to its end while an older one with several requests under way stands at a touch.

    :raises LawBroken: the law was broken.
    """
    world = World(rows(20, bad=[3]), in_doubt=in_doubt, max_in_flight=max_in_flight)
    newer: list[Report | BaseException] = []
    began: list[int] = []
    older, standing, superseded = Process(), threading.Lock(), threading.Event()

    def turn(_: str) -> None:
        with standing:  # all of its threads stand, but for those between two touches
            if older.touches >= touch - 1 and not newer:
                superseded.set()
                newer.append(_outcome(world, Process()))
                began.append(len(world.bento.requests))

    older.turn = turn
    guard(world)
    _judge_until(world, older, superseded)
    first = _outcome(world, older)
    if not newer:
        return Seen(0, 0)  # it was at its end before
    if len(world.bento.requests) > began[0] + max_in_flight:
        raise LawBroken("the older one sends on although a newer one has begun")
    if not isinstance(first, BentoSuperseded | Report):
        raise LawBroken(f"the older one ended with {first!r}")
    again = CHUNK * max_in_flight if in_doubt == "resend" else 0
    return Seen(1, _end(world, newer[0], doubled_at_most=again))


def _judge_until(world: World, older: Process, superseded: threading.Event) -> None:
    """Let what the older one still sends pass unjudged from then on: the newer one may have skipped it."""
    send, lawful, here = world.send, world.bento.watch, threading.local()

    def sent(request: Request, process: Process, sending: Callable[[], None]) -> Any:
        around, here.process = getattr(here, "process", None), process  # with one in flight, the newer one runs inside
        try:
            return send(request, process, sending)
        finally:
            here.process = around

    def watch(names: list[str]) -> None:
        if here.process is not older or not superseded.is_set():
            lawful(names)

    world.send = sent  # type: ignore[method-assign]  # of this world only
    world.bento.watch = watch


def _outcome(world: World, process: Process) -> Report | BaseException:
    try:
        return world.attempt(process)
    except (BentoError, Killed) as error:
        return error


def _end(world: World, last: Report | BaseException | None, *, doubled_at_most: int) -> int:
    """Go on after all of them ended, as Airflow and a person do, and look at what arrived."""
    guard(world)
    life = Life(last) if isinstance(last, Report) else live(world)
    check_end(world, life, doubled_at_most=doubled_at_most)
    return sum(count - 1 for count in world.arrived().values())
