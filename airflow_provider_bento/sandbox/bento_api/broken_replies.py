"""How an answer leaves, or does not: carries out the fault of one request; knows no endpoint.

Tested by tests/sandbox/test_sandbox_faults.py.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import msgspec

from airflow_provider_bento.sandbox.bento_api import sockets
from airflow_provider_bento.sandbox.bento_api.replies import BLOCKED_PAGE, PORTAL_PAGE, Answer, Headers, html, json
from airflow_provider_bento.sandbox.bento_api.sockets import Receive, Scope, Send
from airflow_provider_bento.sandbox.fault_injection import Fault, Order

_DROPPED = (None, 0)


def instead_of_applying(fault: Fault) -> Answer:
    """Return what is answered to a request that is not applied."""
    if fault.kind == "html_403":
        return html(403, BLOCKED_PAGE, reason="injected")
    if fault.kind == "html_200":
        return html(200, PORTAL_PAGE, reason="injected")
    return replace(_ordered(fault.order), reason="injected")


async def deliver(
    answer: Answer,
    fault: Fault | None,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    delay: float,
    last: bool,
) -> tuple[int | None, int]:
    """Send an answer as the fault wants it; return status and bytes, ``None`` and 0 if nothing was sent.

    :param delay: seconds to wait first.
    :param last: whether the connection is to end with it.
    """
    kind = fault.kind if fault else None
    if fault and kind in ("reset_after_body", "apply_then_reset"):
        await sockets.reset(scope, receive)
        return _DROPPED
    if fault and kind in ("stall", "apply_then_stall"):
        await sockets.gone(receive, fault.seconds)
        await sockets.reset(scope, receive)
        return _DROPPED
    if fault and kind == "slow":
        delay += fault.seconds
    if delay:
        await asyncio.sleep(delay)
    if fault and kind == "truncated_json":
        return await _send_cut(answer, scope, receive)
    answer = _distorted(answer, fault)
    await _send(answer, send, last=last)
    return answer.status, len(answer.body)


def _distorted(answer: Answer, fault: Fault | None) -> Answer:
    if fault and fault.kind == "status_after_applying":
        return _ordered(fault.order)
    if fault and fault.kind == "empty_body":
        return replace(answer, body=b"")
    return answer


def _ordered(order: Order) -> Answer:
    """Return the status, body and headers that were asked for."""
    headers: Headers = list(order.headers.items()) if isinstance(order.headers, dict) else order.headers
    if isinstance(order.body, str):
        media = next((value for name, value in headers if name.lower() == "content-type"), "text/plain")
        rest = [(name, value) for name, value in headers if name.lower() != "content-type"]
        return Answer(order.status, order.body.encode(), media, rest)
    body: Any = order.body
    if body is msgspec.UNSET:
        body = {"error": HTTPStatus(order.status).phrase}
    return json(order.status, body, headers=headers)


async def _send(answer: Answer, send: Send, *, last: bool) -> None:
    headers = [
        (b"content-type", answer.media.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers),
    ]
    if last:
        headers.append((b"connection", b"close"))
    if answer.status == 204:
        headers = headers[2:]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if answer.status == 204 else answer.body})


async def _send_cut(answer: Answer, scope: Scope, receive: Receive) -> tuple[int, int]:
    half = answer.body[: max(1, len(answer.body) // 2)]
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"content-type: {answer.media}\r\ncontent-length: {len(answer.body)}\r\n\r\n"
    )
    await sockets.send_and_close(scope, receive, head.encode("latin-1") + half)
    return answer.status, len(half)
