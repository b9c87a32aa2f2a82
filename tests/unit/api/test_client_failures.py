"""The client against real sockets that misbehave: what is known afterwards, and that it never tries twice."""

from __future__ import annotations

import datetime as dt
import errno
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from network.listener import refusing_port
from unit.api.scripted_server import OK, ScriptedServer, close, reset

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.api.transport import connections
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoSetupError, BentoUnreachable

BATCH = wire.batch(contract.BATCH_EVENTS, [b'{"type":"t","email":"planted@x.io"}'])
PERSON = Request(contract.GET_SUBSCRIBER, query={"email": "planted+a@x.io"})


@pytest.fixture
def server() -> Iterator[Callable[..., ScriptedServer]]:
    """Start servers; they end with the test."""
    running: list[ScriptedServer] = []

    def start(*acts: Any, **kwargs: Any) -> ScriptedServer:
        one = ScriptedServer(*acts, **kwargs)
        running.append(one.__enter__())
        return one

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def connected() -> Iterator[Callable[..., BentoClient]]:
    """Make clients; they are closed with the test."""
    clients: list[BentoClient] = []

    def make(url: str, **options: Any) -> BentoClient:
        clients.append(
            BentoClient(url, "pk:1", "sk+%2", "site", **{"connect_timeout": 1.0, "read_timeout": 1.0, **options})
        )
        return clients[-1]

    yield make
    for one in clients:
        one.close()


def failure(client: BentoClient, request: Request = BATCH) -> BentoError:
    """Return what sending raises; it names the endpoint and shows neither people nor keys."""
    with pytest.raises(BentoError) as caught:
        client.send(request)
    assert caught.value.endpoint == request.call.path
    assert not any(secret in str(caught.value) + repr(caught.value) for secret in ("planted", "sk+", "pk:1"))
    assert caught.value.__suppress_context__
    return caught.value


def test_a_refused_connection_never_reached_bento(connected: Any) -> None:
    """Sending again is safe."""
    with refusing_port() as port:
        assert type(failure(connected(f"http://127.0.0.1:{port}"))) is BentoUnreachable
        assert type(failure(connected(f"http://127.0.0.1:{port}"), PERSON)) is BentoUnreachable


