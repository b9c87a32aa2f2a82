"""Rows that are kept while others are read: the code that yielded a row may change it, or reuse what is in it.

A row is copied one level deep, and its JSON is taken, which shows later whether what is in it is still what it was. To
copy all that is in it would cost several times as much.

Tested by tests/unit/delivery/test_row_copies.py.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["LARGE", "as_taken", "is_large", "is_still", "seen"]

LARGE: Final = 65_536
"""Bytes of a row of which not many are read at once."""

_JSON: Final = frozenset({str, int, float, bool, type(None)})
_FLAT: Final = _JSON | {bytes, Decimal, datetime, date, time, UUID}

seen: Final = msgspec.json.Encoder(decimal_format="number").encode
"""Returns what a row is now, as JSON; raises if it has no such form, and must be validated before another is read."""


def is_still(row: dict[Any, Any], before: bytes) -> bool:
    """Whether a copy of a row, one level deep, is what was seen."""
    if _FLAT.issuperset(map(type, row.values())):
        return True
    try:
        return seen(row) == before
    except Exception:  # noqa: BLE001  (foreign objects may raise anything)
        return False


def as_taken(row: dict[Any, Any], before: bytes, position: int) -> dict[Any, Any]:
    """Return what a row was when it was taken, read from its JSON.

    :raises BentoSetupError: it contains what JSON shows only as text, such as a ``Decimal``.
    """
    if not _is_json(row):
        raise BentoSetupError(
            f"The row at position {position:,} was changed after it was yielded. Yield a new dict for each row, with "
            "new dicts and lists in it."
        )
    was: dict[Any, Any] = msgspec.json.decode(before)
    return {key: value if type(value) in _FLAT else was[key] for key, value in row.items()}


def is_large(row: Any) -> bool:
    """Whether a row has more than 64 KB as JSON; of one without a form in JSON it is not known, and assumed."""
    try:
        return len(seen(row)) > LARGE
    except Exception:  # noqa: BLE001  (as above)
        return True


def _is_json(row: dict[Any, Any]) -> bool:
    """Whether what can be changed in a row has nothing but JSON's own types in it."""
    waiting = [value for value in row.values() if type(value) not in _FLAT]
    while waiting:
        value = waiting.pop()
        inside = value.values() if type(value) is dict else value if type(value) is list else None
        if inside is None or (type(value) is dict and not all(type(key) is str for key in value)):
            return False
        waiting += [one for one in inside if type(one) not in _JSON]
    return all(type(key) is str for key in row)
