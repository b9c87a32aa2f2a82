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

A chunk that an earlier attempt left in doubt enters the diagram at "in doubt".

Tested by tests/unit/delivery/test_deliver_facts.py.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

import msgspec

from airflow_provider_bento.api import wire
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.delivery.checkpoint.state import Flight
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk, ValidRow
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import Applied
from airflow_provider_bento.delivery.sending.in_doubt import (
    LOOK_AGAIN_AFTER,
    chosen,
    chosen_for_missing,
    in_doubt_error,
)
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import BentoError, BentoInterrupted, BentoOutcomeUnknown, BentoRefusedError

MOST_REQUESTS: Final = 3
"""How often broadcasts that a look-up did not find are created again within one run."""


class ChunkSender:
    """Sends chunks; those that an earlier attempt left in doubt are settled first.

    :param push: the parts.
    :param lock: guards the checkpoint, which several threads share.
    """

    def __init__(self, push: Push, lock: threading.RLock) -> None:
        self._push = push
        self._lock = lock
        self._checkpoints = push.checkpoints
        self._inherited: dict[int, Flight] = {}

    def take_over(self) -> None:
        """Learn which chunks earlier attempts left in doubt, and what a person chose about them.

        :raises BentoSetupError: the person's choice is not one of the three words.
        """
        self._checkpoints.adopt_choice()
        self._inherited = {flight.number: flight for flight in self._checkpoints.now.flights}

    def is_settled(self, chunk: Chunk) -> bool:
        """Whether an earlier attempt confirmed this chunk, although not all before it."""
        inherited = self._inherited.get(chunk.number)
        return inherited is not None and inherited.books is not None

    def is_new(self, chunk: Chunk) -> bool:
        """Whether the chunk surely needs a request; one that was left in doubt may need none."""
        return bool(chunk.valid) and chunk.number not in self._inherited

    def begin(self, chunk: Chunk) -> None:
        """Store the intent to send the chunk, or check that it is stored and no newer attempt has begun.

        :raises BentoSuperseded: a newer attempt has begun; the chunk must not be sent.
        """
        with self._lock:
            self._checkpoints.begin(chunk, self._push.clock.time())

    def send(self, chunk: Chunk, permit: float | None) -> ChunkResult:
        """Send what the chunk has to send, and return where its records went.

        :param permit: when its first permit was given, if it was and the intent is stored; monotonic seconds.
        :raises BentoError: its outcome is unknown, or Bento refused it; with the positions.
        """
        result = ChunkResult(chunk, self._push.endpoint, self._push.attempt)
        if not chunk.valid:
            return result
        inherited = self._inherited.get(chunk.number)
        choice = inherited.choice if inherited is not None else None
        if inherited is not None and choice == "hold":  # for this attempt; the next one may choose again
            inherited = msgspec.structs.replace(inherited, choice=None)
        sending = _OneChunk(self, self._push, chunk, result)
        try:
            sending.settle(permit, inherited=inherited is not None, choice=choice)
        except BaseException as error:  # a time-out of the task, too: what was not sent is no doubt
            if not sending.applied.maybe:
                with self._lock:
                    self._checkpoints.withdraw(chunk, inherited)
            if isinstance(error, BentoError) and error.positions is None:
                error.positions = chunk.positions
            raise
        return result


