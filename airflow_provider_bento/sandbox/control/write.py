"""The writing endpoints of the control API: reset, faults, settings, time, broadcasts.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airflow_provider_bento.sandbox.bento_api.pipeline import Refuse
from airflow_provider_bento.sandbox.clock import ClockMode, iso, parse_date
from airflow_provider_bento.sandbox.control.parameters import body, reply
from airflow_provider_bento.sandbox.control.write_app import WriteAppApi
from airflow_provider_bento.sandbox.fault_injection import EXPLAINED, Order
from airflow_provider_bento.sandbox.state import State


class TimeChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes of the sandbox's time, made in this order.

    :param mode: ``running`` or ``standing``.
    :param advance: seconds to advance.
    :param drain: process everything in the queues, due or not.
    """

    mode: ClockMode | None = None
    advance: float = 0
    drain: bool = False


class BroadcastAction(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person does to a broadcast in Bento's app.

    :param send_at: when an approved broadcast starts; default: immediately.
    """

    action: Literal["approve", "cancel"]
    send_at: str | None = None


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """A reset has no options: it deletes everything."""


class WriteApi:
    """The writing endpoints of the control API.

    :param state: what the sandbox remembers.
    :param refuse: how to stop listening for a while.
    """

    def __init__(self, state: State, refuse: Refuse) -> None:
        self._state = state
        self._refuse = refuse

    def routes(self) -> list[Route]:
        """Return the routes below ``/_sandbox``."""
        return [
            Route("/reset", self.reset, methods=["POST"]),
            Route("/faults", self.faults, methods=["GET"]),
            Route("/faults", self.order_fault, methods=["POST"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
            Route("/settings", self.settings, methods=["GET"]),
            Route("/settings", self.change_settings, methods=["POST"]),
            Route("/clock", self.clock, methods=["POST"]),
            Route("/broadcasts/{broadcast:key}", self.decide, methods=["POST"]),
            *WriteAppApi(self._state).routes(),
        ]

    async def reset(self, request: Request) -> Response:
        """Delete all received data, all faults and all changed settings."""
        await body(request, Reset)
        self._state.reset()
        return reply({"status": "reset"})

    async def faults(self, _: Request) -> Response:
        """All faults with their remaining count, and a description of each kind."""
        faults = self._state.faults.report()
        pending = [fault for fault in faults if fault["pending"]]
        return reply({"data": faults, "pending": pending, "kinds": EXPLAINED})

    async def order_fault(self, request: Request) -> Response:
        """Inject one fault, or a list of faults."""
        orders = await body(request, Order | list[Order])  # type: ignore[arg-type]  # msgspec takes unions
        faults = [self._state.faults.add(order) for order in ([orders] if isinstance(orders, Order) else orders)]
        answer = reply({"data": [fault.report() for fault in faults]}, 201)
        if refusal := self._state.faults.take_refusal():
            answer.headers["connection"] = "close"
            await self._refuse(refusal.seconds)
        return answer

    async def clear_faults(self, _: Request) -> Response:
        """Delete all faults; return their remaining counts."""
        left = self._state.faults.report()
        self._state.faults.clear()
        return reply({"data": left})

    async def settings(self, _: Request) -> Response:
        """All settings except the secret key."""
        return reply(self._state.settings.public())

    async def change_settings(self, request: Request) -> Response:
        """Change some settings."""
        try:
            self._state.change(await body(request, dict[str, Any]))
        except (ValueError, msgspec.ValidationError) as exc:
            raise HTTPException(400, str(exc)) from exc
        return reply(self._state.settings.public())

    async def clock(self, request: Request) -> Response:
        """Advance, stop or resume time; process the queues."""
        order = await body(request, TimeChange)
        state = self._state
        before = state.clock.memory()
        if order.mode:
            state.clock.switch(order.mode)
        try:
            state.clock.advance(order.advance)
        except (ValueError, OverflowError) as exc:
            state.clock.restore(*before)
            raise HTTPException(400, str(exc)) from exc
        drained = state.drain() if order.drain else 0
        done = state.pass_time()
        state.remember_clock()
        return reply({"now": iso(state.clock.now()), "mode": state.clock.mode, "done": drained + done})

    async def decide(self, request: Request) -> Response:
        """Approve or cancel a broadcast, as a person does in Bento's app."""
        action = await body(request, BroadcastAction)
        broadcasts, number = self._state.broadcasts, request.path_params["broadcast"]
        now = self._state.clock.now()
        send_at = parse_date(action.send_at) if action.send_at is not None else now
        if send_at is None:
            raise HTTPException(400, "send_at must be a date like 2026-01-02T03:04:05Z")
        done = broadcasts.approve(number, send_at, now) if action.action == "approve" else broadcasts.cancel(number)
        if not done:
            raise HTTPException(409, "This broadcast does not exist, or its state does not permit this")
        self._state.pass_time()
        return reply({"status": "done"})
