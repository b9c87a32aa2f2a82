"""Some three hundred replies, over http and TLS: none that is not plain counts as accepted, none is asked for twice."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sockets.outcomes import REQUESTS, answering, client, connection, outcome
from sockets.replies import GOOD, UNKNOWN, cases
from sockets.trust import certificate, serving

from airflow_provider_bento.exceptions import BentoOutcomeUnknown
from airflow_provider_bento.hooks.bento import BentoHook

CASES = cases()
EVENTS = [{"type": "t", "email": "planted@x.io"}]
BROADCAST = [
    {
        "name": "planted", "subject": "s", "content": "c", "type": "plain", "approved": True, "inclusive_tags": "vip",
        "send_at": "2099-01-01T00:00:00Z",
        "from": {"email": "news@planted.example", "name": "News"},
    }
]  # fmt: skip


@pytest.fixture(autouse=True)
def _trust(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trust the tests' certificate."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate()[0]))
    return certificate()[0]


@pytest.mark.parametrize("way", ["http", "tls 1.2", "tls 1.3"])
@pytest.mark.parametrize("name", CASES)
def test_a_reply_means_what_it_says_and_nothing_more(name: str, way: str, caplog: pytest.LogCaptureFixture) -> None:
    """For events and for broadcasts that would be mailed; each was received once, and no log shows a record."""
    case = CASES[name]
    wanted = UNKNOWN if case.ends and way != "http" else case.wanted
    for request in REQUESTS.values():
        with (
            answering(case.reply, closes=case.closes, tls=serving(way)) as server,
            client(server.url) as one,
            caplog.at_level(logging.DEBUG),
        ):
            assert outcome(one, request) == wanted
            assert len(server.requests) == 1
    assert "planted" not in caplog.text


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.wanted == UNKNOWN])
def test_the_hook_sends_nothing_again_whose_outcome_is_unknown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither events nor approved broadcasts."""
    case = CASES[name]
    with answering(case.reply, closes=case.closes) as server:
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", connection(server.url))
        with pytest.raises(BentoOutcomeUnknown):
            BentoHook().send_events(EVENTS)
        with pytest.raises(BentoOutcomeUnknown):
            BentoHook().create_broadcasts(BROADCAST, allow_send=True)
        assert [b"events" in request for request in server.requests] == [True, False]


ONCE = {
    "100 before": b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD,
    "103 before": b"HTTP/1.1 103 Early Hints\r\n\r\n" + GOOD,
    "two replies": GOOD + GOOD,
    "junk after it": GOOD + b"junk",
    "a redirect": b"HTTP/1.1 101 Switching\r\n\r\n",
}


@pytest.mark.parametrize("way", ["http", "tls 1.3"])
@pytest.mark.parametrize("name", ONCE)
def test_a_connection_that_said_more_than_one_reply_is_not_used_again(name: str, way: str) -> None:
    """The next request would read what belongs to this one."""
    with answering(ONCE[name], closes=False, tls=serving(way)) as server, client(server.url) as one:
        for _ in range(3):
            outcome(one, REQUESTS["event"])
        assert (server.accepted, len(server.requests)) == (3, 3)


def test_a_refusal_after_early_hints_is_not_read_as_the_reply_to_the_next_request() -> None:
    """The real reply comes later than the hints; each request gets its own."""
    refused = GOOD.replace(b'{"results":1}', b'{"results":0}')
    replies = [b"HTTP/1.1 103 Early Hints\r\n\r\n" + reply for reply in (GOOD, GOOD, refused)]
    with answering(GOOD, closes=False) as server, client(server.url) as one:
        acts = [server.answers(reply) for reply in replies]
        server._acts = (*acts, acts[-1])
        assert [outcome(one, REQUESTS["event"]) for _ in replies] == ["accepted", "accepted", "refused"]


@pytest.mark.parametrize("way", ["http", "tls 1.2", "tls 1.3"])
def test_a_connection_that_was_opened_ahead_is_used(way: str) -> None:
    """TLS 1.3 sends tickets after the handshake; they are no data, and no end."""
    with answering(GOOD, closes=False, tls=serving(way)) as server, client(server.url) as one:
        server._acts = (server.answers(GOOD, GOOD),)
        for _ in range(5):
            one.open()
        assert [outcome(one, REQUESTS["event"]) for _ in range(2)] == ["accepted"] * 2
        assert server.accepted == 1


def test_a_good_connection_is_used_again() -> None:
    """Ten requests, one connection."""
    with answering(GOOD, closes=False, tls=serving("tls 1.3")) as server, client(server.url) as one:
        server._acts = (server.answers(*[GOOD] * 10),)
        assert [outcome(one, REQUESTS["event"]) for _ in range(10)] == ["accepted"] * 10
        assert server.accepted == 1
