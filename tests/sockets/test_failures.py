"""Connections and proxies that fail: what never left is repeated, what may have left is received once."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sockets.failures import AFTER, before_tls, of_a_proxy, reads_and
from sockets.outcomes import REQUESTS, answering, client, connection, outcome
from sockets.replies import GOOD
from sockets.test_replies import BROADCAST, EVENTS
from sockets.trust import certificate, serving
from unit.api.scripted_server import ScriptedServer, close

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoSetupError, BentoUnreachable
from airflow_provider_bento.hooks.bento import BentoHook

BEFORE, PROXY = before_tls(), of_a_proxy()
_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Trust the tests' certificate, and know no proxy."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate()[0]))
    return monkeypatch


def secure(server: ScriptedServer) -> str:
    """Return the server's address as one that is asked for TLS."""
    return server.url.replace("http://", "https://")


@pytest.mark.parametrize("name", BEFORE)
def test_a_connection_that_fails_before_the_request_has_sent_nothing(name: str) -> None:
    """Sending again is safe, for events as well."""
    failure = BEFORE[name]
    quick = {"connect_timeout": 0.5} if "silent" in name else {}
    with ScriptedServer(failure.act) as server, client(secure(server), **quick) as one:
        assert outcome(one, REQUESTS["event"]) == failure.wanted


@pytest.mark.parametrize("name", PROXY)
def test_a_proxy_that_does_not_connect_has_sent_nothing(name: str, environment: pytest.MonkeyPatch) -> None:
    """What will pass is repeated; what a person must change is said."""
    failure = PROXY[name]
    quick = {"connect_timeout": 0.5} if "silent" in name else {}
    with ScriptedServer(failure.act) as proxy, client("https://bento.example/api/v1", **quick) as one:
        environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert outcome(one, REQUESTS["event"]) == failure.wanted


@pytest.mark.parametrize("way", ["tls 1.2", "tls 1.3"])
@pytest.mark.parametrize("end", AFTER)
def test_a_request_that_was_read_and_not_answered_is_received_once(
    end: str, way: str, environment: pytest.MonkeyPatch
) -> None:
    """Whatever comes instead of a reply: neither events nor approved broadcasts are sent again."""
    for push in (_send_events, _create_broadcasts):
        with reads_and(end, way) as server:
            environment.setenv("AIRFLOW_CONN_BENTO_DEFAULT", _impatient(server.url))
            with pytest.raises(BentoOutcomeUnknown):
                push()
            assert len(server.requests) == 1


def _impatient(url: str) -> str:
    values = json.loads(connection(url))
    return json.dumps({**values, "extra": {**values["extra"], "timeout": "5, 0.5"}})


def _send_events() -> Any:
    return BentoHook().send_events(EVENTS)


def _create_broadcasts() -> Any:
    return BentoHook().create_broadcasts(BROADCAST, allow_send=True)


@pytest.mark.parametrize("name", [name for name in BEFORE if "silent" not in name])
def test_events_arrive_once_when_the_first_connection_failed(name: str, environment: pytest.MonkeyPatch) -> None:
    """A load balancer's restart, say: nothing is in doubt."""
    context = serving("tls 1.3")
    assert context is not None
    with ScriptedServer(BEFORE[name].act) as server:
        inside = answering(GOOD, closes=False)

        def well(raw: socket.socket) -> None:
            with context.wrap_socket(raw, server_side=True) as wrapped:
                inside.answers(GOOD)(wrapped)

        server._acts = (BEFORE[name].act, BEFORE[name].act, well)
        environment.setenv("AIRFLOW_CONN_BENTO_DEFAULT", connection(secure(server)))
        assert BentoHook().send_events(EVENTS).accepted == 1
        assert len(inside.requests) == 1


