"""A proxy on the way out: what it does with CONNECT never reached Bento, what happens in its tunnel may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from network.authority import TLS_WAYS, Authority
from network.breaks import AFTER_TLS, Break
from network.caller import KINDS, SHORT, SLACK, Kind, hook, named, outcome
from network.line import Line
from network.listener import refusing_port
from network.origin import Origin
from network.proxy import OPEN, Proxy
from network.services import breaks_at, well

Act = Callable[[Proxy, Line, int], None]


def says(reply: bytes, then: Break = Line.close) -> Act:
    """Return what answers CONNECT with these bytes."""

    def act(proxy: Proxy, line: Line, number: int) -> None:
        line.write(reply)
        then(line)

    return act


def tunnels(proxy: Proxy, line: Line, number: int) -> None:
    """Open the tunnel."""
    proxy.tunnel(line)


def _status(status: object, more: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status} canary\r\n".encode() + more + b"Content-Length: 0\r\n\r\n"


def _read_the_hello(line: Line) -> None:
    line.hello()
    line.close()


PASSING: Final[dict[str, Act]] = {
    "closes": says(b""),
    "resets": says(b"", Line.reset),
    **{str(status): says(_status(status)) for status in (301, 408, 429, 500, 502, 503, 504)},
    "503 with Retry-After": says(_status(503, b"Retry-After: 1\r\n")),
    "502 with a page": says(b"HTTP/1.1 502 Bad\r\nContent-Length: 9\r\n\r\n<canary/>"),
    "502 of HTTP/1.0": says(b"HTTP/1.0 502 Bad\r\n\r\n<canary/>"),
    "half a status line": says(b"HTTP/1.1 20"),
    "half a head": says(b"HTTP/1.1 200 OK\r\nX-A: canary"),
    "a head without an end": says(b"HTTP/1.1 200 OK\r\nX: y\r\n"),
    "garbage": says(b"\0\xff canary\r\n\r\n"),
    "no HTTP": says(b"220 canary ESMTP\r\n"),
    "a line without an end": says(b"x" * 200_000),
    "opens and closes": says(OPEN),
    "opens and resets": says(OPEN, Line.reset),
    "opens and writes plaintext": says(OPEN + b"HTTP/1.1 502 Bad\r\n\r\n"),
    "opens with plaintext, reads the hello, closes": says(OPEN + b"HTTP/1.1 504 Gateway\r\n\r\n", _read_the_hello),
    "opens with an alert, reads the hello, closes": says(OPEN + b"\x15\x03\x03\x00\x02\x02\x28", _read_the_hello),
    "opens and writes garbage": says(OPEN + b"\xff\0" * 40),
    "opens and sends an alert": says(OPEN, Line.alert),
    "opens, reads the hello, closes": says(OPEN, _read_the_hello),
    "opens, reads the hello, resets": says(OPEN, lambda line: (line.hello(), line.reset())[1]),
}
SET_UP: Final[dict[str, Act]] = {
    **{str(status): says(_status(status)) for status in (400, 403, 404, 405, 407)},
    "407 that asks": says(_status(407, b'Proxy-Authenticate: Basic realm="canary"\r\n')),
    "407 of HTTP/1.0": says(b"HTTP/1.0 407 Who\r\n\r\n"),
}
SILENT: Final[dict[str, Act]] = {
    "is silent": says(b"", Line.stall),
    "is silent after half a line": says(b"HTTP/1.1 2", Line.stall),
    "opens and is silent": says(OPEN, Line.stall),
}


@pytest.fixture(params=["http", "https"])
def proxied(request: Any, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Proxy]:
    """Return what makes a proxy, spoken to in the clear or by TLS, and names it in the environment."""

    def make(act: Act, **options: Any) -> Proxy:
        proxy = Proxy(act, tls=authority.server() if request.param == "https" else None, **options)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        return proxy

    return make


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PASSING)
def test_what_a_proxy_does_with_connect_never_reached_bento(
    name: str, kind: Kind, proxied: Any, authority: Authority
) -> None:
    """It is tried again by itself, and arrives once."""

    def act(proxy: Proxy, line: Line, number: int) -> None:
        (PASSING[name] if number == 0 else tunnels)(proxy, line, number)

    with Origin(well, authority.server()) as origin, proxied(act) as proxy, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
        assert end == "accepted", error
        assert origin.received == {named(kind, 1): 1}
        assert proxy.visits >= 2


@pytest.mark.parametrize("name", PASSING)
def test_a_proxy_that_never_works_ends_as_unreachable(name: str, proxied: Any, authority: Authority) -> None:
    """Nothing is in doubt; the next attempt may send."""
    with Origin(well, authority.server()) as origin, proxied(PASSING[name]), hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "later", error
        assert error is not None
        assert not error.maybe_applied
        assert not origin.visits


@pytest.mark.parametrize("name", SET_UP)
def test_a_proxy_that_turns_people_away_is_a_matter_of_the_set_up(
    name: str, proxied: Any, authority: Authority
) -> None:
    """Trying again cannot help, and a proxy may lock out who asks too often: it is asked once."""
    with Origin(well, authority.server()) as origin, proxied(SET_UP[name]) as proxy, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "setup", error
        assert len(proxy.asked) == 1
        assert not origin.visits


@pytest.mark.parametrize("name", SILENT)
def test_a_silent_proxy_never_reached_bento(name: str, proxied: Any, authority: Authority) -> None:
    """The time-out is the connection's, not the reply's."""
    with Origin(well, authority.server()) as origin, proxied(SILENT[name]):
        with hook(origin.url, connect=0.1) as bento:
            end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "later", error
        assert not origin.heads


@pytest.mark.parametrize("break_it", [Line.close, Line.reset], ids=["closes", "resets"])
def test_a_proxy_that_breaks_on_accept_never_reached_bento(break_it: Break, proxied: Any, authority: Authority) -> None:
    """A load balancer's restart looks like that."""
    with Origin(well, authority.server()) as origin, proxied(tunnels, on_accept=break_it), hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "later", error
        assert not origin.visits


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", TLS_WAYS)
@pytest.mark.parametrize("requests", [1, 2, 3])
@pytest.mark.parametrize("name", [name for name in AFTER_TLS if name != "stall"])
def test_an_origin_that_breaks_in_the_tunnel_has_the_request(
    name: str, requests: int, way: str, kind: Kind, proxied: Any, authority: Authority
) -> None:
    """One request whole, no reply: that is unknown, on a connection's first request and on any after it."""
    service = breaks_at(requests, AFTER_TLS[name])
    with Origin(service, authority.serving(way)) as origin, proxied(tunnels), hook(origin.url) as bento:
        ends = [outcome(lambda n=n: bento.send_rows(kind, named(kind, n)))[0] for n in range(requests)]
        assert origin.received == {named(kind, number): 1 for number in range(requests)}
    assert ends == ["accepted"] * (requests - 1) + ["unknown"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("passed", [1, 200, 600, 900])
def test_a_tunnel_that_goes_while_bytes_pass_doubles_nothing(
    passed: int, kind: Kind, proxied: Any, authority: Authority
) -> None:
    """Whatever part of handshake or request was passed on."""

    def act(proxy: Proxy, line: Line, number: int) -> None:
        proxy.tunnel(line, upwards=passed if number == 0 else None)

    with Origin(well, authority.server()) as origin, proxied(act), hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
        assert end in {"accepted", "unknown"}, error
        assert origin.received[named(kind, 1)] <= 1
        assert end != "accepted" or origin.received[named(kind, 1)] == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}", "https://127.0.0.1:{}", "127.0.0.1:{}"])
