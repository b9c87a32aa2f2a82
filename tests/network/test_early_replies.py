"""Bytes that came before a request are no reply to it (RFC 9112 9.2), on a new connection or a kept one."""

from __future__ import annotations

import threading

import pytest
from network.authority import WAYS, Authority
from network.caller import hook, named, outcome
from network.framings import OK
from network.origin import Origin, Visit
from network.replies import NO, reply


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept"])
def test_a_reply_that_came_before_the_request_is_not_taken_for_its_reply(
    kept: bool, way: str, authority: Authority
) -> None:
    """The connection is dropped, and the request gets another one and a reply of its own."""
    asked, written = threading.Event(), threading.Event()

    def serve(visit: Visit) -> None:
        visit.handshake()
        if visit.number == 0:
            if kept:
                visit.take_request()
                visit.write(OK)
                asked.wait(30)
            visit.write(OK)
            written.set()
        while visit.take_request() is not None:
            visit.write(reply(422, NO))

    with Origin(serve, authority.serving(way)) as origin, hook(origin.url) as bento:
        if kept:
            assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "accepted"
            asked.set()
        else:
            bento.get_conn().open()
        assert written.wait(30)
        end, error = outcome(lambda: bento.send_rows("events", named("events", 2)))
        assert origin.received[named("events", 2)] == 1
    assert end == "refused", error
