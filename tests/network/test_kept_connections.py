"""A connection is kept for the next request, unless it said more than one reply; keeping it proves nothing."""

from __future__ import annotations

import pytest
from network.authority import WAYS, Authority
from network.breaks import AFTER_TLS
from network.caller import KINDS, Kind, hook, named, outcome
from network.framings import OK
from network.origin import Origin
from network.replies import head, reply
from network.services import answers, breaks_at, well, well_after

MORE_THAN_ONE_REPLY = {
    "100 before": head(100) + OK,
    "103 before": head(103) + OK,
    "two replies": OK + OK,
    "junk after it": OK + b"junk",
    "a change of protocol": head(101),
}


@pytest.mark.parametrize("way", ["http", "tls13"])
@pytest.mark.parametrize("name", MORE_THAN_ONE_REPLY)
def test_a_connection_that_said_more_than_one_reply_is_not_used_again(
    name: str, way: str, authority: Authority
) -> None:
    """The next request would read what belongs to this one."""
    service = answers(MORE_THAN_ONE_REPLY[name])
    with Origin(service, authority.serving(way)) as origin, hook(origin.url) as bento:
        for number in range(3):
            outcome(lambda n=number: bento.send_once("events", named("events", n)))
        assert (origin.visits, origin.requests) == (3, 3)


def test_a_refusal_after_early_hints_is_not_read_as_the_reply_to_the_next_request() -> None:
    """The real reply comes later than the hints; each request gets its own."""
    replies = [head(103) + one for one in (OK, OK, reply(200, b'{"results":0}'))]
    with Origin(well_after(*(answers(one) for one in replies))) as origin, hook(origin.url) as bento:
        ends = [outcome(lambda n=n: bento.send_rows("events", named("events", n)))[0] for n in range(3)]
    assert ends == ["accepted", "accepted", "refused"]


@pytest.mark.parametrize("way", WAYS)
def test_a_connection_that_was_opened_ahead_is_used(way: str, authority: Authority) -> None:
    """TLS 1.3 sends tickets after the handshake; they are no data, and no end."""
    with Origin(well, authority.serving(way)) as origin, hook(origin.url) as bento:
        for _ in range(5):
            bento.get_conn().open()
        ends = [outcome(lambda n=n: bento.send_once("events", named("events", n)))[0] for n in range(2)]
        assert ends == ["accepted"] * 2
        assert origin.visits == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_good_connection_is_used_again(way: str, authority: Authority) -> None:
    """Ten requests, one connection."""
    with Origin(well, authority.serving(way)) as origin, hook(origin.url) as bento:
        ends = [outcome(lambda n=n: bento.send_once("events", named("events", n)))[0] for n in range(10)]
        assert ends == ["accepted"] * 10
        assert (origin.visits, origin.requests) == (1, 10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [name for name in AFTER_TLS if name != "stall"])
def test_the_second_request_of_a_kept_connection_is_as_unknown_as_the_first(
    name: str, way: str, kind: Kind, authority: Authority
) -> None:
    """A connection that has worked once proves nothing about the request after."""
    service = breaks_at(2, AFTER_TLS[name])
    with Origin(service, authority.serving(way)) as origin, hook(origin.url) as bento:
        assert outcome(lambda: bento.send_rows(kind, named(kind, 1)))[0] == "accepted"
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 2)))
        assert origin.received == {named(kind, 1): 1, named(kind, 2): 1}
    assert end == "unknown", error
