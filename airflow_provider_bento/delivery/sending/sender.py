"""Sends one chunk until each of its records is accounted for.

::

                         ┌──────────────────── resend ────────────────────┐
                         ▼                                                │
    new ── permit ──► requested ──► accepted or rejected                  │
                         │                                                │
                         ├──► known not to be applied: raised             │
                         ▼                                                │
    left by an earlier attempt ──► in doubt ──► broadcasts: looked up ──► missing ──┤
                                      │                    │              ├── skip: dead letters
                                      │                    └──► found     │
                                      └── the choice: hold (raised), resend, skip

Tested by tests/unit/delivery/test_deliver_facts.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import msgspec

from airflow_provider_bento.api import wire
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.delivery.applied import Applied
from airflow_provider_bento.delivery.checkpoint.state import InFlightChunk
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.sending.in_doubt import (
    LOOK_AGAIN_AFTER,
    chosen,
    chosen_for_missing,
    in_doubt_error,
)
from airflow_provider_bento.delivery.validated_rows import NO_ROWS, ValidRows
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import BentoError, BentoInterrupted, BentoOutcomeUnknown, BentoRefusedError

MOST_REQUESTS: Final = 3
"""Most requests for one chunk of broadcasts within a run, the first one included."""


class ChunkSender:
    """Takes one chunk through the diagram.

    :param push: the parts.
    :param chunk: the chunk.
    :param inherited: what an earlier attempt that left it in doubt has stored; ``None``: the chunk is new.
    """

    def __init__(self, push: Push, chunk: Chunk, inherited: InFlightChunk | None = None) -> None:
        self._push = push
        self._chunk = chunk
        self._inherited = inherited
        self._result = ChunkResult(chunk, push.endpoint, push.attempt)
        self._since = push.checkpoints.since(chunk) or push.clock.time()
        self._left = chunk.valid
        self._requests = 0
        self._applied = Applied(before=inherited is not None)

    def send(self, permit: float | None) -> ChunkResult:
        """Send until no record is left; return where the records went.

        :param permit: when the first request's permit was granted, if it was and the intent is stored; monotonic
            seconds.
        :raises BentoError: the outcome is unknown, or Bento refused it; with the positions, and ``maybe_applied`` says
            whether any of it may have been applied, now or earlier.
        """
        if not self._left:
            return self._result
        with self._withdrawn_if_not_applied():
            if self._inherited is not None:
                self._resolve_doubt(self._inherited.choice or self._push.in_doubt, None)
            while self._left:
                self._requests += 1
                idempotent = self._push.look_up is None and self._may_resend()  # broadcasts are looked up first
                try:
                    with self._next_attempt_decides(idempotent=idempotent):
                        receipt = self._push.request_loop.run(
                            self._batch(self._left),
                            idempotent=idempotent,
                            permit=permit,
                            before=self._begin,
                            applied=self._applied,
                        )
                except BentoOutcomeUnknown as error:
                    self._resolve_doubt(self._push.in_doubt, error)
                    permit = None
                else:
                    self._account(receipt)
        return self._result

    @contextlib.contextmanager
    def _withdrawn_if_not_applied(self) -> Iterator[None]:
        """Take the intent back if the chunk fails and nothing of it was applied; name its positions."""
        try:
            yield
        except BaseException as error:  # a time-out of the task, too: what was not sent is no doubt
            if not self._applied.maybe:
                self._withdraw()
            if isinstance(error, BentoError) and error.positions is None:
                error.positions = self._chunk.positions
            raise

    def _withdraw(self) -> None:
        before = self._inherited
        if before is not None and before.choice == "hold":  # for this attempt; the next one may choose again
            before = msgspec.structs.replace(before, choice=None)
        with self._push.checkpoints.lock:
            self._push.checkpoints.withdraw(self._chunk, before)
            if before is None:  # otherwise an earlier attempt may have sent it
                self._push.ledger.withdraw(self._chunk)

    def _begin(self) -> None:
        """Store the intent, or check that it is stored and no newer attempt has begun."""
        with self._push.checkpoints.lock:
            self._push.checkpoints.begin(self._chunk, self._push.clock.time())
            self._push.ledger.begin(self._chunk)

    def _batch(self, rows: ValidRows) -> wire.Request:
        return wire.batch_of_lines(self._push.call, len(rows), rows.lines)

    @contextlib.contextmanager
    def _next_attempt_decides(self, *, idempotent: bool) -> Iterator[None]:
        """An unknown outcome needs no person if the request is idempotent: the next attempt sends it again."""
        try:
            yield
        except BentoOutcomeUnknown as error:
            error.needs_decision = error.needs_decision and not idempotent
            raise

    def _may_resend(self) -> bool:
        return chosen(self._push.in_doubt, self._chunk) == "resend"

    def _resolve_doubt(self, choice: InDoubt | None, error: BentoOutcomeUnknown | None) -> None:
        """Do what was chosen about records whose outcome is unknown; what is left afterwards is to be sent.

        :param choice: the author's or a person's; ``None``: resend if that is idempotent.
        :param error: how this run came to not knowing; ``None``: an earlier attempt left it so.
        :raises BentoOutcomeUnknown: a person has to decide, or it was repeated as often as allowed.
        """
        decision = chosen(choice, self._chunk)
        if self._push.look_up is not None:
            self._look_twice()
            decision = chosen_for_missing(choice, self._left)
        if not self._left:
            return
        if decision == "skip":
            self._result.skipped(self._left)
            self._left = NO_ROWS
        elif decision == "hold":
            raise self._in_doubt_error(str(error) if error else None)
        elif error is not None and (self._push.look_up is None or self._requests >= MOST_REQUESTS):
            error.needs_decision = False  # the next attempt looks, or sends it, again
            raise error

    def _in_doubt_error(self, why: str | None) -> BentoOutcomeUnknown:
        error = in_doubt_error(
            self._left,
            self._push.endpoint,
            why or "an earlier attempt stopped before the reply came",
            durable=self._push.durable,
            endpoint=self._push.call.path,
            maybe_applied=True,
        )
        error.why = why or ""
        return error

    def _look_twice(self) -> None:
        """Account for the broadcasts that Bento has; those missing after a second look are left."""
        self._look_up()
        if self._left:
            self._push.clock.sleep(LOOK_AGAIN_AFTER)
            if self._push.stop.is_set():  # the sleep was cut short: what is missing now may still appear
                raise BentoInterrupted(
                    "The task was stopped before the second look-up of the broadcasts; the next attempt looks again."
                )
            self._look_up()

    def _look_up(self) -> None:
        if self._push.look_up is None:
            return
        with self._applied.stated_in_errors():
            try:
                found = self._push.look_up([row.record.name for row in self._left], self._since)
            except (BentoOutcomeUnknown, BentoRefusedError) as error:
                raise self._in_doubt_error(f"looking for them failed: {error}") from error
        self._result.found([found[row.record.name] for row in self._left if row.record.name in found])
        self._left = ValidRows.of(row for row in self._left if row.record.name not in found)

    def _account(self, receipt: Receipt) -> None:
        for rows, part in self._isolated(self._left, receipt):
            self._result.sent(rows, part)
        self._left = NO_ROWS

    def _isolated(self, rows: ValidRows, receipt: Receipt) -> list[tuple[ValidRows, Receipt]]:
        """Return the receipt; if it rejects some without naming them and that is wanted, a receipt for each half."""
        unnamed = receipt.rejected - len(receipt.failures)
        wanted = self._push.isolate_rejected and self._push.facts.idempotent
        if not wanted or not unnamed or receipt.rejected == len(rows):
            return [(rows, receipt)]
        middle = len(rows) // 2
        parts: list[tuple[ValidRows, Receipt]] = []
        for half in (rows[:middle], rows[middle:]):
            try:
                parts += self._isolated(half, self._receipt_of(half))
            except BentoOutcomeUnknown:  # what the whole was answered still counts
                return [(rows, receipt)]
        return parts

    def _receipt_of(self, half: ValidRows) -> Receipt:
        idempotent = self._may_resend()
        with self._next_attempt_decides(idempotent=idempotent):
            return self._push.request_loop.run(
                self._batch(half), idempotent=idempotent, before=self._begin, applied=self._applied
            )
