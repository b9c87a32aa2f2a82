"""However a connection breaks, and whenever: each record is received at most once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Final

import pytest
from network.authority import TLS_1_2, TLS_1_3, Authority
from network.breaks import AFTER_TLS, IN_TLS, PLAIN, Break, Moment, before_http, in_http
from network.caller import KINDS, SHORT, SLACK, Kind, hook, named, outcome, record
from network.framings import OK
from network.origin import Origin, Visit
from network.replies import reply

_TLS: Final = {"tls12": TLS_1_2, "tls13": TLS_1_3}
_STALLS: Final = (("http", "after the request"), ("tls13", "after the request"), ("tls12", "after the client's hello"))
CASES: Final = [
    (way, moment, name, act)
    for ways, moments, acts in (
        (_TLS, before_http(), IN_TLS),
        (_TLS, in_http(), AFTER_TLS),
        (("http",), in_http(), PLAIN),
    )
    for way, moment, (name, act) in itertools.product(ways, list(moments), acts.items())
    if name != "stall" or (way, moment.name) in _STALLS  # each of them takes a time-out
]


def broken(moment: Moment, act: Break) -> Callable[[Visit], None]:
    """Return what breaks the first connection, and serves all others well."""

    def serve(visit: Visit) -> None:
        if visit.number == 0:
            moment.reach(visit)
            act(visit)
        else:
            well(visit)

    return serve


def well(visit: Visit) -> None:
    """Accept whatever comes."""
    visit.handshake()
    while visit.take_request() is not None:
        visit.write(OK)


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
    tls = authority.server(_TLS[way]) if way in _TLS else None
    with Origin(broken(moment, act), tls) as origin, hook(origin.url, connect=waits, read=waits) as bento:
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
        assert origin.received[named(kind, 1)] in moment.received
    assert end in moment.wanted or (waits == SHORT and end != "accepted"), error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["http", *_TLS])
@pytest.mark.parametrize("name", [name for name in AFTER_TLS if name != "stall"])
def test_the_second_request_of_a_kept_connection_is_as_unknown_as_the_first(
    name: str, way: str, kind: Kind, authority: Authority
) -> None:
    """A connection that has worked once proves nothing about the request after."""

    def serve(visit: Visit) -> None:
        visit.handshake()
        visit.take_request()
        visit.write(OK)
        visit.take_request()
        AFTER_TLS[name](visit)

    with Origin(serve, authority.server(_TLS[way]) if way in _TLS else None) as origin, hook(origin.url) as bento:
        assert outcome(lambda: bento.send_rows(kind, named(kind, 1)))[0] == "accepted"
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 2)))
        assert origin.received == {named(kind, 1): 1, named(kind, 2): 1}
    assert end == "unknown", error


def test_a_body_that_did_not_leave_whole_is_told_apart(slow_line: None) -> None:
    """The server was never given the request, which is good to know for whoever decides."""

    def serve(visit: Visit) -> None:
        visit.take(2_000)
        visit.reset()

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
