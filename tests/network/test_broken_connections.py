"""However a connection breaks, and whenever: each record is received at most once."""

from __future__ import annotations

import itertools
import threading
from typing import Final

import pytest
from network.authority import TLS_WAYS, WAYS, Authority
from network.breaks import AFTER_TLS, IN_TLS, PLAIN, Break, Moment, before_http, failed_handshakes, in_http
from network.caller import KINDS, SHORT, SLACK, Kind, hook, named, outcome, record
from network.line import Line
from network.origin import Origin, Visit
from network.replies import reply
from network.services import well, well_after

HANDSHAKES: Final = dict(failed_handshakes())
_STALLS: Final = {("tls12", "after the client's hello"), *((way, "after the request") for way in WAYS)}
CASES: Final = [
    (way, moment, name, act)
    for ways, moments, acts in (
        (TLS_WAYS, before_http(), IN_TLS),
        (TLS_WAYS, in_http(), AFTER_TLS),
        (("http",), in_http(), PLAIN),
    )
    for way, moment, (name, act) in itertools.product(ways, list(moments), acts.items())
    if name != "stall" or (way, moment.name) in _STALLS  # each of them takes a time-out
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("way", "moment", "act"),
    [pytest.param(way, moment, act, id=f"{way}, {moment.name}: {name}") for way, moment, name, act in CASES],
)
def test_a_broken_connection_doubles_nothing(
    way: str, moment: Moment, act: Break, kind: Kind, authority: Authority
) -> None:
    """What cannot have left is sent again by itself; what may have left, never."""
    waits = SHORT if act is PLAIN["stall"] else SLACK
    service = well_after(lambda visit: (moment.reach(visit), act(visit)))
    with Origin(service, authority.serving(way)) as origin, hook(origin.url, connect=waits, read=waits) as bento:
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
        assert origin.received[named(kind, 1)] in moment.received
    assert end in moment.wanted or (waits == SHORT and end != "accepted"), error


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_handshake_that_failed_has_sent_nothing(name: str, authority: Authority) -> None:
    """Sending again is safe, for events as well."""
    waits = 0.5 if "stall" in name else SLACK
    with Origin(HANDSHAKES[name], authority.server()) as origin, hook(origin.url, connect=waits) as bento:
        end, error = outcome(lambda: bento.send_once("events", named("events", 1)))
        assert end == "later", error
        assert not origin.requests


@pytest.mark.parametrize("name", [name for name in HANDSHAKES if "stall" not in name])
def test_events_arrive_once_when_the_first_handshakes_failed(name: str, authority: Authority) -> None:
    """A load balancer's restart, say: nothing is in doubt."""
    service = well_after(HANDSHAKES[name], HANDSHAKES[name])
    with Origin(service, authority.server()) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "accepted", error
        assert origin.received == {named("events", 1): 1}
        assert origin.visits == 3


@pytest.mark.parametrize("end_it", [Line.close, Line.reset], ids=["close", "reset"])
def test_a_body_that_did_not_leave_whole_is_told_apart(end_it: Break, slow_line: None) -> None:
    """The server was never given the request, which is good to know for whoever decides."""

    def serve(visit: Visit) -> None:
        visit.take(2_000)
        end_it(visit)

    rows = [record("events", named("events", number)) | {"details": {"pad": "x" * 3_000}} for number in range(1_000)]
    with Origin(serve, receive_buffer=4_096) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_events(rows))
        assert not origin.received
    assert (end, getattr(error, "phase", None)) == ("unknown", "sending")


@pytest.mark.slow
def test_a_body_on_a_slow_line_has_more_time_than_a_reply(slow_line: None) -> None:
    """A body that takes three seconds to leave is no failure to connect, which has one second."""

    def serve(visit: Visit) -> None:
        while origin.requests == 0 and visit.take_some(20_000):
            pause.wait(0.02)
        visit.write(reply(200, b'{"results":200}'))
        visit.stall()

    pause = threading.Event()
    rows = [record("events", named("events", number)) | {"details": {"pad": "x" * 3_000}} for number in range(200)]
    with Origin(serve, receive_buffer=4_096) as origin, hook(origin.url, connect=1) as bento:
        end, error = outcome(lambda: bento.send_events(rows))
        assert end == "accepted", error
        assert set(origin.received.values()) == {1}


@pytest.mark.parametrize("bad", ["expired", "elsewhere"])
def test_a_certificate_that_is_not_trusted_is_a_matter_of_the_set_up(bad: str, authority: Authority) -> None:
    """Not a byte of a request leaves."""
    with Origin(well, authority.server(**{bad: True})) as origin, hook(origin.url) as bento:
        assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "setup"
        assert not origin.heads
