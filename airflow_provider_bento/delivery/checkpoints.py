"""How far a run came, kept outside the process: intent before a request, outcome after it.

Knows the rules of resuming; where values are kept is a :class:`KeyValueStore`'s affair, who may write is the fence's.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.checkpoint import VERSION, Attempt, Checkpoint, Flight, Plan, source_changed
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.doubt import chosen_by_person
from airflow_provider_bento.delivery.fencing import Fence, KeyValueStore
from airflow_provider_bento.delivery.ledger import Books
from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoError, BentoSourceChanged, BentoStateError

__all__ = ["CHOICE", "Attempt", "Checkpoints", "KeyValueStore", "MemoryStore", "Plan"]

CHOICE: Final = "in_doubt"
"""Key that a person may set to ``hold``, ``resend`` or ``skip`` to settle what is in doubt."""


class MemoryStore:
    """Values in this process; a crash loses them."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None``."""
        return msgspec.json.decode(self._values[key]) if key in self._values else None

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value."""
        self._values[key] = msgspec.json.encode(value)

    def delete(self, key: str) -> None:
        """Forget the value."""
        self._values.pop(key, None)


class Checkpoints:
    """The checkpoint of one task instance, and its rules. Its methods are called under one lock.

    :param store: where it is kept.
    :param plan: what this attempt is about to do.
    :param attempt: which attempt this is.
    """

    def __init__(self, store: KeyValueStore, plan: Plan, attempt: Attempt) -> None:
        self._store = store
        self._fence = Fence(store, attempt.try_number)
        self._attempt = attempt
        self.now = Checkpoint(plan, attempt)
        self.resumed = False

    def open(self) -> Checkpoint:
        """Fence off older attempts, then say where to go on: afresh, or behind the last confirmed chunk.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoSourceChanged: the plan, or the DAG run, is not the stored one's.
        :raises BentoStateError: the store cannot be used, or holds what we cannot read.
        """
        stored = _read(self._fence.take_over())
        if stored is not None and not self._starts_afresh(stored):
            self._check_life(stored)
            self._check_plan(stored)
            self.now = msgspec.structs.replace(stored, attempt=self._attempt)
            self.resumed = True
        self._save()
        self._fence.forget_older()
        return self.now

    def begin(self, chunk: Chunk, now: float) -> None:
        """Store the intent to send the chunk; nothing may be sent before this returned. Also before each repeat.

        :param now: wall clock, in seconds.
        :raises BentoSuperseded: a newer attempt has begun; the chunk must not be sent.
        :raises BentoStateError: the intent could not be stored.
        """
        before, known = self.now, self.now.flight(chunk.number)
        try:
            if known is None or known.choice is not None:
                flight = known or Flight(chunk.number, chunk.start, chunk.end, chunk.digest(), now)
                self.now = before.with_flight(chunk.number, msgspec.structs.replace(flight, choice=None))
                self._write()
            self._fence.check()  # behind the write: a newer attempt sees this intent, or we see the newer attempt
        except BentoError:
            self.now = before  # nothing was sent
            raise

    def since(self, chunk: Chunk) -> float | None:
        """Return when the chunk was first meant to be sent, in seconds since the epoch."""
        flight = self.now.flight(chunk.number)
        return flight.since if flight else None

    def withdraw(self, chunk: Chunk, before: Flight | None) -> None:
        """Take the intent back, in memory: this attempt's requests are known not to have been applied.

        :param before: what an earlier attempt had left of it.
        """
        self.now = self.now.with_flight(chunk.number, before)

    def commit(self, chunk: Chunk, books: Books, wire: dict[str, Any]) -> None:
        """Store the outcome of a chunk, and move the mark over all that is settled.

        :param books: the chunk's own counts.
        :param wire: the run's counts of requests so far.
        :raises BentoBooksError: the chunk's counts do not add up.
        :raises BentoSuperseded: a newer attempt has begun; what it finds is in doubt for it.
        :raises BentoStateError: the outcome could not be stored.
        """
        books.balanced()
        known = self.now.flight(chunk.number) or Flight(chunk.number, chunk.start, chunk.end, chunk.digest(), 0.0)
        landed = msgspec.structs.replace(known, books=books)
        self.now = msgspec.structs.replace(self.now.with_flight(chunk.number, landed), wire=wire).advanced()
        self._save()

    def check(self) -> None:
        """Do nothing while this is the newest attempt; before writing what attempts share, such as dead letters.

        :raises BentoSuperseded: it is not.
        """
        self._fence.check()

    def finish(self, *, green: bool, wire: dict[str, Any]) -> None:
        """Store that the source is done.

        :param green: whether the task is about to succeed; a Clear then starts afresh.
        :raises BentoSourceChanged: an earlier attempt meant to send more than the source now has.
        :raises BentoStateError: it could not be stored.
        """
        if self.now.flights:
            raise source_changed(("the source ends before records already sent",), self.now.mark.position)
        self.now = msgspec.structs.replace(self.now, done=True, green=green, wire=wire)
        self._save()

    def save(self, wire: dict[str, Any]) -> None:
        """Store what is known now, before the run stops."""
        self.now = msgspec.structs.replace(self.now, wire=wire)
        self._save()

    def adopt_choice(self) -> None:
        """Bind the word that a person left in the store to what is in doubt now; it is not for later doubts.

        :raises BentoSetupError: the key holds none of the three words, nor a word for positions that are in doubt.
        :raises BentoStateError: the store cannot be used.
        """
        value = self._store.get(CHOICE)
        if value is None:
            return
        doubts = [flight for flight in self.now.flights if flight.books is None]
        for flight, choice in chosen_by_person(value, doubts):
            self.now = self.now.with_flight(flight.number, msgspec.structs.replace(flight, choice=choice))
        if doubts:
            self._save()
        self._store.delete(CHOICE)

    def _starts_afresh(self, stored: Checkpoint) -> bool:
        """A person cleared a task that had succeeded: they want it to run again."""
        return stored.done and stored.green and self._attempt.max_tries != stored.attempt.max_tries

    def _check_life(self, stored: Checkpoint) -> None:
        """An attempt that has ended runs a second time only where its DAG run was deleted and made again."""
        if stored.done and self._attempt.try_number <= stored.attempt.try_number:
            raise BentoSourceChanged(
                f"Attempt {self._attempt.try_number} of this task has already sent everything: its DAG run was deleted "
                "and made again. Nothing was sent now. To send it all again, clear the task, or delete its folder "
                "below checkpoint_path (the keys that begin with 'checkpoint_' in its state store).",
                changed=("the DAG run",),
            )

    def _check_plan(self, stored: Checkpoint) -> None:
        ours, theirs = self.now.plan, stored.plan
        changed = tuple(name for name in Plan.__struct_fields__ if getattr(ours, name) != getattr(theirs, name))
        if changed:
            raise source_changed(changed, stored.mark.position)

    def _save(self) -> None:
        self._fence.check()
        self._write()

    def _write(self) -> None:
        self._fence.write(msgspec.json.decode(msgspec.json.encode(self.now)))  # lists, no tuples


def _read(value: JsonValue) -> Checkpoint | None:
    if value is None:
        return None
    if isinstance(value, dict) and value.get("v") != VERSION:
        raise BentoStateError(
            f"The task's checkpoint was written by another version of this package (v={value.get('v')!r}, known: "
            f"{VERSION}). Finish the run with that version; or, to start over, delete the keys that begin with "
            "'checkpoint_' in the task's state store (or the task's folder below checkpoint_path)."
        )
    try:
        return msgspec.convert(value, Checkpoint)
    except msgspec.ValidationError as error:
        raise BentoStateError(
            f"The task's checkpoint cannot be read ({error}). Nothing was sent. Look into Bento for what arrived; to "
            "start afresh delete the keys that begin with 'checkpoint_' in the task's state store (or the task's "
            "folder below checkpoint_path)."
        ) from None
