"""How far a run came, kept outside the process: intent before a request, outcome after it.

Knows what a checkpoint means (resume, fencing, a changed plan); where it is kept is a :class:`KeyValueStore`'s affair.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, Protocol

import msgspec

from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.ledger import Books
from airflow_provider_bento.delivery.retry import IN_DOUBT, InDoubt
from airflow_provider_bento.delivery.values import JsonValue, Mark
from airflow_provider_bento.exceptions import BentoSetupError, BentoSourceChanged, BentoStateError, BentoSuperseded

CHECKPOINT: Final = "checkpoint"
ATTEMPT: Final = "attempt"
CHOICE: Final = "in_doubt"
"""Key that a person may set to ``hold``, ``resend`` or ``skip`` to settle what is in doubt."""

VERSION: Final = 1


class KeyValueStore(Protocol):
    """A few small JSON values of one task instance. One conformance suite runs over every implementation."""

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None`` where there is none.

        :raises BentoStateError: it cannot be read, or what is there is not JSON.
        """
        ...

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value; it is durable when this returns.

        :raises BentoStateError: it cannot be written.
        """
        ...

    def delete(self, key: str) -> None:
        """Forget the value; no error where there is none.

        :raises BentoStateError: it cannot be written.
        """
        ...


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


class Plan(msgspec.Struct, frozen=True):
    """What must be the same when a run is resumed.

    :param endpoint: ``subscribers``, ``events`` or ``broadcasts``.
    :param chunk_size: most records of a chunk.
    :param max_chunk_bytes: most bytes of a chunk.
    :param source: the source's identity; empty where only reading tells.
    """

    endpoint: str
    chunk_size: int
    max_chunk_bytes: int
    source: str = ""


class Attempt(msgspec.Struct, frozen=True):
    """Which attempt of the task instance this is, as Airflow counts them.

    :param try_number: grows with every retry and every Clear.
    :param max_tries: constant over retries, raised by a Clear: that is how the two are told apart.
    """

    try_number: int = 1
    max_tries: int = 0


class Flight(msgspec.Struct, frozen=True):
    """A chunk between its intent and the mark.

    :param number: the chunk's number.
    :param start: where it begins.
    :param end: where it ends.
    :param digest: what it holds.
    :param since: when it was first meant to be sent; seconds since the epoch.
    :param books: its outcome, once known; a chunk behind it may still be under way.
    """

    number: int
    start: Mark
    end: Mark
    digest: str
    since: float
    books: Books | None = None


class Checkpoint(msgspec.Struct, frozen=True):
    """The one value that is stored.

    :param plan: what must not change.
    :param mark: everything before it is done.
    :param chunks: how many chunks that was.
    :param chain: hash over the digests of those chunks.
    :param flights: chunks behind the mark whose intent is stored, in order.
    :param books: counts up to the mark.
    :param wire: requests, retries, 429s and waits so far.
    :param done: whether the source was read to its end and every chunk has its outcome.
    :param green: whether that run was a success.
    :param attempt: the attempt that wrote it.
    :param v: version of this shape.
    """

    plan: Plan
    attempt: Attempt
    mark: Mark = Mark()
    chunks: int = 0
    chain: str = ""
    flights: tuple[Flight, ...] = ()
    books: Books = Books()
    wire: dict[str, Any] = {}
    done: bool = False
    green: bool = False
    v: int = VERSION


class Checkpoints:
    """The checkpoint of one task instance, and its rules.

    :param store: where it is kept.
    :param plan: what this attempt is about to do.
    :param attempt: which attempt this is.
    """

    def __init__(self, store: KeyValueStore, plan: Plan, attempt: Attempt) -> None:
        self._store = store
        self._attempt = attempt
        self.now = Checkpoint(plan, attempt)
        self.resumed = False

    def open(self) -> Checkpoint:
        """Fence off older attempts, then say where to go on: afresh, or behind the last confirmed chunk.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoSourceChanged: the plan is not the stored one's.
        :raises BentoStateError: the store cannot be used, or holds what we cannot read.
        """
        self._check_fence()
        self._store.set(ATTEMPT, self._attempt.try_number)
        stored = self._stored()
        if stored is not None and not self._starts_afresh(stored):
            self._check_plan(stored)
            self.now = msgspec.structs.replace(stored, attempt=self._attempt)
            self.resumed = True
        return self.now

    def begin(self, chunk: Chunk, now: float) -> None:
        """Store the intent to send the chunk; nothing may be sent before this returned.

        :param now: wall clock, in seconds.
        :raises BentoSuperseded: a newer attempt has begun; the chunk must not be sent.
        :raises BentoStateError: the intent could not be stored.
        """
        if self.flight(chunk) is None:
            flight = Flight(chunk.number, chunk.start, chunk.end, chunk.digest(), now)
            self.now = msgspec.structs.replace(self.now, flights=(*self.now.flights, flight))
        self._save()
        self._check_fence()  # a newer attempt either sees this intent, or we see its fence

    def flight(self, chunk: Chunk) -> Flight | None:
        """Return the stored intent for this chunk, if there is one."""
        return next((flight for flight in self.now.flights if flight.number == chunk.number), None)

    def withdraw(self, chunk: Chunk) -> None:
        """Take the intent back: the chunk is known not to have been applied."""
        flights = tuple(flight for flight in self.now.flights if flight.number != chunk.number)
        self.now = msgspec.structs.replace(self.now, flights=flights)

    def commit(self, chunk: Chunk, books: Books, wire: dict[str, Any]) -> None:
        """Store the outcome of a chunk, and move the mark over all that is settled.

        :param books: the chunk's own counts.
        :param wire: the run's counts of requests so far.
        :raises BentoBooksError: the chunk's counts do not add up.
        :raises BentoSuperseded: a newer attempt has begun; what it finds is in doubt for it.
        :raises BentoStateError: the outcome could not be stored.
        """
        books.balanced()
        known = self.flight(chunk) or Flight(chunk.number, chunk.start, chunk.end, chunk.digest(), 0.0)
        others = (flight for flight in self.now.flights if flight.number != chunk.number)
        flights = sorted((*others, msgspec.structs.replace(known, books=books)), key=lambda flight: flight.number)
        self.now = _advanced(msgspec.structs.replace(self.now, flights=tuple(flights), wire=wire))
        self._save()

    def finish(self, *, green: bool, wire: dict[str, Any]) -> None:
        """Store that the source is done.

        :param green: whether the task is about to succeed; a Clear then starts afresh.
        :raises BentoStateError: it could not be stored.
        """
        self.now = msgspec.structs.replace(self.now, done=True, green=green, wire=wire)
        self._save()

    def save(self, wire: dict[str, Any]) -> None:
        """Store what is known now, before the run stops."""
        self.now = msgspec.structs.replace(self.now, wire=wire)
        self._save()

    def choice(self) -> InDoubt | None:
        """Return what a person chose for what is in doubt, or ``None``.

        :raises BentoSetupError: the key holds something else.
        """
        value = self._store.get(CHOICE)
        if value is None:
            return None
        for choice in IN_DOUBT:
            if value == choice:
                return choice
        raise BentoSetupError(f"The state store's key {CHOICE!r} must be one of {', '.join(IN_DOUBT)}.")

    def forget_choice(self) -> None:
        """Delete the person's choice: it was for what is settled now, not for later doubts."""
        self._store.delete(CHOICE)

    def _stored(self) -> Checkpoint | None:
        value = self._store.get(CHECKPOINT)
        if value is None:
            return None
        if isinstance(value, dict) and value.get("v") != VERSION:
            raise BentoStateError(
                f"The checkpoint was written by another version of this package (v={value.get('v')!r}, "
                f"known: {VERSION}). Finish the run with that version, or delete the key {CHECKPOINT!r} to start over."
            )
        try:
            return msgspec.convert(value, Checkpoint)
        except msgspec.ValidationError as error:
            raise BentoStateError(
                f"The checkpoint cannot be read ({error}). Nothing was sent. Look into Bento for what arrived, then "
                f"delete the key {CHECKPOINT!r} to start afresh."
            ) from None

    def _starts_afresh(self, stored: Checkpoint) -> bool:
        """A person cleared a task that had succeeded: they want it to run again."""
        return stored.done and stored.green and self._attempt.max_tries > stored.attempt.max_tries

    def _check_plan(self, stored: Checkpoint) -> None:
        ours, theirs = self.now.plan, stored.plan
        changed = tuple(name for name in Plan.__struct_fields__ if getattr(ours, name) != getattr(theirs, name))
        if changed:
            raise source_changed(changed, stored.mark.position)

    def _save(self) -> None:
        self._check_fence()
        self._store.set(CHECKPOINT, msgspec.json.decode(msgspec.json.encode(self.now)))  # lists, no tuples

    def _check_fence(self) -> None:
        newest = self._store.get(ATTEMPT)
        if isinstance(newest, int) and newest > self._attempt.try_number:
            raise BentoSuperseded(
                f"Attempt {newest} of this task has begun; attempt {self._attempt.try_number} sends nothing more. "
                f"If there is none (the run was deleted and made again), delete the key {ATTEMPT!r}."
            )


