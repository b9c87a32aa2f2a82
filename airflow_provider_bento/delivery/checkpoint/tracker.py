"""How far a run came, kept outside the process: intent before a request, outcome after it.

Knows the rules of resuming; a :class:`KeyValueStore` knows where values are kept, the fence who may write.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from airflow_provider_bento.delivery.checkpoint import size_limit
from airflow_provider_bento.delivery.checkpoint.fencing import TO_START_OVER, Fence
from airflow_provider_bento.delivery.checkpoint.person_choice import chosen_by_person
from airflow_provider_bento.delivery.checkpoint.state import (
    PACKAGE,
    Checkpoint,
    InFlightChunk,
    Plan,
    TaskAttempt,
    source_changed,
)
from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore
from airflow_provider_bento.delivery.checkpoint.stored import read
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import RecordCounts, RequestCounts
from airflow_provider_bento.delivery.reasons import added
from airflow_provider_bento.exceptions import BentoError, BentoSourceChanged

CHOICE: Final = "in_doubt"
"""Key that a person may set to ``hold``, ``resend`` or ``skip`` to settle what is in doubt."""

_SOME_TIME: Final = 9_999_999_999.999  # as wide as any


class Checkpoints:
    """The checkpoint of one task instance, and its rules. Change it under ``lock``; ``now`` is replaced as a
    whole, and may be read without.

    :param store: where it is kept.
    :param plan: what this attempt is about to do.
    :param attempt: which attempt this is.
    :ivar lock: guards the checkpoint and the dead letters.
    :ivar now: how far it came.
    :ivar resumed: whether an earlier attempt had sent a record, or may have.
    """

    def __init__(self, store: KeyValueStore, plan: Plan, attempt: TaskAttempt) -> None:
        self.lock = threading.RLock()
        self._store = store
        self._fence = Fence(store, attempt.try_number)
        self._attempt = attempt
        self.now = Checkpoint(plan, attempt, package=PACKAGE)
        self.resumed = False

    def open(self) -> Checkpoint:
        """Stop older attempts, then return where to continue: at the first record, or after the last confirmed chunk.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoSourceChanged: the plan, or the DAG run, is not the stored one's.
        :raises BentoStateError: the store cannot be used, or contains what this version cannot read.
        """
        stored = read(self._fence.take_over())
        if stored is not None and stored.sent_nothing:
            self.now = msgspec.structs.replace(
                self.now, request_counts=stored.taken_over_by(self._attempt).request_counts
            )
        elif stored is not None and not self._starts_afresh(stored):
            self._check_life(stored)
            self._check_plan(stored)
            self.now = stored.taken_over_by(self._attempt)
            self.resumed = True
        self._save()
        self._fence.forget_older()
        return self.now

    def restart(self) -> None:
        """Go back to the first record, although earlier attempts came further: what they sent is known elsewhere.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoStateError: it could not be stored.
        """
        known = self.now.request_counts
        self.now = Checkpoint(self.now.plan, self._attempt, package=PACKAGE, request_counts=known)
        self.resumed = False
        self._save()

    def begin(self, chunk: Chunk, now: float) -> None:
        """Store the intent to send the chunk; nothing may be sent before this returned. Also before each repeat.

        Two calls of the store, one for a repeat.

        :param now: wall clock, in seconds.
        :raises BentoSuperseded: a newer attempt has begun; the chunk must not be sent.
        :raises BentoStateError: the intent could not be stored.
        """
        before, known = self.now, self.now.in_flight_chunk(chunk.number)
        try:
            if known is None or known.choice is not None:
                stored = known or _intent(chunk, now)
                intended = before.with_in_flight(chunk.number, msgspec.structs.replace(stored, choice=None))
                self.now = msgspec.structs.replace(intended, package=PACKAGE)  # what was stored, was compared by now
                self._write()
            self._fence.check()  # after the write: a newer attempt sees this intent, or we see the newer attempt
        except BentoError:
            self.now = before  # nothing was sent
            raise

    def has_room(self, max_in_flight: int, chunk: Chunk | None = None) -> bool:
        """Whether one more chunk may begin: at most four times as many as may be in flight lie ahead of the cursor, and
        the stored value stays below ``size_limit.MAX_BYTES``, whatever hangs.

        Always true if nothing is ahead of the cursor: a single chunk may exceed it, by resume tokens of some KB.

        :param max_in_flight: the most requests at once.
        :param chunk: the chunk; ``None``: one like the largest that is ahead of the cursor.
        """
        stored = _intent(chunk, _SOME_TIME) if chunk is not None else None
        return size_limit.has_room(self.now, stored, max_in_flight)

    def since(self, chunk: Chunk) -> float | None:
        """Return when the chunk was first meant to be sent, in seconds since the epoch."""
        stored = self.now.in_flight_chunk(chunk.number)
        return stored.since if stored else None

    def withdraw(self, chunk: Chunk, before: InFlightChunk | None) -> None:
        """Take the intent back, in memory: this attempt's requests are known not to have been applied.

        :param before: what an earlier attempt had left of it.
        """
        self.now = self.now.with_in_flight(chunk.number, before)

    def commit(
        self,
        chunk: Chunk,
        counts: RecordCounts,
        request_counts: RequestCounts,
        reasons: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Store the outcome of a chunk, and move the cursor over all that is settled.

        One call of the store. It does not look for newer attempts: for them the chunk is in doubt, or was in time.

        :param counts: the chunk's own counts.
        :param request_counts: the run's counts of requests so far.
        :param reasons: the chunk's invalid and rejected records, by reason.
        :raises BentoCountMismatch: the chunk's counts do not add up.
        :raises BentoStateError: the outcome could not be stored.
        """
        counts.balanced()
        known = self.now.in_flight_chunk(chunk.number) or _intent(chunk, 0.0)
        counted = msgspec.structs.replace(
            self.now, request_counts=request_counts, reasons=added(self.now.reasons, reasons)
        )
        self.now = size_limit.with_outcome(counted, known, counts)
        self._write()

    def check(self) -> None:
        """Do nothing while this is the newest attempt; before writing what attempts share, such as dead letters.

        :raises BentoSuperseded: it is not.
        """
        self._fence.check()

    def finish(self, *, green: bool, request_counts: RequestCounts) -> None:
        """Store that the source is done.

        :param green: whether the task is about to succeed; a Clear then starts afresh.
        :raises BentoSuperseded: a newer attempt has begun, and may not have seen this.
        :raises BentoSourceChanged: an earlier attempt meant to send more than the source now has.
        :raises BentoStateError: it could not be stored.
        """
        if self.now.in_flight:
            raise source_changed(
                ("the source now has fewer records than were already sent",),
                self.now.cursor.position,
                package=self.now.package,
            )
        self.now = msgspec.structs.replace(self.now, done=True, green=green, request_counts=request_counts)
        self._save()

    def save(self, request_counts: RequestCounts) -> None:
        """Store what is known now, before the run stops."""
        self.now = msgspec.structs.replace(self.now, request_counts=request_counts)
        self._save()

    def adopt_choice(self) -> None:
        """Bind the word that a person left in the store to what is in doubt now; it is not for later doubts.

        :raises BentoSetupError: the key contains none of the three words, nor a word for positions that are in doubt.
        :raises BentoStateError: the store cannot be used.
        """
        value = self._store.get(CHOICE)
        if value is None:
            return
        doubts = [stored for stored in self.now.in_flight if stored.counts is None]
        for stored, choice in chosen_by_person(value, doubts):
            self.now = self.now.with_in_flight(stored.number, msgspec.structs.replace(stored, choice=choice))
        if doubts:
            self._save()
        self._store.delete(CHOICE)

    def _starts_afresh(self, stored: Checkpoint) -> bool:
        """A person cleared a task that had succeeded: they want it to run again."""
        return stored.done and stored.green and self._attempt.max_tries != stored.attempt.max_tries

    def _check_life(self, stored: Checkpoint) -> None:
        """An attempt that has ended runs a second time only if its DAG run was deleted and created again."""
        if stored.done and self._attempt.try_number <= stored.attempt.try_number:
            raise BentoSourceChanged(
                f"Attempt {self._attempt.try_number} of this task has already sent everything: its DAG run was deleted "
                f"and created again. Nothing was sent this time. To send everything again, clear the task; or "
                f"{TO_START_OVER}.",
                changed=("the DAG run",),
            )

    def _check_plan(self, stored: Checkpoint) -> None:
        ours, theirs = self.now.plan, stored.plan
        changed = tuple(name for name in Plan.__struct_fields__ if getattr(ours, name) != getattr(theirs, name))
        if changed:
            raise source_changed(changed, stored.cursor.position)

    def _save(self) -> None:
        """Store it; if no newer attempt is seen afterwards, each that begins later sees what was stored."""
        self._write()
        self._fence.check()

    def _write(self) -> None:
        self._fence.write(size_limit.to_stored(self.now))


def _intent(chunk: Chunk, now: float) -> InFlightChunk:
    return InFlightChunk(chunk.number, chunk.start, chunk.end, chunk.digest, round(now, 3))
