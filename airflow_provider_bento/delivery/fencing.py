"""Several attempts of one task instance: each writes a key of its own, and the newest one goes on.

Knows keys and who may go on; must not know what a checkpoint is. No value is written by two attempts, so whatever an
attempt that woke up late still writes, it cannot undo what a newer one wrote. The order makes it safe: a newer attempt
first claims its key, then reads the older one's; an older one first writes its intent, then looks for newer keys. One
of the two always sees the other.
"""

from __future__ import annotations

from typing import Final, Protocol

from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoSuperseded

PREFIX: Final = "checkpoint_"
"""Keys are ``checkpoint_1``, ``checkpoint_2`` …, by the attempt that writes them."""

AHEAD: Final = 3
"""How many attempts ahead are looked for: some may have ended before they came here, by a wrong connection say."""

CLAIM: Final = {"claimed": True}
"""The value of an attempt that has begun, and has nothing to say yet or any more."""


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


class Fence:
    """One attempt's place among the attempts of its task instance.

    :param store: where the values are kept.
    :param number: the attempt's number; grows from one attempt to the next, and stays over reschedules.
    """

    def __init__(self, store: KeyValueStore, number: int) -> None:
        self._store = store
        self._number = number
        self._base = number

    def take_over(self) -> JsonValue:
        """Claim the task for this attempt; return what the last one left, or ``None``.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoStateError: the store cannot be used.
        """
        self.check()
        own = self._left_by(self._number)
        if own is not None:  # the same attempt again, after it gave its slot back
            return own
        self._store.set(_key(self._number), CLAIM)
        newest = None
        for number in range(1, self._number):  # upwards, as values move: none can pass by unseen
            if (value := self._left_by(number)) is not None:
                self._base, newest = number, value
        return newest

    def write(self, value: JsonValue) -> None:
        """Store this attempt's value.

        :raises BentoStateError: it could not be stored.
        """
        self._store.set(_key(self._number), value)

    def forget_older(self) -> None:
        """Forget the value that was taken over; this attempt's own must be stored by now. The claim stays: attempts
        that are older still look for it.
        """
        if self._base != self._number:
            self._store.set(_key(self._base), CLAIM)
            self._base = self._number

    def check(self) -> None:
        """Do nothing while this is the newest attempt.

        :raises BentoSuperseded: it is not.
        :raises BentoStateError: the store cannot be read.
        """
        for newer in range(self._number + 1, self._number + 1 + AHEAD):
            if self._store.get(_key(newer)) is not None:
                raise BentoSuperseded(
                    f"Attempt {newer} of this task has begun; attempt {self._number} sends nothing more. If there is "
                    f"none (the run was deleted and made again), delete the key {_key(newer)!r} of the task's state."
                )

    def _left_by(self, number: int) -> JsonValue:
        value = self._store.get(_key(number))
        return None if value == CLAIM else value


def _key(number: int) -> str:
    return f"{PREFIX}{number}"
