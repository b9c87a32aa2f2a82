"""The law, as checks: what holds at every request, and what holds in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Literal

from delivery_law.world import Killed, Process, World

from airflow_provider_bento.delivery.checkpoint.answer import spans_in_doubt, store_answer
from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoRateLimited

Breach = Literal["lost", "confirmed sent again", "doubled", "other"]
"""How the law was broken."""


class LawBroken(BaseException):
    """Something was sent that must not be, or did not arrive, or was not told as it was.

    No error that the package could take for one of a request's.

    :ivar breach: see :data:`Breach`.
    """

    def __init__(self, message: str, breach: Breach = "other") -> None:
        super().__init__(message)
        self.breach = breach


@dataclass
class Life:
    """What a task instance lived through until it ended green.

    :param report: of its last attempt.
    :param kills: processes that died.
    :param errors: the other ends that attempts had.
    :param decisions: how often a person was asked.
    :param told_to_resend: how often they answered by the operator's argument, which is for all of the next attempt.
    """

    report: Report
    kills: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    decisions: int = 0
    told_to_resend: int = 0


def guard(world: World) -> None:
    """Check at every request that it has a stored intent and repeats nothing that is stored as confirmed."""

    def watch(names: list[str]) -> None:
        confirmed, intended = _stored(world)
        if confirmed & set(names):
            raise LawBroken(f"confirmed records sent again: {sorted(confirmed & set(names))}", "confirmed sent again")
        if not set(names) <= intended:
            raise LawBroken(f"sent without a stored intent: {sorted(set(names) - intended)}")

    world.bento.watch = watch


def _stored(world: World) -> tuple[set[str], set[str]]:
    """What the newest attempt holds for confirmed, and what any of them means to send."""
    confirmed, intended = set[str](), set[str]()
    values = [world.store.get(f"checkpoint_{number}") for number in range(world.tries, 0, -1)]
    for nth, value in enumerate(value for value in values if value is not None and "plan" in value):
        settled = _names(world, 0, value["cursor"]["position"])
        for pending in value["in_flight"]:
            names = _names(world, pending["start"]["position"], pending["end"]["position"])
            (intended if pending.get("counts") is None else settled).update(names)
        confirmed |= settled if nth == 0 else set()
    return confirmed, intended


def _names(world: World, first: int, end: int) -> set[str]:
    return {world.name_of(row) for row in world.rows[first:end] if not world.is_bad(row)}


def live(world: World, deaths: Iterator[int | None] | None = None, *, settle: str = "key", most: int = 400) -> Life:
    """Start an attempt after each that ended badly, as Airflow and a person do, until one is green.

    :param deaths: for each process the touch at which it dies; then nobody dies.
    :param settle: how a person says what to do about a doubt: by the store's ``key``, by the ``argument``, or as the
        answer to a ``question``, with which the same attempt continues.
    """
    deaths = deaths or repeat(None)
    life = Life(report=None)  # type: ignore[arg-type]  # known in the end
    changed: dict[str, Any] = {}
    for _ in range(most):
        process = Process(None if changed else next(deaths, None))
        try:
            life.report = world.attempt(process, **changed)
        except Killed:
            life.kills += 1
        except BentoOutcomeUnknown as error:
            life.errors[type(error).__name__] += 1
            changed = _decide(world, error, settle) if error.needs_decision else {}
            life.decisions += error.needs_decision
            life.told_to_resend += changed.get("in_doubt") == "resend"
        except BentoError as error:
            life.errors[type(error).__name__] += 1
            if isinstance(error, BentoRateLimited) and error.status is None:
                world.tries -= 1  # Airflow starts the same attempt again later
            else:
                changed = {}
        else:
            return life
    raise LawBroken(f"the run never ended: {life}")


def _decide(world: World, error: BentoOutcomeUnknown, settle: str) -> dict[str, Any]:
    """Look into Bento, as a person does, and say what to do."""
    spans = getattr(error, "spans", None) or [error.positions]
    arrived = world.arrived()
    words: dict[str, InDoubt] = {}
    for first, last in spans:
        names = _names(world, first, last + 1)
        there = names & set(arrived)
        applied = names == there if FACTS[world.endpoint].looked_up else bool(there)  # those are looked for one by one
        words[str(first)] = "skip" if applied else "resend"
    different = len(set(words.values())) > 1
    word = next(iter(words.values()))
    if settle == "question" and not different:
        _want(
            store_answer(world.store, world.tries, spans_in_doubt(world.store, world.tries), word), "no doubt to answer"
        )
        world.tries -= 1
        return {}
    if settle == "argument" and not different:
        world.clear()
        return {"in_doubt": word}
    world.choose(words if different else word)  # type: ignore[arg-type]  # JSON
    return {}


def check_end(world: World, life: Life, *, doubled_at_most: int = 0) -> None:
    """Check what arrived, as multisets, against the input and the counts.

    :param doubled_at_most: records that may have arrived once more than they should.
    """
    good = Counter(world.name_of(row) for row in world.rows if not world.is_bad(row))
    arrived, counts = world.arrived(), life.report.counts
    kinds = {world.name_of(world.rows[position]): kind for position, kind in world.letters().items()}
    given_up = Counter(name for name, kind in kinds.items() if kind in ("rejected", "skipped", "suspect"))
    lost = good - arrived - given_up
    _want(not lost, f"lost: {sorted(lost)}", "lost")
    too_many = arrived - good
    _want(too_many.total() <= doubled_at_most, f"doubled: {sorted(too_many.elements())}", "doubled")
    gone = counts.accepted + counts.invalid + counts.rejected + counts.skipped + counts.in_doubt
    _want(counts.read == gone == len(world.rows), f"the counts are {counts}")
    bad = {world.name_of(row) for row in world.rows if world.is_bad(row)}
    _want({name for name, kind in kinds.items() if kind == "invalid"} == bad, "dead letters and bad rows differ")
    _want(counts.invalid == len(bad), f"the counts are {counts}")
    _want(not life.report.counts.in_doubt, "a green run leaves nothing in doubt")
    _want(not world.checkpoint["in_flight"], "a green run leaves nothing under way")


def _want(holds: bool, otherwise: str, breach: Breach = "other") -> None:
    if not holds:
        raise LawBroken(otherwise, breach)
