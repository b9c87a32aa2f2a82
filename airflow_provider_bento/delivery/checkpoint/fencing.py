"""Several attempts of one task instance: each writes a value of its own, and the newest one goes on.

Knows keys and who may go on; must not know what a checkpoint is. Each attempt has two keys: one for its value, which it
writes itself, and a fence, which newer attempts put up and nobody takes down. The order makes it safe: a newer attempt
first puts up the older one's fence, then reads its value; an older one first writes its intent, then looks at its
fence. One of the two always sees the other. No newer attempt counts on what an older one writes afterwards, so it may
write its own value at any time.
"""

from __future__ import annotations

from typing import Final

from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore
from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoSuperseded

PREFIX: Final = "checkpoint_"
"""Keys of values are ``checkpoint_1``, ``checkpoint_2`` …, by the attempt that writes them."""

FENCE: Final = "fence_"
"""Keys of fences are ``fence_1``, ``fence_2`` …, by the attempt that they stop; each contains a newer one's number."""

CLAIM: Final = {"claimed": True}
"""The value of an attempt that has begun, and has stored nothing yet, or needs nothing any more."""

UNFENCED: Final = 3
"""How many attempts ahead are looked for at the start: versions before 0.1.0 put up no fences."""

TO_START_OVER: Final = (
    f"delete all keys that begin with '{PREFIX}' or '{FENCE}' in the task's state store (or the task's folder below "
    "checkpoint_path)"
)
"""What a person does to have everything forgotten; for the words of errors."""


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
        """Stop all older attempts; return what the last one left, or ``None``.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoStateError: the store cannot be used.
        """
        self.check()
        self._look_for_newer_without_fences()
        own = self._left_by(self._number)
        if own is not None:  # the same attempt again, after it gave its slot back
            return own
        self._store.set(_key(self._number), CLAIM)
        for older in range(1, self._number):
            self._store.set(_fence(older), self._number)
        return self._newest_left()

    def write(self, value: JsonValue) -> None:
        """Store this attempt's value.

        :raises BentoStateError: it could not be stored.
        """
        self._store.set(_key(self._number), value)

    def forget_older(self) -> None:
        """Forget the value that was taken over; this attempt's own must be stored by now. A claim stays, which stops
        attempts of versions before 0.1.0.
        """
        if self._base != self._number:
            self._store.set(_key(self._base), CLAIM)
            self._base = self._number

    def check(self) -> None:
        """Do nothing while this is the newest attempt. One read of the store.

        :raises BentoSuperseded: it is not.
        :raises BentoStateError: the store cannot be read.
        """
        newer = self._store.get(_fence(self._number))
        if newer is not None:
            raise self._superseded(newer)

    def _newest_left(self) -> JsonValue:
        newest = None
        for number in range(1, self._number):  # upwards, as values move: none can pass by unseen
            if (value := self._left_by(number)) is not None:
                self._base, newest = number, value
        return newest

    def _look_for_newer_without_fences(self) -> None:
        for newer in range(self._number + 1, self._number + 1 + UNFENCED):
            if self._store.get(_key(newer)) is not None:
                raise self._superseded(newer)

    def _left_by(self, number: int) -> JsonValue:
        value = self._store.get(_key(number))
        return None if value == CLAIM else value

    def _superseded(self, newer: JsonValue) -> BentoSuperseded:
        return BentoSuperseded(
            f"Attempt {newer} of this task has begun; attempt {self._number} sends nothing more. If there is none (the "
            f"DAG run was deleted and created again): to send everything again, {TO_START_OVER}."
        )


def _key(number: int) -> str:
    return f"{PREFIX}{number}"


def _fence(number: int) -> str:
    return f"{FENCE}{number}"
