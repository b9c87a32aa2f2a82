"""What the mixins of the hook share: one request, sent within the budget, repeated only if that is safe.

Does not import Airflow.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract

if TYPE_CHECKING:
    from airflow_provider_bento.api.client import BentoClient
    from airflow_provider_bento.api.receipt import Receipt
    from airflow_provider_bento.api.wire import Reply, Request
    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.delivery.clock import Clock
    from airflow_provider_bento.delivery.request_loop import RequestLoop


class Calls(ABC):
    """The part of the hook that its mixins use."""

    log: Any

    @cached_property
    def clock(self) -> Clock:
        """The time by which requests are paced and repeated."""
        from airflow_provider_bento.delivery.clock import SystemClock

        return SystemClock()

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The checked settings of the connection."""

    @abstractmethod
    def get_conn(self) -> BentoClient:
        """Return the client."""

    @abstractmethod
    def request_loop(self, send: Any, **options: Any) -> RequestLoop[Any]:
        """Return a loop that calls ``send`` within the budget and repeats it only if that is safe."""

    def _fetch(
        self,
        call: contract.Call,
        query: Mapping[str, str] | None = None,
        *,
        resource: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the JSON of a reading endpoint."""
        from airflow_provider_bento.api.wire import Request

        return self._call(Request(call, query=query or {}, resource=resource), **options)

    def _find(self, call: contract.Call, resource: str, **options: Any) -> Any:
        """Return the JSON of one object, or ``None`` if Bento has none of this id."""
        from airflow_provider_bento.api import wire

        return self._call(wire.Request(call, resource=resource), wire.read_if_found, **options)

    def _send(
        self, call: contract.Call, value: Mapping[str, Any], *, resource: str | None = None, **options: Any
    ) -> Any:
        """Send one object and return the JSON of the reply."""
        from airflow_provider_bento.api import wire

        return self._call(wire.single(call, value, resource=resource), **options)

    def _call(self, request: Request, read: Callable[..., Any] | None = None, **options: Any) -> Any:
        from airflow_provider_bento.api import wire

        reading = read or wire.read

        def answer(request: Request, sending: Callable[[], None]) -> Any:
            reply: Reply = self.get_conn().send(request, sending)
            return reading(request, reply, now=time.time())

        idempotent = request.call.only_reads or request.call.repeatable
        return self.request_loop(answer, **options).run(request, idempotent=idempotent)

    def _batch(self, call: contract.Call, rows: Sequence[Any], parse: Callable[[Any], Any], **options: Any) -> Receipt:
        """Validate all rows, send them in one request, and return the counts."""
        from airflow_provider_bento.delivery.single_request import one_batch

        request, idempotent = one_batch(call, rows, parse)
        return self._receipt(request, idempotent=idempotent, **options)

    def _receipt(self, request: Request, *, idempotent: bool, **options: Any) -> Receipt:
        loop = self.request_loop(self.get_conn().send_batch, **options)
        return self._counted(request.call, loop.run(request, idempotent=idempotent))

    def _counted(self, call: contract.Call, receipt: Receipt) -> Receipt:
        """Return the receipt, after a warning about what Bento rejected, because most callers ignore the receipt."""
        from airflow_provider_bento.exceptions import BentoRefusedError

        if receipt.rejected:
            reasons = "; ".join(dict.fromkeys(failure.reason for failure in receipt.failures)) or "no reason given"
            words = f"{call.path}: Bento rejected {receipt.rejected} of {receipt.sent} ({reasons})."
            if not receipt.accepted:
                raise BentoRefusedError(words, endpoint=call.path, receipt=receipt)
            self.log.warning("%s The rest were accepted; do not resend the whole batch.", words)
        return receipt
