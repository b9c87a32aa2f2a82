"""What a task instance remembers of its question, in its state store: who asked, about what, and whether it is over.

Airflow keeps one question for each try. A second one in the same try would be shown with the text of the first.

Tested by tests/unit/operators/test_asking.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore

__all__ = ["KEY", "Note", "read_note"]

KEY: Final = "asked"


@dataclass(frozen=True)
class Note:
    """The last question.

    :param ti: the id of the try that asked.
    :param spans: first and last position of each chunk that it was about, or of those that are to be asked about next.
    :param why: how it came to not knowing them.
    :param answered: whether an answer was taken, so that this try takes no other.
    """

    ti: str
    spans: tuple[tuple[int, int], ...]
    why: str = ""
    answered: bool = False

    def write(self, store: KeyValueStore) -> None:
        """Store it.

        :raises BentoStateError: the store cannot be used.
        """
        store.set(KEY, asdict(self) | {"spans": [list(span) for span in self.spans]})


def read_note(store: KeyValueStore) -> Note | None:
    """Return the last question, if there was one.

    :raises BentoStateError: the store cannot be used.
    """
    value: Any = store.get(KEY)
    if not isinstance(value, dict) or "ti" not in value:
        return None
    spans = tuple((int(first), int(last)) for first, last in value.get("spans", ()))
    return Note(str(value["ti"]), spans, str(value.get("why", "")), bool(value.get("answered")))
