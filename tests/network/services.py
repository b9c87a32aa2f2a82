"""What an origin does to each of its connections: serves it well, gives it replies, or breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from network.breaks import Break
from network.framings import OK
from network.origin import Visit
from network.replies import NO, Case, reply

Service = Callable[[Visit], object]
_REFUSAL: Final = reply(422, NO)


def well(visit: Visit) -> None:
    """Accept whatever comes."""
    visit.handshake()
    while visit.take_request() is not None:
        visit.write(OK)


def well_after(*first: Service) -> Service:
    """Return what does these to the first connections, one to each, and serves all others well."""

    def serve(visit: Visit) -> None:
        (first[visit.number] if visit.number < len(first) else well)(visit)

    return serve


def answers(*replies: bytes) -> Service:
    """Return what reads a request for each of these replies, and then one that it leaves without."""

    def serve(visit: Visit) -> None:
        visit.handshake()
        for one in replies:
            if visit.take_request() is None:
                return
            visit.write(one)
        visit.take_request()

    return serve


def breaks_at(requests: int, act: Break) -> Service:
    """Return what breaks each connection once so many requests were read; it accepts all but the last of them."""

    def serve(visit: Visit) -> None:
        answers(*[OK] * (requests - 1))(visit)
        act(visit)

    return serve


class Answering:
    """Gives the first request the case's reply; refuses every other one, plainly.

    After the reply it waits for the next request, or does what the case's ``end`` says: ``close``, ``close politely``
    (with TLS's own end), ``close as the end`` (of a reply that has no other), ``reset``, ``stall`` or
    ``again and again``.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._given = False

    def __call__(self, visit: Visit) -> None:
        """Serve one connection."""
        visit.handshake()
        while visit.take_request() is not None:
            if self._given:
                visit.write(_REFUSAL)
                continue
            self._given = True
            self._give(visit)

    def _give(self, visit: Visit) -> None:
        visit.write(self._case.reply)
        while self._case.end == "again and again":
            visit.write(self._case.reply)
        if self._case.end == "close politely":
            visit.say_goodbye()
        if self._case.end.startswith("close"):
            visit.close()
        elif self._case.end == "reset":
            visit.reset()
        elif self._case.end == "stall":
            visit.stall()
