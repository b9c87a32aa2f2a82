"""The way of one request through ``/api/v1``: fault, access, limit, endpoint, journal; knows their order only.

Tested by tests/sandbox/test_sandbox_access.py.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl

from airflow_provider_bento.api.contract import Call
from airflow_provider_bento.sandbox.bento_api import auth
from airflow_provider_bento.sandbox.bento_api.body import MAX_BODY, Envelope, decoded_any, read_envelope
from airflow_provider_bento.sandbox.bento_api.broken_replies import deliver, instead_of_applying
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.table import Route, find
from airflow_provider_bento.sandbox.bento_api.replies import Answer, Headers, RequestRejected, reject
from airflow_provider_bento.sandbox.bento_api.sockets import Receive, Scope, Send, reset
from airflow_provider_bento.sandbox.fault_injection import NOT_APPLIED, PARTIAL, Fault
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.journal import Entry

PREFIX: Final = "/api/v1"

Refuse = Callable[[float], Awaitable[None]]
"""Stops listening for some seconds."""


@dataclass(slots=True)
class _Visit:
    """One request while it is answered."""

    entry: Entry
    headers: dict[str, str]
    query: dict[str, str]
    route: Route | None
    fault: Fault | None
    started: float


class _ClientGone(Exception):
    """The client disconnected while it was sending."""


class Pipeline:
    """The ASGI application below ``/api/v1``.

    :param state: what the sandbox remembers.
    :param refuse: how to stop listening for a while.
    """

    def __init__(self, state: State, refuse: Refuse) -> None:
        self._state = state
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or break its connection as ordered."""
        visit = self._open(scope)
        try:
            await self._serve(visit, scope, receive, send)
        except _ClientGone:
            visit.entry.reason = "the client disconnected"
        finally:
            visit.entry.duration_ms = round((time.perf_counter() - visit.started) * 1000, 3)
            self._state.journal.write(visit.entry)

    def _open(self, scope: Scope) -> _Visit:
        path = str(scope["path"]).removeprefix(PREFIX)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        route = find(_read_as(scope["method"]), path)
        fault = self._state.faults.take(scope["method"], path, route.path if route else None)
        entry = Entry(
            era=self._state.journal.era,
            number=self._state.journal.next_number(),
            time=time.time(),
            clock=self._state.clock.now(),
            method=scope["method"],
            path=path,
            fault=fault.kind if fault else None,
            user_agent=headers.get("user-agent"),
            client=":".join(map(str, scope["client"] or ())),
        )
        return _Visit(entry, headers, query, route, fault, time.perf_counter())

    async def _serve(self, visit: _Visit, scope: Scope, receive: Receive, send: Send) -> None:
        if visit.fault and visit.fault.kind == "reset_before_body":
            await reset(scope, receive)
            return
        body = await _read_body(receive)
        visit.entry.bytes_in = len(body)
        answer = self._answer(visit, body)
        _note(visit.entry, answer)
        refusal = self._state.faults.take_refusal()
        if refusal:  # before the answer: whoever has it may call again at once
            await self._refuse(refusal.seconds)
        visit.entry.status, visit.entry.bytes_out = await deliver(
            answer,
            visit.fault,
            scope,
            receive,
            send,
            delay=self._state.settings.reply_delay,
            last=refusal is not None,
        )

    def _answer(self, visit: _Visit, body: bytes) -> Answer:
        fault = visit.fault
        if fault and fault.kind in NOT_APPLIED:
            return instead_of_applying(fault)
        try:
            return self._let_in(visit, body)
        except RequestRejected as early:
            return early.answer

    def _let_in(self, visit: _Visit, body: bytes) -> Answer:
        entry, state, route = visit.entry, self._state, visit.route
        auth.check_user_agent(visit.headers)
        auth.check_keys(visit.headers, state.settings)
        if route is None:
            reject(404, {"error": "Not Found"}, "no such endpoint")
        call = route.endpoint.call
        self._check_rate(visit, call)
        envelope = self._envelope(visit, route.endpoint, body)
        named = decoded_any(envelope["site_uuid"]) if "site_uuid" in envelope else None
        query = visit.query.get("site_uuid")
        if call.family == "experimental" and not (query or named):  # the OpenAPI file asks for none, Ruby sends none
            query = state.settings.sites[0]
        entry.site = auth.check_site(query, named, state.settings)
        return self._apply(visit, route, entry.site, envelope)

    def _check_rate(self, visit: _Visit, call: Call) -> None:
        state = self._state
        address = (visit.entry.client or "").rpartition(":")[0]
        wait = state.limiter.admit(address, state.settings.publishable_key, call.family, visit.entry.clock)
        if wait:
            headers = _retry_after(state.settings.retry_after, wait, visit.entry.clock)
            reject(429, "Retry later\n", "rate limit", headers)

    def _envelope(self, visit: _Visit, endpoint: Endpoint, body: bytes) -> Envelope:
        if _read_as(visit.entry.method) == "GET" and not endpoint.optional_body:
            return {}
        if len(body) > MAX_BODY:
            reject(413, {"error": "The body must not be larger than 64 MiB"}, "body too large")
        if endpoint.optional_body and not body.strip():
            return {}
        return read_envelope(body, visit.headers)

    def _apply(self, visit: _Visit, route: Route, site: str, envelope: Envelope) -> Answer:
        state, fault = self._state, visit.fault
        state.pass_time()
        with state.storage.transaction():
            ask = Ask(
                number=visit.entry.number,
                site=state.site(site),
                query=visit.query,
                envelope=envelope,
                at=visit.entry.clock,
                resource=route.resource,
                spoil_last=fault.order.records if fault and fault.kind in PARTIAL else 0,
                show_failed=not (fault and fault.kind == "short_results"),
            )
            answer = route.endpoint.handle(state, ask)
            _note(visit.entry, answer)
            state.journal.write(visit.entry)
        return answer


def _read_as(method: str) -> str:
    """Return the method to answer: Rails answers HEAD as GET, and the server leaves the body out."""
    return "GET" if method == "HEAD" else method


def _note(entry: Entry, answer: Answer) -> None:
    entry.reason, entry.applied = answer.reason, answer.applied
    entry.records, entry.accepted, entry.failed = answer.records, answer.accepted, answer.failed
    entry.first_record = answer.first_record


async def _read_body(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGone
        size += len(message.get("body", b""))
        if size <= MAX_BODY:
            parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts) if size <= MAX_BODY else b" " * (MAX_BODY + 1)


def _retry_after(style: str | None, wait: int, at: int) -> Headers:
    if style is None:
        return ()
    seconds = -(-wait // 1000)
    values = {"seconds": str(seconds), "date": formatdate(at // 1000 + seconds + 1, usegmt=True)}
    return [("Retry-After", values.get(style, style))]
