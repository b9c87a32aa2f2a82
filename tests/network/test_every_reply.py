"""Nearly six hundred more replies to the hook, lenient ones included: each is taken for what it plainly says."""

from __future__ import annotations

from itertools import chain
from typing import Final

import pytest
from network.authority import WAYS, Authority
from network.caller import KINDS, SHORT, SLACK, Kind, hook, named, outcome
from network.framings import chunks, header_lines, lengths, several, status_lines
from network.origin import Origin
from network.replies import LATER, RATE_LIMITED, Case, bodies, encodings, statuses
from network.services import Answering

CASES: Final = tuple(
    chain(statuses(), bodies(), encodings(), lengths(), chunks(), status_lines(), header_lines(), several())
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reply_is_taken_for_what_it_plainly_says(case: Case, way: str, kind: Kind, authority: Authority) -> None:
    """A request that is not plainly refused is never repeated; the next one gets a reply of its own."""
    repeated = case.wanted in (LATER, RATE_LIMITED)
    waits = SHORT if case.end in ("stall", "again and again") else SLACK
    with Origin(Answering(case), authority.serving(way)) as origin:
        with hook(origin.url, read=waits) as bento:
            first, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
            assert first in ({"refused"} if repeated else case.wanted), error
            assert origin.received[named(kind, 1)] == (2 if repeated else 1)
            then, error = outcome(lambda: bento.send_rows(kind, named(kind, 2)))
        assert then == "refused" or (case.end != "wait" and then == "unknown"), (
            error
        )  # a closed line may be met too late
        assert origin.received[named(kind, 2)] == 1 or (then == "unknown" and not origin.received[named(kind, 2)])
        assert not any(b"cookie" in head.lower() for head in origin.heads)


def test_there_are_many_kinds_of_replies() -> None:
    """No two of them have one name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 150