def test_a_proxy_that_is_not_there_never_reached_bento(
    url: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens."""
    with refusing_port() as port, Origin(well, authority.server()) as origin, hook(origin.url) as bento:
        monkeypatch.setenv("HTTPS_PROXY", url.format(port))
        assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "later"
        assert not origin.visits


@pytest.mark.parametrize(
    "url", ["foo://127.0.0.1:9", "http://", "socks5://127.0.0.1:9", "http://127.0.0.1:99999", "http://[::"]
)
def test_a_proxy_that_cannot_be_used_is_a_matter_of_the_set_up(
    url: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip in the environment; nothing was sent."""
    monkeypatch.setenv("HTTPS_PROXY", url)
    with Origin(well, authority.server()) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "setup", error
        assert "nothing was sent" in str(error)
        assert not origin.visits


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_plain_http_to_this_machine_never_meets_a_proxy(
    host: str, proxied: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would see the keys in the clear."""
    with Origin(well) as origin, proxied(tunnels) as proxy:
        for name in ("http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with hook(origin.url.replace("127.0.0.1", host), connect=SLACK) as bento:
            assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "accepted"
        assert not proxy.visits


def test_a_stall_in_the_tunnel_after_the_request_is_unknown(proxied: Any, authority: Authority) -> None:
    """The reply's time-out, on the far side of a proxy."""
    service = breaks_at(1, Line.stall)
    with Origin(service, authority.server()) as origin, proxied(tunnels), hook(origin.url, read=SHORT) as bento:
        assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "unknown"
        assert origin.received == {named("events", 1): 1}
