"""Some three hundred replies, over http and TLS: none that is not plain counts as accepted, none is asked for twice."""

from __future__ import annotations

import contextlib

import pytest
from network.authority import WAYS, Authority
from network.caller import KINDS, Kind, hook, named, outcome
from network.exact_replies import cases
from network.framings import OK
from network.origin import Origin, Visit
from network.replies import UNKNOWN, head
from network.services import Answering, breaks_at

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.exceptions import BentoUnreachable

CASES = cases()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_a_reply_means_what_it_says_and_nothing_more(name: str, way: str, kind: Kind, authority: Authority) -> None:
    """For events, emails, and broadcasts that would be mailed; each was received once, and no log shows a record."""
    case = CASES[name]
    wanted = UNKNOWN if case.end == "close as the end" and way != "http" else case.wanted
    with Origin(Answering(case), authority.serving(way)) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_once(kind, named(kind, 1)))
        assert end in wanted, error
        assert origin.received == {named(kind, 1): 1}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.wanted == UNKNOWN])
def test_the_hook_sends_nothing_again_whose_outcome_is_unknown(name: str, kind: Kind) -> None:
    """Neither events nor emails nor approved broadcasts."""
    with Origin(Answering(CASES[name])) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
        assert end == "unknown", error
        assert origin.received == {named(kind, 1): 1}


def test_a_reply_that_trickles_ends_with_its_time_out() -> None:
    """A byte now and then does not prolong it."""

    def trickle(visit: Visit) -> None:
        visit.take_request()
        visit.write(OK[:20])
        visit.raw.settimeout(0.2)
        for byte in OK[20:]:
            visit.write(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                if not visit.recv():
                    return

    with Origin(trickle) as origin, hook(origin.url, read=1.0) as bento:
        end, error = outcome(lambda: bento.send_once("events", named("events", 1)))
    assert (end, getattr(error, "phase", None)) == ("unknown", "reading")


def test_endless_hundreds_end_with_the_time_out() -> None:
    """Each is a reply's announcement, none is a reply."""

    def announce(visit: Visit) -> None:
        visit.take_request()
        while True:
            visit.write(head(100) * 100)

    with Origin(announce) as origin, hook(origin.url, read=0.5) as bento:
        end, error = outcome(lambda: bento.send_once("events", named("events", 1)))
    assert end == "unknown", error


def test_a_reading_request_whose_reply_is_lost_was_only_reading() -> None:
    """Nobody is told that it may have been applied."""
    with Origin(breaks_at(1, Visit.close)) as origin, hook(origin.url) as bento:
        with pytest.raises(BentoUnreachable) as caught:
            bento.get_conn().send(wire.Request(contract.LIST_TAGS))
        assert origin.requests == 1
    assert "applied" not in str(caught.value)
