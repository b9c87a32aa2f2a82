"""Pushes against servers whose scripts a seed draws: how much they read and write, and how they end a connection."""

from __future__ import annotations

import contextlib
import random
from typing import Final

from delivery_law.law import LawBroken
from network.authority import WAYS, Authority
from network.caller import SHORT, HastyHook, event_push, hook
from network.connection_scripts import SERVE_ON, Script, ScriptedService, Step
from network.framings import OK
from network.origin import Origin

from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.exceptions import BentoError

ENDS: Final = ("close", "reset", "stall", "plaintext", "alert internal error", SERVE_ON)


def drawn(luck: random.Random) -> list[Script]:
    """Return what happens to the first connections; all further ones are served well."""
    return [
        Script(None if luck.random() < 0.9 else 0, (_step(luck),), luck.choice(ENDS)) for _ in range(luck.randint(1, 5))
    ]


def _step(luck: random.Random) -> Step:
    read = luck.choice((0, 1, 40, 300, None, None, None))
    return Step(read, "good", luck.choice((0, 0, 1, 9, 40, len(OK) - 1, None, None)))


def push_against(seed: int, authority: Authority) -> int:
    """Push events to such a server, with three attempts of the task; return how many connections had a script.

    :raises LawBroken: an event was received twice, or counted as accepted although the server did not say so.
    """
    luck = random.Random(seed)
    way, scripts = luck.choice(tuple(WAYS)), drawn(luck)
    service, store, accepted = ScriptedService(scripts), MemoryStore(), 0
    with Origin(service, authority.serving(way)) as origin:
        for number in (1, 2, 3):
            with hook(origin.url, connect=SHORT, read=SHORT) as bento:
                accepted = max(accepted, _attempt(bento, store, number))
    if any(count > 1 for count in service.perhaps.values()):
        raise LawBroken(f"received twice: {service.perhaps}, {way}, {scripts}", "doubled")
    if accepted > service.granted:
        raise LawBroken(f"{accepted} accepted, {service.granted} said: {way}, {scripts}", "lost")
    return len(scripts)


def _attempt(bento: HastyHook, store: MemoryStore, number: int) -> int:
    """Run one attempt; return how many records its checkpoint counts as accepted."""
    push = event_push(bento, store, number, rows=4, chunk=1)
    with contextlib.suppress(BentoError):
        deliver(push)
    return push.checkpoints.now.counts.accepted