@pytest.fixture
def tinyproxy(tmp_path: Path, environment: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a proxy that nobody here wrote, and have https go through it."""
    program = shutil.which("tinyproxy")
    if program is None:
        pytest.skip("needs Debian's tinyproxy")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = tmp_path / "tinyproxy.conf"
    settings.write_text(f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 20\n")
    process = subprocess.Popen(
        [program, "-d", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        environment.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        environment.setenv("NO_PROXY", "")
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("tinyproxy did not start")


@pytest.mark.usefixtures("tinyproxy")
@pytest.mark.parametrize("way", ["tls 1.2", "tls 1.3"])
def test_requests_go_through_a_real_proxy(way: str) -> None:
    """Ten of them, on one connection."""
    with answering(GOOD, closes=False, tls=serving(way)) as server, client(server.url) as one:
        server._acts = (server.answers(*[GOOD] * 10),)
        assert [outcome(one, REQUESTS["event"]) for _ in range(10)] == ["accepted"] * 10
        assert server.accepted == 1


@pytest.mark.usefixtures("tinyproxy")
@pytest.mark.parametrize("way", ["tls 1.2", "tls 1.3"])
@pytest.mark.parametrize("end", ["closes", "resets", "speaks plainly"])
def test_what_was_read_through_a_real_proxy_is_received_once(
    end: str, way: str, environment: pytest.MonkeyPatch
) -> None:
    """The origin takes the request, and the connection ends without a reply."""
    for push in (_send_events, _create_broadcasts):
        with reads_and(end, way) as server:
            environment.setenv("AIRFLOW_CONN_BENTO_DEFAULT", connection(server.url))
            with pytest.raises(BentoOutcomeUnknown):
                push()
            assert len(server.requests) == 1


@pytest.mark.usefixtures("tinyproxy")
def test_the_second_request_through_a_real_proxy_is_received_once(environment: pytest.MonkeyPatch) -> None:
    """On the connection that brought the first."""
    with answering(GOOD, closes=False, tls=serving("tls 1.3")) as server:

        def one_reply(raw: socket.socket) -> None:
            server.read(raw)
            raw.sendall(GOOD)
            server.read(raw)
            close(raw)

        server._acts = (one_reply,)
        environment.setenv("AIRFLOW_CONN_BENTO_DEFAULT", connection(server.url))
        hook = BentoHook()
        assert hook.send_events(EVENTS).accepted == 1
        with pytest.raises(BentoOutcomeUnknown):
            hook.send_events(EVENTS)
        assert (server.accepted, len(server.requests)) == (1, 2)


@pytest.mark.usefixtures("tinyproxy")
def test_a_real_proxy_that_cannot_reach_the_host_has_sent_nothing() -> None:
    """The host refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with client(f"https://127.0.0.1:{port}/api/v1") as one:
        assert outcome(one, REQUESTS["event"]) == "BentoUnreachable"


def test_plain_http_to_this_machine_goes_through_no_proxy(environment: pytest.MonkeyPatch) -> None:
    """It would see the keys."""
    with ScriptedServer(close) as proxy, answering(GOOD, closes=False) as server, client(server.url) as one:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            environment.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert outcome(one, REQUESTS["event"]) == "accepted"
        assert proxy.accepted == 0


SET_UP = {
    "no such CA bundle": ({"REQUESTS_CA_BUNDLE": "/nowhere.pem"}, "https://bento.example/api/v1"),
    "a SOCKS proxy without its library": ({"HTTPS_PROXY": "socks5://127.0.0.1:9"}, "https://bento.example/api/v1"),
    "a proxy that is no address": ({"HTTPS_PROXY": "http://[::"}, "https://bento.example/api/v1"),
    "a label of 70 letters": ({}, f"https://{'a' * 70}.example/api/v1"),
}


@pytest.mark.parametrize("name", SET_UP)
def test_a_wrong_set_up_is_said_and_leaves_nothing_in_doubt(name: str, environment: pytest.MonkeyPatch) -> None:
    """Once it is right, the task sends everything."""
    variables, url = SET_UP[name]
    for key, value in variables.items():
        environment.setenv(key, value)
    with client(url) as one, pytest.raises(BentoSetupError, match="nothing was sent"):
        one.send(REQUESTS["event"])


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_ca_bundle_without_a_certificate_is_a_matter_of_the_set_up(
    content: str, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """No other attempt would find one."""
    (tmp_path / "bundle.pem").write_text(content)
    environment.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    with answering(GOOD, closes=False, tls=serving("tls 1.3")) as server, client(server.url) as one:
        with pytest.raises(BentoSetupError, match="REQUESTS_CA_BUNDLE"):
            one.send(REQUESTS["event"])
        assert server.accepted == 0


def test_an_untrusted_certificate_is_a_matter_of_the_set_up(environment: pytest.MonkeyPatch) -> None:
    """No key has left."""
    environment.delenv("REQUESTS_CA_BUNDLE")
    with answering(GOOD, closes=False, tls=serving("tls 1.3")) as server, client(server.url) as one:
        with pytest.raises(BentoSetupError, match="certificate"):
            one.send(REQUESTS["event"])
        assert server.requests == []


def test_a_reply_that_trickles_ends_with_its_time_out() -> None:
    """A byte now and then does not prolong it."""

    def trickling(raw: socket.socket) -> None:
        server.read(raw)
        for at in range(len(GOOD)):
            raw.sendall(GOOD[at : at + 1])
            if at > 20:
                raw.settimeout(0.2)
                try:
                    raw.recv(1)
                except TimeoutError:
                    continue
                return

    with ScriptedServer(lambda raw: None) as server, client(server.url, read_timeout=1.0) as one:
        server._acts = (trickling,)
        with pytest.raises(BentoOutcomeUnknown) as caught:
            one.send(REQUESTS["event"])
        assert caught.value.phase == "reading"


def test_endless_hundreds_end_with_the_time_out() -> None:
    """Each is a reply's announcement, none is a reply."""

    def announcing(raw: socket.socket) -> None:
        server.read(raw)
        while True:
            raw.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with ScriptedServer(lambda raw: None) as server, client(server.url, read_timeout=0.5) as one:
        server._acts = (announcing,)
        assert outcome(one, REQUESTS["event"]) == "BentoOutcomeUnknown"


def test_a_body_that_did_not_leave_whole_is_told_apart() -> None:
    """The server stops reading and resets; the rest of five megabytes is still here."""

    def stops_reading(raw: socket.socket) -> None:
        raw.recv(1000)
        close(raw)

    body = [b'{"type":"t","email":"planted@x.io","details":{"x":"%s"}}' % (b"x" * 4_000_000)]
    with ScriptedServer(stops_reading) as server, client(server.url) as one:
        with pytest.raises(BentoOutcomeUnknown) as caught:
            one.send(wire.batch(contract.BATCH_EVENTS, body))
        assert caught.value.phase == "sending"


def test_a_slow_line_is_waited_for() -> None:
    """The body takes longer than the connect time-out; it leaves, and is answered."""

    def reads_slowly(raw: socket.socket) -> None:
        while len(server.requests) < 1:
            server.read(_Slow(raw))
        raw.sendall(GOOD)
        server.read(raw)

    body = [b'{"type":"t","email":"planted@x.io","details":{"x":"%s"}}' % (b"x" * 1_500_000)]
    with ScriptedServer(lambda raw: None) as server, client(server.url, connect_timeout=0.3) as one:
        server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
        server._acts = (reads_slowly,)
        assert outcome(one, wire.batch(contract.BATCH_EVENTS, body)) == "accepted"


class _Slow:
    """A connection that is read with pauses.

    :param raw: the connection.
    """

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def recv(self, count: int) -> bytes:
        """Read after a pause."""
        time.sleep(0.03)
        return self._raw.recv(count)


def test_a_reading_request_whose_reply_is_lost_was_only_reading() -> None:
    """Nobody is told that it may have been applied."""
    with reads_and("closes", "http") as server, client(server.url) as one:
        with pytest.raises(BentoUnreachable) as caught:
            one.send(wire.Request(contract.LIST_TAGS))
        assert "applied" not in str(caught.value)
