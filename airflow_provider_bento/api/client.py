"""Sends a built request and says what is known about it afterwards; the only place that knows `requests`.

It never retries, waits or follows a redirect: what may be repeated is decided elsewhere, by what is known.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import ConnectTimeout, InvalidURL, ProxyError, RequestException
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from airflow_provider_bento import __version__
from airflow_provider_bento.api import contract
from airflow_provider_bento.api.wire import Reply, Request
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoSetupError, BentoUnreachable

# A connection idle for longer may be closed by the other side just while we use it, and an event would be in doubt
# for nothing. Servers keep idle connections for 5 s (uvicorn, puma's nginx) or more.
IDLE_SECONDS = 4.0
# What OpenSSL says when no session came to be; in the middle of one it says something else.
_HANDSHAKE = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_UNRECOGNIZED_NAME",
        "NO_CIPHERS_AVAILABLE",
        "HTTP_REQUEST",
    }
)
_HEADERS = {
    "User-Agent": f"{contract.USER_AGENT}/{__version__}",
    "Accept": "application/json",
    "Content-Type": "application/json",
}


class _WithoutQueries(logging.Filter):
    """Cuts the query from the addresses that urllib3 logs: an e-mail may stand in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_query, record.args))
        return True


def _without_query(value: object) -> object:
    return value.partition("?")[0] if isinstance(value, str) and "site_uuid=" in value else value


for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_WithoutQueries())


class BentoClient:
    """A session with Bento's API; usable from several threads, closed by ``with`` or :meth:`close`.

    :param base_url: address up to and without the endpoint's path.
    :param publishable_key: user name of Basic auth (docs: authentication).
    :param secret_key: password of Basic auth.
    :param site_uuid: sent in the query of every request.
    :param connect_timeout: seconds.
    :param read_timeout: seconds between two bytes of a reply.
    :param connections: the most requests under way at once.
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
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._site_uuid = site_uuid
        self._timeout = (connect_timeout, read_timeout)
        self._session = requests.Session()
        self._session.auth = HTTPBasicAuth(publishable_key.encode(), secret_key.encode())
        self._session.headers.update(_HEADERS)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=connections))
        self._last_used = time.monotonic()

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

    def send(self, request: Request) -> Reply:
        """Send the request once and return whatever came back, whatever its status.

        :raises BentoUnreachable: it never reached Bento; sending it again is safe.
        :raises BentoOutcomeUnknown: the connection or the time-out broke after sending began.
        :raises BentoSetupError: the address cannot be used, or its certificate is not trusted.
        """
        self._drop_idle_connections()
        call = request.call
        with _named_failures(call.path):
            response = self._session.request(
                call.method,
                self._base_url + call.path,
                params={**request.query, "site_uuid": self._site_uuid},
                data=request.body,
                timeout=self._timeout,
                allow_redirects=False,
            )
        self._last_used = time.monotonic()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, response.content)

    def _drop_idle_connections(self) -> None:
        if time.monotonic() - self._last_used > IDLE_SECONDS:
            self._session.close()  # closes what is pooled; requests under way keep theirs


@contextlib.contextmanager
def _named_failures(path: str) -> Iterator[None]:
    """Turn what `requests` raises into what is known; its own texts may hold addresses and are not passed on."""
    try:
        yield
    except RequestException as error:
        raise _known(path, error) from None


def _known(path: str, error: RequestException) -> BentoUnreachable | BentoOutcomeUnknown | BentoSetupError:
    if isinstance(error, ConnectTimeout):
        return BentoUnreachable(f"{path}: no connection within the connect time-out.", endpoint=path)
    tls = _tls_failure(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return BentoSetupError(
            f"{path}: the server's certificate is not trusted; check host and the machine's CA bundle.",
            endpoint=path,
        )
    if tls is not None and tls.reason in _HANDSHAKE:
        return BentoUnreachable(f"{path}: no TLS session with the host came to be.", endpoint=path)
    if isinstance(error, ProxyError) or _never_connected(error):
        return BentoUnreachable(
            f"{path}: no connection to the host (refused, reset, or its name is unknown).", endpoint=path
        )
    if isinstance(error, InvalidURL | ValueError) and not isinstance(error, requests.exceptions.JSONDecodeError):
        return BentoSetupError(f"{path}: the connection's host is not a usable address.", endpoint=path)
    what = "timed out" if _timed_out(error) else "broke"
    return BentoOutcomeUnknown(
        f"{path}: the exchange {what} after sending began; it may have been applied, or not.", endpoint=path
    )


def _never_connected(error: RequestException) -> bool:
    if not isinstance(error, ConnectionFailed):
        return False
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError)


def _tls_failure(error: RequestException) -> ssl.SSLError | None:
    """The TLS library's own error, below what `requests` and `urllib3` wrap around it."""
    cause: object = error
    for _ in range(4):
        if isinstance(cause, ssl.SSLError):
            return cause
        args = getattr(cause, "args", ())
        cause = getattr(cause, "reason", None) or (args[0] if args else None)
    return None


def _timed_out(error: RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.exceptions.Timeout) or isinstance(cause, ReadTimeoutError)
