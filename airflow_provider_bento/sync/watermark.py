"""The largest value of a column, remembered from run to run: its kinds, how it is stored, and when it stays.

Tested by tests/unit/sync/test_watermark.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import InvalidValue, is_missing
from airflow_provider_bento.api.records.values.numpy_scalars import unwrapped
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError

__all__ = ["Watch", "from_stored", "kind_of_value", "reason_to_stay", "to_stored"]

_PLAIN: Final = frozenset({int, str, datetime, date})  # most values: never missing
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "int": int,
    "float": float,
    "decimal": Decimal,
    "str": str,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
# The methods of the types themselves: a subclass (pandas' Timestamp, an enumeration) may write itself otherwise.
_WRITERS: Final[tuple[tuple[type, str, Callable[[Any], str]], ...]] = (
    (datetime, "datetime", datetime.isoformat),
    (date, "date", date.isoformat),
    (str, "str", str.__str__),
    (Decimal, "decimal", Decimal.__str__),
    (float, "float", float.__repr__),
    (int, "int", int.__repr__),
)


class Watch:
    """Remembers the largest value of a column; one value is in memory.

    NULL, NaN and infinite values do not count.

    :param column: the column, for messages.
    :param known: the value that is stored; the column's values must be comparable with it. ``None``: there is none.
    """

    def __init__(self, column: str, known: Any = None) -> None:
        self.highest: Any = None
        self._column = column
        self._kind = None if known is None else kind_of_value(known)
        self._seen_in = "the stored watermark"
        self._alike: tuple[type | None, object] = (None, None)  # type and time zone of the last value: one kind

    def see(self, value: Any, position: int) -> None:
        """Take the value of one row.

        :param position: the row's, for messages.
        :raises BentoSetupError: it cannot be compared with the values before it, cannot be stored, or may be a person.
        """
        kind = type(value)
        zone = value.tzinfo if kind is datetime else None
        if kind is not self._alike[0] or zone is not self._alike[1]:
            value = self._new(value, position)
            if value is None:
                return
            self._alike = (kind, zone) if kind in _PLAIN else (None, None)
        if self.highest is None or value > self.highest:
            if isinstance(value, str) and "@" in value:
                raise BentoSetupError(
                    f"watermark {self._column!r} seems to contain email addresses, and its largest value is stored. "
                    "Choose a column without personal data, such as the time of the last change."
                )
            self.highest = value
            self._seen_in = "a row before it"

    def _new(self, value: Any, position: int) -> Any:
        """Return a value that is not of the last one's type, if it can be compared; ``None``: it does not count."""
        if type(value) not in _PLAIN:
            value = self._python_value(value, position)
        if value is not None and (kind := kind_of_value(value)) != self._kind:
            self._begin(kind, position)
        return value

    def _python_value(self, value: Any, position: int) -> Any:
        """Return a value as one of Python's own types; ``None``: it does not count."""
        try:
            value = None if value is None or is_missing(value) else unwrapped(value)
        except InvalidValue:
            raise self._no_watermark(value, position) from None
        if value is None or (isinstance(value, float) and not isfinite(value)):
            return None
        if isinstance(value, Decimal) and not value.is_finite():
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str | date):
            raise self._no_watermark(value, position)
        return value

    def _no_watermark(self, value: Any, position: int) -> BentoSetupError:
        return BentoSetupError(
            f"watermark {self._column!r} is a {type(value).__name__} in the row at position {position:,}. Choose a "
            "column of numbers, dates, times or text that grows with each change."
        )

    def _begin(self, kind: str, position: int) -> None:
        if self._kind is not None:
            way = ", or delete the stored watermark" if self.highest is None else ""
            raise BentoSetupError(
                f"watermark {self._column!r} is {kind} in the row at position {position:,}, but {self._kind} in "
                f"{self._seen_in}: they cannot be compared, so the watermark stays. Cast the column to one type{way}."
            )
        self._kind = kind


def kind_of_value(value: Any) -> str:
    """Return what a value can be compared with, in words.

    :raises BentoSetupError: no watermark can be of this type.
    """
    if isinstance(value, datetime):
        return "a time without a time zone" if value.utcoffset() is None else "a time with a time zone"
    if isinstance(value, date):
        return "a date"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "a number"
    raise BentoSetupError(f"A watermark must be a number, a date, a time or text, not a {type(value).__name__}.")


def to_stored(column: str, value: Any) -> JsonValue:
    """Return a value as JSON from which it can be read again as it was; a time keeps its offset, not its zone's name.

    :param column: the column whose value it is.
    :raises BentoSetupError: no watermark can be of this type.
    """
    kind_of_value(value)
    kind, text = next((name, write(value)) for base, name, write in _WRITERS if isinstance(value, base))
    return {"column": column, "type": kind, "value": text}


def from_stored(column: str, stored: JsonValue) -> Any:
    """Return the value; ``None`` if nothing is stored, or only another column's value.

    :param column: the column whose value is wanted.
    :raises BentoStateError: what is stored is no watermark.
    """
    if stored is None:
        return None
    try:
        value = _READERS[stored["type"]](stored["value"])
        same = stored["column"] == column
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise BentoStateError(
            f"What is stored as the watermark of {column!r} cannot be read: it was edited, or written by a newer "
            "version. Nothing was sent. Correct it, or delete it to begin with watermark_start."
        ) from None
    return value if same else None


def reason_to_stay(counts: RecordCounts) -> str | None:
    """Return why the watermark must stay after a run that succeeded: how many records are not confirmed, or ``None``.

    :param counts: where the records of all attempts have gone.
    """
    found = {"failed": counts.failed, "skipped": counts.skipped, "in doubt": counts.in_doubt}
    return ", ".join(f"{counted(number, 'records')} {what}" for what, number in found.items() if number) or None