def test_a_reset_while_connecting_never_reached_bento(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side may be faster than the own system call; not a byte was sent."""

    def hasty(*_: Any) -> None:
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    monkeypatch.setattr(socket.socket, "connect", hasty)
    assert type(failure(connected("http://127.0.0.1:9"))) is BentoUnreachable


def test_an_unknown_host_never_reached_bento(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does a name that cannot be looked up."""

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert type(failure(connected("https://bento.example"))) is BentoUnreachable


def test_a_connection_that_is_never_accepted_never_reached_bento(connected: Any) -> None:
    """A full backlog: the connect time-out ends it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        client = connected(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout=0.2)
        assert type(failure(client)) is BentoUnreachable
        for filler in fillers:
            filler.close()


def test_a_proxy_that_is_not_there_never_reached_bento(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment is used, as everywhere."""
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with refusing_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        assert type(failure(connected("http://bento.example"))) is BentoUnreachable


def _after_reading(server: ScriptedServer, act: Any) -> Any:
    def read_then(connection: socket.socket) -> None:
        server.read(connection)
        act(connection)

    return read_then


def _after_the_first_byte(connection: socket.socket) -> None:
    connection.recv(1)
    reset(connection)


HALVES = {
    "half a status line": b"HTTP/1.1 20",
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half a body": OK[:-5],
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"resul",
    "no chunk length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "broken gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "too many heads": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", HALVES)
@pytest.mark.parametrize("end", [close, reset])
def test_a_reply_that_breaks_off_is_an_unknown_outcome(name: str, end: Any, server: Any, connected: Any) -> None:
    """The request was sent; it is not sent again by the client itself."""
    one = server(lambda connection: None)
    one._acts = (one.answers(HALVES[name], then=end),)
    assert type(failure(connected(one.url))) is BentoOutcomeUnknown
    assert (one.accepted, len(one.requests)) == (1, 1)


def test_a_reset_before_the_body_is_read_is_an_unknown_outcome(server: Any, connected: Any) -> None:
    """Nobody knows how much the other side has read."""
    one = server(_after_the_first_byte)
    assert type(failure(connected(one.url))) is BentoOutcomeUnknown
    assert one.accepted == 1


def test_a_stall_is_an_unknown_outcome(server: Any, connected: Any) -> None:
    """The read time-out ends it; the message says so."""
    one = server(lambda connection: None)
    one._acts = (_after_reading(one, one.read),)
    error = failure(connected(one.url, read_timeout=0.2))
    assert type(error) is BentoOutcomeUnknown
    assert "timed out" in str(error)


def test_a_stall_in_mid_body_is_an_unknown_outcome(server: Any, connected: Any) -> None:
    """Also when the status was a good one already."""
    one = server(lambda connection: None)
    one._acts = (one.answers(OK[:-5], then=one.read),)
    error = failure(connected(one.url, read_timeout=0.2))
    assert type(error) is BentoOutcomeUnknown
    assert "timed out" in str(error)


def test_a_redirect_is_not_followed(server: Any, connected: Any) -> None:
    """It would carry the keys, or turn the POST into a GET."""
    elsewhere = server(close)
    head = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
    one = server(lambda connection: None)
    one._acts = (one.answers(head.encode()),)
    assert connected(one.url).send(BATCH).status == 302
    assert elsewhere.accepted == 0


def test_half_a_head_is_an_unknown_outcome(server: Any, connected: Any) -> None:
    """Python's HTTP library takes it for a whole one."""
    one = server(lambda connection: None)
    one._acts = (one.answers(b"HTTP/1.1 200 OK\r\nContent-Le", then=close),)
    assert type(failure(connected(one.url))) is BentoOutcomeUnknown


def test_no_log_at_any_level_shows_whom_was_asked_for(
    server: Any, connected: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """HTTP libraries log addresses at DEBUG, and at WARNING where a head is broken."""
    one = server(lambda connection: None)
    one._acts = (one.answers(OK, b"HTTP/1.1 200 OK\r\nContent-Le", then=close),)
    with caplog.at_level(logging.DEBUG):
        client = connected(one.url)
        client.send(PERSON)
        failure(client, PERSON)
    assert "/api/v1/fetch/subscribers" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_no_status_is_an_error_here_and_none_is_tried_again(status: int, server: Any, connected: Any) -> None:
    """What a status means is said elsewhere; Retry-After is no order to the client."""
    one = server(lambda connection: None)
    reply = f"HTTP/1.1 {status} No\r\nRetry-After: 0\r\nRetry-After: 9\r\nContent-Length: 2\r\n\r\nno"
    one._acts = (one.answers(reply.encode()),)
    got = connected(one.url).send(BATCH)
    assert (got.status, got.body, got.headers["retry-after"]) == (status, b"no", "0, 9")
    assert len(one.requests) == 1


def test_a_request_says_who_it_is(server: Any, connected: Any) -> None:
    """Keys as Basic auth, the site in the query, our own User-Agent, JSON; people's addresses are encoded."""
    one = server(lambda connection: None)
    one._acts = (one.answers(OK, OK),)
    client = connected(one.url + "/")
    client.send(BATCH)
    client.send(PERSON)
    batch, person = one.requests
    assert batch.startswith(b"POST /api/v1/batch/events?site_uuid=site HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Basic cGs6MTpzayslMg==\r\n" in batch
    assert b"\r\nUser-Agent: airflow-provider-bento/" in batch
    assert b"\r\nContent-Type: application/json\r\n" in batch
    assert batch.endswith(b'{"events":[{"type":"t","email":"planted@x.io"}]}')
    assert person.startswith(b"GET /api/v1/fetch/subscribers?email=planted%2Ba%40x.io&site_uuid=site HTTP/1.1\r\n")
    assert one.accepted == 1


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    server: Any, connected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other side may be closing it this very moment, and an event would be in doubt for nothing."""
    one = server(lambda connection: None)
    one._acts = (one.answers(OK, OK), one.answers(OK))
    client = connected(one.url)
    client.send(BATCH)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    client.send(BATCH)
    assert (one.accepted, len(one.requests)) == (2, 2)


def test_a_kept_connection_that_was_closed_meanwhile_does_no_harm(server: Any, connected: Any) -> None:
    """It is noticed before the request is sent."""
    one, closed = server(lambda connection: None), threading.Event()

    def closing(connection: socket.socket) -> None:
        connection.close()
        closed.set()

    one._acts = (one.answers(OK, then=closing), one.answers(OK))
    client = connected(one.url)
    client.send(BATCH)
    assert closed.wait(10)
    assert client.send(BATCH).status == 200
    assert (one.accepted, len(one.requests)) == (2, 2)


@pytest.mark.parametrize("url", ["http://", "ftp://x", "http://[", "bento", "http://x:99999999", "http://*.x y/"])
def test_an_address_that_cannot_be_used_is_the_set_ups_fault(url: str, connected: Any) -> None:
    """Nothing was sent."""
    assert type(failure(connected(url))) is BentoSetupError


def test_a_certificate_that_is_not_trusted_is_the_set_ups_fault(
    server: Any, connected: Any, certificate: tuple[Path, Path]
) -> None:
    """Retrying cannot help; the message says what to look at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    one = server(close, tls=context)
    error = failure(connected(one.url))
    assert type(error) is BentoSetupError
    assert "CA bundle" in str(error)
    assert one.requests == []


def test_a_host_that_speaks_no_tls_never_reached_bento(server: Any, connected: Any) -> None:
    """The handshake fails before anything is sent."""
    one = server(lambda connection: None)
    one._acts = (lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),)
    assert type(failure(connected(one.url.replace("http:", "https:")))) is BentoUnreachable


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate for the loopback address that nobody signed, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_the_client_shows_no_key() -> None:
    """Neither in ``repr`` nor through its session's."""
    with BentoClient("https://bento.example", "pk1", "sk1", "site") as client:
        assert repr(client) == "BentoClient('https://bento.example')"


def test_requests_that_differ_in_their_bodies_share_the_rest(server: Any, connected: Any) -> None:
    """Each arrives with its own body and length, and with the keys."""
    running = server()
    running._acts = (running.answers(OK, OK, OK),)
    client = connected(running.url)
    batches = [wire.batch(contract.BATCH_EVENTS, [b'{"n":%d}' % number]) for number in (1, 22)]
    for request in (*batches, Request(contract.LIST_TAGS)):
        client.send(request)
    first, second, third = running.requests
    assert [request.partition(b"\r\n\r\n")[2] for request in (first, second, third)] == [
        b'{"events":[{"n":1}]}',
        b'{"events":[{"n":22}]}',
        b"",
    ]
    assert b"Content-Length: 20\r\n" in first
    assert b"Content-Length: 21\r\n" in second
    assert all(b"Authorization: Basic " in request for request in running.requests)
