"""The injected faults, request by request; knows which request a fault is for, never how to break it.

Tested by tests/sandbox/test_sandbox_faults.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

FaultKind = Literal[
    "refuse",
    "reset_before_body",
    "reset_after_body",
    "stall",
    "status",
    "html_403",
    "html_200",
    "apply_then_reset",
    "apply_then_stall",
    "status_after_applying",
    "truncated_json",
    "failed_count",
    "short_results",
    "empty_body",
    "slow",
]
"""The kinds of faults; :data:`EXPLAINED` describes each."""

EXPLAINED: Final[dict[FaultKind, str]] = {
    "refuse": "The port refuses connections for `seconds` (0.3), starting just before the selected request.",
    "reset_before_body": "The connection is reset (TCP RST) before the body is read; nothing is applied.",
    "reset_after_body": "The body is read, then the connection is reset; nothing is applied.",
    "stall": "No reply for `seconds` (3600), then the connection is reset; nothing is applied.",
    "status": "The reply has `status` (500), `body` and `headers`; nothing is applied.",
    "html_403": "The reply is an HTML page with status 403, like that of Bento's firewall; nothing is applied.",
    "html_200": "The reply is an HTML page with status 200, like that of a captive portal; nothing is applied.",
    "apply_then_reset": "The request is applied, then the connection is reset.",
    "apply_then_stall": "The request is applied; after `seconds` (3600) without a reply the connection is reset.",
    "status_after_applying": "The request is applied; the reply has `status` (500), `body` and `headers`.",
    "truncated_json": "The request is applied; the reply ends before its Content-Length, in the middle of the JSON.",
    "failed_count": "The last `records` (1) of the batch are not applied and are counted as `failed`.",
    "short_results": "The last `records` (1) of the batch are not applied; `results` is lower, `failed` is left out.",
    "empty_body": "The request is applied; the reply is empty.",
    "slow": "The request is applied; the reply is delayed by `seconds` (1).",
}

NOT_APPLIED: Final = frozenset({"reset_before_body", "reset_after_body", "stall", "status", "html_403", "html_200"})
PARTIAL: Final = frozenset({"failed_count", "short_results"})
_SECONDS: Final[dict[FaultKind, float]] = {"refuse": 0.3, "slow": 1.0}

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Order(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault to inject.

    :param kind: what happens.
    :param path: the endpoint, like ``/batch/events`` or ``/fetch/tags/:id``; ``*``: any.
    :param method: the HTTP method; ``None``: any.
    :param nth: the first matching request to fail, counted from now; 1 is the next.
    :param count: how many matching requests fail.
    :param status: for ``status`` and ``status_after_applying``.
    :param body: the body of the reply: text unchanged, anything else as JSON; default: one that fits the status.
    :param headers: additional headers, as a mapping or as pairs, which may repeat a name.
    :param seconds: for ``stall``, ``apply_then_stall``, ``slow`` and ``refuse``.
    :param records: how many for ``failed_count`` and ``short_results``.
    """

    kind: FaultKind
    path: str = "*"
    method: str | None = None
    nth: _Count = 1
    count: _Count = 1
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 500
    body: Any = msgspec.UNSET
    headers: dict[str, str] | list[tuple[str, str]] = msgspec.field(default_factory=dict)
    seconds: _Seconds | None = None
    records: _Count = 1


class Fault:
    """One order and how far it is carried out.

    :param id: its number.
    :param order: what was asked.
    :ivar seen: matching requests since it was ordered.
    :ivar consumed: requests that it happened to.
    """

    def __init__(self, id: int, order: Order) -> None:  # noqa: A002 - the name it has in JSON
        self.id = id
        self.order = order
        self.seen = 0
        self.consumed = 0

    @property
    def kind(self) -> FaultKind:
        """What happens."""
        return self.order.kind

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.order.seconds if self.order.seconds is not None else _SECONDS.get(self.kind, 3600.0)

    @property
    def due(self) -> bool:
        """Whether it happens to the request that was seen last; a refusal comes before the next one."""
        first = self.order.nth - 1 if self.kind == "refuse" else self.order.nth
        return self.seen >= first and self.consumed < self.order.count

    def meant(self, method: str, path: str, template: str | None = None) -> bool:
        """Whether a request is one of those that the order speaks of."""
        return self.order.path in ("*", path, template) and self.order.method in (None, method)

    def report(self) -> dict[str, Any]:
        """Return the order, ``seen``, ``consumed`` and ``pending`` as JSON."""
        counts = {"seen": self.seen, "consumed": self.consumed, "pending": self.order.count - self.consumed}
        return {"id": self.id, **msgspec.to_builtins(self.order), **counts}


class FaultScript:
    """The faults that are ordered, in that order.

    Of two that are due at once the elder comes first, and the other at the next matching request.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last = 0

    def add(self, order: Order) -> Fault:
        """Order a fault."""
        self._last += 1
        fault = Fault(self._last, order)
        self._faults.append(fault)
        return fault

    def take(self, method: str, path: str, template: str | None = None) -> Fault | None:
        """Count a request; return what is to happen to it.

        :param template: the endpoint's path with ``:id``, by which a fault may be ordered too.
        """
        meant = [fault for fault in self._faults if fault.meant(method, path, template)]
        for fault in meant:
            fault.seen += 1
        taken = next((fault for fault in meant if fault.due and fault.kind != "refuse"), None)
        if taken:
            taken.consumed += 1
        return taken

    def take_refusal(self) -> Fault | None:
        """Return a refusal that is to begin now."""
        taken = next((fault for fault in self._faults if fault.kind == "refuse" and fault.due), None)
        if taken:
            taken.consumed += 1
        return taken

    def report(self) -> list[dict[str, Any]]:
        """Return all faults with what is left of them."""
        return [fault.report() for fault in self._faults]

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()