def source_changed(changed: tuple[str, ...], position: int) -> BentoSourceChanged:
    """Return the error for a resume that does not fit; it says what changed and how to go on."""
    return BentoSourceChanged(
        f"Cannot resume behind position {position}: changed since the last attempt: {', '.join(changed)}. Nothing was "
        f"sent by this attempt. Put it back as it was and clear the task, or delete the key {CHECKPOINT!r} in the "
        "task's state store (or the file below checkpoint_path) to start from the first record, "
        "which sends confirmed records again.",
        changed=changed,
    )


def linked(chain: str, digest: str) -> str:
    """Return the chain's next link."""
    return hashlib.sha256(f"{chain}{digest}".encode()).hexdigest()[:32]


def _advanced(checkpoint: Checkpoint) -> Checkpoint:
    """Move the mark over the settled chunks at the front."""
    flights = list(checkpoint.flights)
    mark, chunks, chain, books = checkpoint.mark, checkpoint.chunks, checkpoint.chain, checkpoint.books
    while flights and flights[0].books is not None and flights[0].number == chunks:
        flight = flights.pop(0)
        mark, chunks, chain = flight.end, chunks + 1, linked(chain, flight.digest)
        books += flight.books or Books()
    return msgspec.structs.replace(
        checkpoint, mark=mark, chunks=chunks, chain=chain, books=books.balanced(), flights=tuple(flights)
    )
