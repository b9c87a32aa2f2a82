"""Sends a built request and returns the reply, or raises what is known about the request. Only this module, `outcome`
and `transport` know `requests`.

It never retries, waits or follows a redirect: what may be repeated is decided elsewhere, by what is known.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import requests
from requests.auth import HTTPBasicAuth

from airflow_provider_bento import __version__
from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.exchange import CURRENT, Exchange, never, nothing
from airflow_provider_bento.api.outcome import refusal, what_is_known
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.api.transport.adapter import TrackedAdapter
from airflow_provider_bento.api.transport.logs import keep_discreet
from airflow_provider_bento.api.wire import Reply, Request
from airflow_provider_bento.exceptions import BentoError, BentoSetupError

LONGEST_REPLY: Final = 1_000_000
"""Bytes after decompression; a batch is answered with some dozen."""

LONGEST_PAGE: Final = 50_000_000
"""Bytes of what was asked for: a page of sent broadcasts contains the HTML of each (docs: broadcasts)."""

_PIECE: Final = 16_384  # bytes read at once
_CODED: Final = {"": False, "identity": False, "gzip": True, "x-gzip": True, "deflate": True}
_HEADERS: Final = {
    "User-Agent": f"{contract.USER_AGENT}/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/json",
}


keep_discreet()


class BentoClient:
    """A session with Bento's API; usable from several threads, closed by ``with`` or :meth:`close`.

    :param base_url: address up to and without the endpoint's path.
    :param publishable_key: user name of Basic auth (docs: authentication).
    :param secret_key: password of Basic auth.
    :param site_uuid: sent in the query of every request.
    :param connect_timeout: seconds for each step of connecting.
    :param read_timeout: seconds for a whole reply, from the request's last byte on.
    :param connections: the maximum number of concurrent requests.
    :param stopped: returns whether the caller is stopping: requests in flight then have ``read_timeout`` left.
    """

    def __init__(
        self,
        base_url: str,
        publishable_key: str,
        secret_key: str,
        site_uuid: str,
        *,
        connect_timeout: float = contract.CONNECT_TIMEOUT,
        read_timeout: float = contract.READ_TIMEOUT,
        connections: int = 1,
        stopped: Callable[[], bool] = never,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._site_uuid = site_uuid
        self._timeouts = (connect_timeout, read_timeout)
        self._stopped = stopped
        self._known: dict[contract.Call, tuple[requests.PreparedRequest, dict[str, Any]]] = {}
        self._session = requests.Session()
        self._session.auth = HTTPBasicAuth(publishable_key.encode(), secret_key.encode())
        self._session.headers.update(_HEADERS)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Plain http leads to this machine only, and never to a proxy, which would see the keys in the clear.
        self._session.trust_env = self._base_url.startswith("https://")
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, TrackedAdapter(pool_connections=1, pool_maxsize=connections))

    def __repr__(self) -> str:
        return f"BentoClient({self._base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def send(self, request: Request, sending: Callable[[], None] = nothing) -> Reply:
        """Send the request once and return whatever came back, whatever its status.

        :param sending: called just before the request's first byte leaves, on an open connection; if it raises,
            nothing is sent.
        :raises BentoUnreachable: it never reached Bento, or only reads; sending it again is safe.
        :raises BentoOutcomeUnknown: a byte of it may have left, and no complete reply came; ``phase`` says how far.
        :raises BentoSetupError: the address, the proxy or the CA bundle cannot be used, or the certificate is not
            trusted; nothing was sent.
        """
        with self._exchange(request, sending) as exchange:
            prepared, options = self._prepared(request)
            adapter = self._session.get_adapter(self._base_url)
            # The adapter itself: a session would look into redirects, and read them without a bound.
            with adapter.send(prepared, timeout=self._timeouts, **options) as response:
                body = _body(response, exchange, LONGEST_PAGE if request.call.only_reads else LONGEST_REPLY)
            exchange.reply_is_whole()
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, headers, body)

    def send_batch(self, request: Request, sending: Callable[[], None] = nothing) -> Receipt:
        """Send one batch request once and return how many records Bento accepted; no pacing, no retries.

        :param sending: see :meth:`send`.
        :raises BentoError: what is known; see :mod:`airflow_provider_bento.exceptions`.
        """
        return wire.read_batch(request, self.send(request, sending), now=time.time())

    def open(self) -> None:
        """Have a connection open for the next request, so that connecting takes none of its permit's time.

        All other errors are ignored here: the request itself meets and reports them.

        :raises BentoSetupError: a proxy refused, or the certificate is not trusted; the request would fail as well,
            and a proxy may lock out a client that asks too often.
        """
        exchange = Exchange(0, *self._timeouts, stopped=self._stopped)
        token = CURRENT.set(exchange)
        try:
            self._open_one(Request(contract.LIST_TAGS))
        except Exception:  # noqa: BLE001  (whatever it is, the request meets it again)
            if (refused := refusal(exchange)) is not None:
                raise refused from None
        finally:
            CURRENT.reset(token)

    @contextlib.contextmanager
    def _exchange(self, request: Request, sending: Callable[[], None]) -> Iterator[Exchange]:
        """Record how far the request comes; an exception becomes the error for what is known about the request."""
        exchange = Exchange(len(request.body or b""), *self._timeouts, sending=sending, stopped=self._stopped)
        token = CURRENT.set(exchange)
        try:
            yield exchange
        except BentoError as error:
            error.endpoint = error.endpoint or request.call.path
            raise
        except Exception as error:  # noqa: BLE001  (how far the exchange came decides, not what broke it)
            raise what_is_known(request.call, exchange, error) from None
        finally:
            CURRENT.reset(token)

    def _open_one(self, request: Request) -> None:
        prepared, options = self._prepared(request)
        adapter = self._session.get_adapter(self._base_url)
        adapter.open_one(  # type: ignore[attr-defined]  # the one that is mounted
            prepared, verify=options["verify"], proxies=options["proxies"], timeout=self._timeouts[0]
        )

    def _prepared(self, request: Request) -> tuple[requests.PreparedRequest, dict[str, Any]]:
        """Return what `requests` makes of it; requests that differ only in their bodies share the rest."""
        if request.query or request.resource:
            return self._newly_prepared(request)
        if request.call not in self._known:
            self._known[request.call] = self._newly_prepared(replace(request, body=None))
        known, options = self._known[request.call]
        prepared = known.copy()
        prepared.prepare_body(request.body, None)
        return prepared, options

    def _newly_prepared(self, request: Request) -> tuple[requests.PreparedRequest, dict[str, Any]]:
        prepared = self._session.prepare_request(
            requests.Request(
                request.call.method,
                self._base_url + request.path,
                params={**request.query, "site_uuid": self._site_uuid},
                data=request.body,
            )
        )
        options = self._session.merge_environment_settings(prepared.url, {}, True, None, None)  # noqa: FBT003  (requests')
        if self._session.trust_env and isinstance(options["verify"], str):
            _check_bundle(options["verify"])
        return prepared, dict(options)


@functools.cache
def _check_bundle(path: str) -> None:
    """Raise if the file contains no readable certificate, because a retry would not help. Each path is checked once."""
    if Path(path).is_file():
        try:
            ssl.create_default_context(cafile=path)
        except ssl.SSLError:
            raise BentoSetupError(
                f"No certificate can be read from the CA bundle {path} (REQUESTS_CA_BUNDLE); nothing was sent."
            ) from None


def _body(response: requests.Response, exchange: Exchange, longest: int) -> bytes:
    """Read the reply to its end; one of more than ``longest`` bytes cannot be trusted."""
    body = bytearray()
    while len(body) <= longest and (piece := response.raw.read(_PIECE, decode_content=False)):
        body += piece
    plain = _decoded(bytes(body), response.headers.get("Content-Encoding", "").strip().lower(), exchange, longest)
    if len(plain) > longest:
        exchange.framing_error = f"it is longer than {longest:,} bytes"
    elif not exchange.left_whole and response.ok:
        exchange.framing_error = "it arrived before the request was sent completely"
    if exchange.framing_error is not None:
        raise ValueError(exchange.framing_error)
    return plain


def _decoded(body: bytes, coding: str, exchange: Exchange, longest: int) -> bytes:
    """Return the decompressed body, at most one byte more than a reply may have."""
    if coding not in _CODED:
        exchange.framing_error = "its content coding is not known"
    if not _CODED.get(coding) or not body:
        return body
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, detected from its header
    plain = decoder.decompress(body, longest + 1)
    if not decoder.eof and len(plain) <= longest:
        exchange.framing_error = "its compressed data is truncated"
    return plain
