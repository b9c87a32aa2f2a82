"""What a task instance remembers of its question, in its state store: about what it was, and whether it was answered.

Airflow keeps one text for each task instance, over all its tries and Clears: what is asked later is shown with the text
of the first question. So the same question may be asked again, and no other one.

Tested by tests/unit/operators/test_asking.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.delivery.checkpoint.tracker import CHOICE

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore

__all__ = ["KEY", "Note", "close_if_decided", "read_note"]

KEY: Final = "asked"


@dataclass(frozen=True)
class Note:
    """The question of a task instance.

    :param reference: of the doubt that it is about; see :class:`~.question.Doubt`.
    :param answered: whether somebody decided, so that there is nothing left to ask.
    """

    reference: str
    answered: bool = False

    def allows(self, reference: str) -> bool:
        """Return whether its text is still true of a doubt, and nothing was decided about it."""
        return not self.answered and self.reference == reference

    def write(self, store: KeyValueStore) -> None:
        """Store it.

        :raises BentoStateError: the store cannot be used.
        """
        store.set(KEY, {"reference": self.reference, "answered": self.answered})


def read_note(store: KeyValueStore) -> Note | None:
    """Return the question, if there was one.

    :raises BentoStateError: the store cannot be used.
    """
    value: Any = store.get(KEY)
    if not isinstance(value, dict):
        return None
    return Note(str(value.get("reference", "")), bool(value.get("answered", True)))


def close_if_decided(store: KeyValueStore) -> None:
    """Note that there is nothing left to ask if a person's word is stored: the next doubt is about another request.

    :raises BentoStateError: the store cannot be used.
    """
    note = read_note(store)
    if note is not None and not note.answered and store.get(CHOICE) is not None:
        replace(note, answered=True).write(store)
