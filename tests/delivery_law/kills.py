"""Proof 1: the loop killed at every step. Scenarios, drawn by a seed or listed one by one, that must obey the law."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from delivery_law.fakes import rows
from delivery_law.law import Life, check_end, guard, live
from delivery_law.world import World

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import IN_DOUBT, Cursor, Row

WORDS = ("unreachable", "busy", "429", "lost", "applied, lost", "rejected", "turned away")


class OneWaySource(ListSource):
    """A list that counts as costly to read twice, and resumes by a token of its own."""

    rereadable = False
    resumable = True

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows behind the token."""
        at = after.token["row"] if after.token else 0
        assert at == after.position
        for row in super().rows(Cursor(at)):
            yield Row(row.position, row.data, {"row": row.position + 1})


@dataclass
class Tried:
    """What came of one scenario.

    :param life: what the task instance lived through.
    :param world: what is left of it.
    :param doubled: records that arrived once more than they should, within what is allowed.
    """

    life: Life
    world: World
    doubled: int


def run(seed: int) -> Tried:
    """Live through the scenario of a seed.

    :raises LawBroken: it broke the law.
    """
    luck = random.Random(seed)
    world, options = _drawn(luck, seed)
    guard(world)
    deaths = [luck.randint(1, luck.choice((10, 40, 150))) for _ in range(luck.randint(0, 6))]
    life = live(world, iter(deaths), settle=luck.choice(("key", "argument", "question")))
    return _judged(world, life, options["in_doubt"], options["max_in_flight"])


def kill_once(touch: int, *, endpoint: Endpoint, in_doubt: Any, max_in_flight: int, idempotent: bool = False) -> Tried:
    """Live through a run of twenty rows whose first process dies at a given touch, and the next ones sooner.

    :param idempotent: whether the rows are, although not all of this endpoint have to be.
    :raises LawBroken: it broke the law.
    """
    idempotent = idempotent or FACTS[endpoint].idempotent
    options: dict[str, Any] = {"in_doubt": in_doubt, "max_in_flight": max_in_flight}
    world = World(rows(20, bad=[3, 7], idempotent=idempotent), endpoint=endpoint, **options)
    guard(world)
    life = live(world, iter([touch, touch // 2 or None, touch // 3 or None]))
    return _judged(world, life, in_doubt, max_in_flight)


def _drawn(luck: random.Random, seed: int) -> tuple[World, dict[str, Any]]:
    endpoint: Endpoint = luck.choice(get_args(Endpoint))
    count = luck.randint(0, 30)
    some = [number for number in range(count) if luck.random() < 0.1]
    lucky = luck.random() < 0.2 and endpoint != "emails"
    mixed: dict[str, Any] = {"idempotent": FACTS[endpoint].idempotent or lucky}
    mixed["approved"] = endpoint == "broadcasts" and luck.random() < 0.5
    records = rows(count, bad=some, **mixed)
    if endpoint == "emails":
        records = [{**row, "group": luck.choice(("a", "a", "b"))} for row in records]
    options: dict[str, Any] = {
        "in_doubt": luck.choice((None, *IN_DOUBT)),
        "max_in_flight": luck.choice((1, 1, 4)),
        "chunk_size": luck.randint(1, 5),
        "isolate_rejected": luck.random() < 0.3,
        "max_failed": 1000,
        "max_attempts": luck.choice((1, 2, 5)),
        "give_up_after": luck.choice((None, 60.0)),
    }
    source = OneWaySource(records) if luck.random() < 0.4 else ListSource(records)
    refusing = frozenset(f"r{luck.randrange(30)}" for _ in range(luck.choice((0, 0, 2))))
    words = (*WORDS, "partly applied, lost") if endpoint == "broadcasts" else WORDS
    script = {luck.randrange(20): luck.choice(words) for _ in range(luck.choice((0, 0, 2, 5)))}
    named = luck.random() < 0.5
    world = World(
        records, endpoint=endpoint, script=script, refusing=refusing, names_refused=named, seed=seed, source=source,
        **options,
    )  # fmt: skip
    world.budget.waits = [luck.choice((0.0, 0.0, 1.0, 90.0)) for _ in range(luck.choice((0, 30)))]
    return world, options


def _judged(world: World, life: Life, in_doubt: Any, max_in_flight: int) -> Tried:
    """Compare what arrived with what was allowed: twice only where repeating was wanted, a chunk in flight a time."""
    idempotent = any(row.get("idempotent") for row in world.rows)
    repeats = in_doubt == "resend" or (in_doubt is None and idempotent)
    lost_replies = sum(1 for word in world.bento.script.values() if word.endswith("applied, lost"))
    chunk = world.options["chunk_size"]
    allowed = chunk * (max_in_flight * life.kills + lost_replies) if repeats else 0
    allowed += chunk * lost_replies if life.told_to_resend else 0
    if world.options.get("isolate_rejected") and FACTS[world.endpoint].idempotent:
        allowed += sum(map(len, world.bento.applied))  # halves are sent again, on purpose
    check_end(world, life, doubled_at_most=allowed)
    good = {row["name"] for row in world.rows if not row.get("bad")}
    doubled = sum(count - 1 for name, count in world.bento.arrived().items() if name in good)
    return Tried(life, world, doubled)
