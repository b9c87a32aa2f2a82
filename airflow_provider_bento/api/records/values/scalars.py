"""Single values as JSON has them: text, numbers, true and false, and what has an exact form among these.

Tested by tests/unit/api/records/values/test_values.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from airflow_provider_bento.api.records.invalid import invalid, kind_of
from airflow_provider_bento.api.records.values.numbers import decimal, real, whole
from airflow_provider_bento.api.records.values.numpy_scalars import unwrapped
from airflow_provider_bento.api.records.values.timestamps import exact_date, exact_moment

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def text(value: Any) -> str:
    """Return text that JSON and Bento's database can hold; ``""`` is text."""
    found = value if type(value) is str else _exact_text(value)
    if "\0" in found:
        raise invalid("must not contain a NUL character")
    if not found.isascii():
        try:
            found.encode()
        except UnicodeEncodeError:
            raise invalid("contains an unpaired surrogate: decode the text with its actual encoding") from None
    return found


def filled_text(value: Any) -> str:
    """Return text that is not blank."""
    found = text(value)
    if not found or found.isspace():
        raise invalid("must not be empty")
    return found


def line(value: Any) -> str:
    """Return a name: text on one line, trimmed, not empty."""
    if type(value) is str and value.isprintable():  # which neither control characters nor surrogates are
        found = value.strip()
    else:
        found = text(value).strip()
        if _CONTROL.search(found):
            raise invalid("must be one line without control characters")
    if found:
        return found
    raise invalid("must not be empty")


def truth(value: Any) -> bool:
    """Return true or false; ``0`` and ``"true"`` are neither."""
    found = unwrapped(value)
    if type(found) is bool:  # an object can deceive isinstance, and this value can send mail
        return found
    raise invalid(f"must be True or False, not {kind_of(found)}")


def scalar(value: Any) -> Any:
    """Return one value of a custom field or a detail as text, a number, true or false.

    Dates, times and UUIDs become text, an ``Enum`` its value, a ``Decimal`` what :func:`~.numbers.decimal` says,
    numpy's scalars Python's. NaN, infinity and pandas' missing values are errors.
    """
    exact = EXACT.get(type(value), _rare)
    return exact(value)


def _exact_text(value: Any) -> str:
    if isinstance(value, Enum) and isinstance(value.value, str):
        value = value.value
    if not isinstance(value, str):
        raise invalid(f"must be text, not {kind_of(value)}")
    return str.__str__(value)  # a subclass may return another text


def _rare(value: Any) -> Any:
    value = unwrapped(value)
    if type(value) in EXACT:
        return scalar(value)
    for kind, converted in _CONVERSIONS:
        if isinstance(value, kind):
            return converted(value)
    raise invalid(f"must be one value (text, a number, True or False, a date), not {kind_of(value)}")


EXACT: Final[Mapping[type, Callable[[Any], Any]]] = {str: text, int: whole, float: real, bool: bool}
"""What to do with a value of exactly this type; subclasses need a closer look."""

# In this order: members of IntEnum are numbers too, and a datetime is a date.
_CONVERSIONS: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (Enum, lambda value: scalar(value.value)),
    (str, text),
    (int, lambda value: whole(int.__pos__(value))),
    (float, lambda value: real(float.__pos__(value))),
    (Decimal, decimal),
    (datetime, exact_moment),
    (date, exact_date),
    (time, time.isoformat),
    (UUID, str),
)
