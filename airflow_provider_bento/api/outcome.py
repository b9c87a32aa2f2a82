"""Derives what is known about a request from how far its exchange came. Knows no socket, never reads an error's text.

Tested by tests/unit/api/test_client_failures.py.
"""

from __future__ import annotations

from typing import Final

from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import Timeout

from airflow_provider_bento.api.contract import Call
from airflow_provider_bento.api.exchange import Exchange
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoSetupError, BentoUnreachable

_LATER: Final = (408, 425, 429)
"""Statuses with which a proxy refuses temporarily."""


def what_is_known(call: Call, exchange: Exchange, error: Exception) -> BentoError:
    """Return the error that says what is known about a request that got no complete, understood reply.

    :param exchange: how far it came: this alone decides whether the request may be repeated.
    :param error: what ended it; if nothing was sent, its class distinguishes a wrong setup from a temporary error.
    """
    if not exchange.may_have_left:
        return _never_sent(call, exchange, error)
    what = _what_happened(exchange)
    if call.only_reads:
        return BentoUnreachable(
            f"{call.path}: {what}. This request only reads, so repeating it is safe.", endpoint=call.path
        )
    return BentoOutcomeUnknown(
        f"{call.path}: {what}. Bento may or may not have applied the request.", endpoint=call.path, phase=exchange.phase
    )


def _what_happened(exchange: Exchange) -> str:
    if exchange.framing_error is not None:
        return f"the reply cannot be trusted: {exchange.framing_error}"
    if exchange.phase == "sending":
        if exchange.timed_out:
            return "the request timed out before it was sent completely: the network is slow. Reduce max_chunk_bytes"
        return "the connection broke before the request was sent completely"
    if exchange.phase == "waiting":
        return "the reply timed out" if exchange.timed_out else "the connection ended without a reply"
    return "the reply timed out before it was complete" if exchange.timed_out else "the reply broke off or is malformed"


def refusal(exchange: Exchange) -> BentoSetupError | None:
    """Return the error for a connection that was refused for good, whatever the request was; else ``None``."""
    status = exchange.proxy_status
    if exchange.untrusted:
        return BentoSetupError(
            "The server's certificate is not trusted; nothing was sent. Check the host and the machine's CA bundle."
        )
    if status is not None and 400 <= status < 500 and status not in _LATER:
        wants = "requires a user and a password" if status == 407 else "blocks this host"
        return BentoSetupError(f"The proxy {wants} ({status}); nothing was sent. Check HTTPS_PROXY and NO_PROXY.")
    return None


def _never_sent(call: Call, exchange: Exchange, error: Exception) -> BentoError:
    path = call.path
    if (refused := refusal(exchange)) is not None:
        refused.endpoint = path
        return refused
    if isinstance(error, ConnectionFailed | Timeout):
        return BentoUnreachable(f"{path}: {_what_failed(exchange)}; nothing was sent.", endpoint=path)
    return BentoSetupError(
        f"{path}: no connection could be attempted ({type(error).__name__}); nothing was sent. Check the connection's "
        "host, the proxy (HTTPS_PROXY; a SOCKS proxy needs the package PySocks) and the CA bundle "
        "(REQUESTS_CA_BUNDLE).",
        endpoint=path,
    )


def _what_failed(exchange: Exchange) -> str:
    if exchange.proxy_status is not None:
        return f"the proxy could not connect to the host ({exchange.proxy_status})"
    return "no connection to the host (refused, timed out, reset, or unknown name)"
