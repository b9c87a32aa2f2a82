"""What a task instance remembers of its question, in its state store: about what it was, and whether it was answered.

Airflow keeps one text for each task instance, over all its tries and Clears: what is asked later is shown with the text
of the first question. So the same question may be asked again, and no other one.

Tested by tests/unit/operators/test_asking.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore

__all__ = ["KEY", "Note", "read_note"]

KEY: Final = "asked"


@dataclass(frozen=True)
class Note:
    """The question of a task instance.

    :param spans: first and last position of each chunk that it is about.
    :param answered: whether an answer was applied, so that there is nothing left to ask.
    """

    spans: tuple[tuple[int, int], ...]
    answered: bool = False

    def allows(self, spans: Sequence[tuple[int, int]]) -> bool:
        """Return whether its text is still true of these chunks, and nothing was decided about them."""
        return not self.answered and self.spans == tuple(spans)

    def write(self, store: KeyValueStore) -> None:
        """Store it.

        :raises BentoStateError: the store cannot be used.
        """
        store.set(KEY, {"spans": [list(span) for span in self.spans], "answered": self.answered})


def read_note(store: KeyValueStore) -> Note | None:
    """Return the question, if there was one.

    :raises BentoStateError: the store cannot be used.
    """
    value: Any = store.get(KEY)
    if not isinstance(value, dict):
        return None
    spans = tuple((int(first), int(last)) for first, last in value.get("spans", ()))
    return Note(spans, bool(value.get("answered", True)))
