"""Numbers that every reader of the JSON reads alike.

A JSON number is read as a 64-bit integer or a double by nearly everybody, Bento's Ruby included, whatever digits were
written. A number that this would change is an error, or, for a ``Decimal``, travels as text with all of its digits.

Tested by tests/unit/api/records/values/test_written_values.py.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import invalid

LEAST: Final = -(2**63)
MOST: Final = 2**64 - 1
"""Whole numbers of JSON that every reader takes: those of 64 bits, with a sign or without."""

_WHOLE: Final = re.compile(r"\s*+(-?[0-9]{1,18})\s*+")
_LONGEST: Final = 20  # digits of MOST; nothing longer is turned into an int to be compared


def whole(value: int) -> int:
    """Return a whole number of at most 64 bits."""
    if LEAST <= value <= MOST:
        return value
    raise invalid("is a whole number of more than 64 bits: pass it as text")


def whole_text(text: str) -> int | None:
    """Return the whole number that a text is, apart from blanks around it: files and BigQuery write integers this way.
    Else ``None``: what ``19.99``, ``1,999``, ``1e3`` and ``1999.0`` mean as an integer is not guessed.
    """
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found else None


def real(value: float) -> float:
    """Return a finite number."""
    if isfinite(value):
        return value
    raise invalid("is NaN or infinite, which JSON cannot represent: pass None to omit it")


def decimal(value: Decimal) -> int | float | str:
    """Return a decimal exactly: as a number if readers get the same number back, else as text.

    ``Decimal("1999")`` → 1999, ``Decimal("19.90")`` → 19.9, ``Decimal("0.1234567890123456789")`` → its text.
    """
    if not value.is_finite():
        raise invalid("is NaN or infinite, which JSON cannot represent: pass None to omit it")
    exponent: Any = value.as_tuple().exponent
    if exponent >= 0 and value.adjusted() < _LONGEST and LEAST <= int(value) <= MOST:
        return int(value)
    near = float(value)
    if exponent < 0 and Decimal(repr(near)) == value:
        return near
    return str(value)