class _OneChunk:
    """One chunk on its way through the diagram.

    :ivar applied: whether a request of this attempt may have been applied.
    """

    def __init__(self, sender: ChunkSender, push: Push, chunk: Chunk, result: ChunkResult) -> None:
        self._sender = sender
        self._push = push
        self._chunk = chunk
        self._result = result
        self._since = push.checkpoints.since(chunk) or push.clock.time()
        self._left: Sequence[ValidRow] = chunk.valid
        self._requests = 0
        self._doubted = False  # now, or by an earlier attempt
        self.applied = Applied()

    def settle(self, permit: float | None, *, inherited: bool, choice: InDoubt | None) -> None:
        """Go through the diagram until no record is left.

        :param inherited: whether an earlier attempt left the chunk in doubt.
        :param choice: a person's choice about that.
        :raises BentoError: ``maybe_applied`` says whether any of it may have been applied, now or earlier.
        """
        if inherited:
            self._resolve_doubt(choice or self._push.in_doubt, None)
        while self._left:
            try:
                receipt = self._request(self._left, idempotent=self._repeats_by_itself(), permit=permit)
            except BentoOutcomeUnknown as error:
                self._resolve_doubt(self._push.in_doubt, error)
                permit = None
            else:
                self._account(receipt)

    def _repeats_by_itself(self) -> bool:
        """Whether the request loop may repeat a request that may have been applied; broadcasts are looked up first."""
        self._requests += 1
        return self._push.look_up is None and self._may_resend()

    def _may_resend(self) -> bool:
        return chosen(self._push.in_doubt, self._chunk) == "resend"

    def _resolve_doubt(self, choice: InDoubt | None, error: BentoOutcomeUnknown | None) -> None:
        """Do what was chosen about records whose outcome is unknown; what is left afterwards is to be sent.

        :param choice: the author's or a person's; ``None``: resend if that is idempotent.
        :param error: how this run came to not knowing; ``None``: an earlier attempt left it so.
        :raises BentoOutcomeUnknown: a person has to decide, or it was repeated as often as allowed.
        """
        self._doubted = True
        decision = chosen(choice, self._chunk)
        if self._push.look_up is not None:
            self._look_twice()
            decision = chosen_for_missing(choice, self._left)
        if not self._left:
            return
        if decision == "skip":
            self._result.skipped(self._left)
            self._left = ()
        elif decision == "hold":
            raise self._needs_decision(str(error) if error else "an earlier attempt stopped before the reply came")
        elif error is not None and (self._push.look_up is None or self._requests >= MOST_REQUESTS):
            error.held = False  # the next attempt looks, or sends it, again
            raise error

    def _request(self, rows: Sequence[ValidRow], *, idempotent: bool, permit: float | None = None) -> Receipt:
        request = wire.batch(self._push.call, [row.body for row in rows])
        try:
            return self._push.attempts.run(
                request,
                idempotent=idempotent,
                permit=permit,
                before=lambda: self._sender.begin(self._chunk),
                applied=self.applied,
            )
        except BentoError as error:
            error.maybe_applied = self.applied.maybe or self._doubted
            if idempotent and isinstance(error, BentoOutcomeUnknown):
                error.held = False  # the next attempt sends it again
            raise

    def _needs_decision(self, why: str) -> BentoOutcomeUnknown:
        return in_doubt_error(
            self._left,
            self._push.endpoint,
            why,
            durable=self._push.durable,
            endpoint=self._push.call.path,
            maybe_applied=True,
        )

    def _look_twice(self) -> None:
        """ChunkResult for the broadcasts that Bento has; those missing after a second look are left."""
        self._look_up()
        if self._left:
            self._push.clock.sleep(LOOK_AGAIN_AFTER)
            if self._push.stop.is_set():  # the sleep was cut short: what is missing now may still appear
                raise BentoInterrupted("The task was stopped before the second look; the next attempt looks again.")
            self._look_up()

    def _look_up(self) -> None:
        if self._push.look_up is None:
            return
        try:
            found = self._push.look_up([row.record.name for row in self._left], self._since)
        except (BentoOutcomeUnknown, BentoRefusedError) as error:
            raise self._needs_decision(f"looking for them failed: {error}") from error
        except BentoError as error:  # not able to look now: a later attempt looks again
            error.maybe_applied = True
            raise
        self._result.found([found[row.record.name] for row in self._left if row.record.name in found])
        self._left = [row for row in self._left if row.record.name not in found]

    def _account(self, receipt: Receipt) -> None:
        for rows, part in self._isolated(self._left, receipt):
            self._result.sent(rows, part)
        self._left = ()

    def _isolated(self, rows: Sequence[ValidRow], receipt: Receipt) -> list[tuple[Sequence[ValidRow], Receipt]]:
        """Return the receipt; if it rejects some without naming them and that is wanted, a receipt for each half."""
        unnamed = receipt.rejected - len(receipt.failures)
        wanted = self._push.isolate_rejected and self._push.endpoint == "subscribers"
        if not wanted or not unnamed or receipt.rejected == len(rows):
            return [(rows, receipt)]
        middle = len(rows) // 2
        parts: list[tuple[Sequence[ValidRow], Receipt]] = []
        for half in (rows[:middle], rows[middle:]):
            try:
                parts += self._isolated(half, self._request(half, idempotent=self._may_resend()))
            except BentoOutcomeUnknown:  # what the whole was answered still counts
                return [(rows, receipt)]
        return parts
