"""Whether a field's value in Bento is the one that an import sent. Bento documents no types, so text counts as equal to
the number, the truth value or the time that it spells.

Tested by tests/unit/reconcile/test_stored_values.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

__all__ = ["is_same"]

_TRUTH: Final = {"true": True, "false": False}
_SHOWN_TO: Final = timedelta(milliseconds=1)  # Bento shows times in milliseconds


def is_same(sent: Any, stored: Any, *, ignore_case: bool = False) -> bool:
    """Whether both are the same value.

    Space around text does not count, empty text is the same as no value, and a number is the same as text that spells
    it. A number in Bento is the same as a text only if it is written in the same way: ``7`` is not ``"007"``.

    :param sent: the value in the record: text, a number, true or false.
    :param stored: what Bento returns, any JSON value; ``None``: there is none.
    :param ignore_case: whether ``ANN`` is the same as ``Ann``.
    """
    if isinstance(sent, bool) or isinstance(stored, bool):
        return _truth(sent) is not None and _truth(sent) == _truth(stored)
    if isinstance(sent, str) and (stored is None or isinstance(stored, str)):
        return _is_same_text(sent.strip(), (stored or "").strip(), ignore_case=ignore_case)
    if isinstance(stored, int | float) and isinstance(sent, str):
        return sent.strip() in (str(stored), f"{stored:.15g}")
    return isinstance(stored, int | float | str) and _number(sent) is not None and _number(sent) == _number(stored)


def _is_same_text(sent: str, stored: str, *, ignore_case: bool) -> bool:
    if sent == stored or (ignore_case and sent.casefold() == stored.casefold()):
        return True
    moments = (_moment(sent), _moment(stored))
    return moments[0] is not None and moments[1] is not None and abs(moments[0] - moments[1]) < _SHOWN_TO


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return _TRUTH.get(value.strip().lower()) if isinstance(value, str) else None


def _number(value: object) -> Decimal | None:
    """Return a number, or the one that a text spells; floats by their shortest spelling."""
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return None if found.is_snan() else found  # which cannot be compared


def _moment(text: str) -> datetime | None:
    """Return a date with a time, as ISO 8601 writes it; without a zone it is UTC."""
    if "T" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)
