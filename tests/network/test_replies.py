"""Whatever a server writes: it was sent once, and counts only if the reply plainly says so; HTTP, TLS 1.2 and 1.3."""

from __future__ import annotations

from itertools import chain
from typing import Final

import pytest
from network.authority import TLS_1_2, TLS_1_3, Authority
from network.caller import KINDS, SHORT, SLACK, Kind, hook, named, outcome
from network.framings import chunks, header_lines, lengths, several, status_lines
from network.origin import Origin, Visit
from network.replies import NO, Case, bodies, encodings, reply, statuses

CASES: Final = tuple(
    chain(statuses(), bodies(), encodings(), lengths(), chunks(), status_lines(), header_lines(), several())
)
WAYS: Final = {"http": None, "tls12": TLS_1_2, "tls13": TLS_1_3}
_REFUSAL: Final = reply(422, NO)


class Answering:
    """Gives the first request the case's reply; refuses every other one, plainly."""

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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reply_is_taken_for_what_it_plainly_says(case: Case, way: str, kind: Kind, authority: Authority) -> None:
    """A request that is not plainly refused is never repeated; the next one gets a reply of its own."""
    version = WAYS[way]
    waits = SHORT if case.end in ("stall", "again and again") else SLACK
    with Origin(Answering(case), authority.server(version) if version else None) as origin:
        with hook(origin.url, read=waits) as bento:
            first, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
            assert first in ({"refused"} if case.wanted == {"later"} else case.wanted), error
            assert origin.received[named(kind, 1)] == (2 if case.wanted == {"later"} else 1)
            then, error = outcome(lambda: bento.send_rows(kind, named(kind, 2)))
        assert then == "refused" or (case.end != "wait" and then == "unknown"), (
            error
        )  # a closed line may be met too late
        assert origin.received[named(kind, 2)] == 1 or (then == "unknown" and not origin.received[named(kind, 2)])
        assert not any(b"cookie" in head.lower() for head in origin.heads)


def test_there_are_many_kinds_of_replies() -> None:
    """No two of them have one name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 150
