"""What single values may be: text, addresses, tags, scalars. Each check notes a fault instead of raising.

A fault says what is wanted; the value that was found never stands in it, for it may be a person's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

import msgspec

from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.receipt import scrub

# What browsers accept in <input type=email> (WHATWG HTML, "valid e-mail address").
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL: Final = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
_LONGEST_KEY: Final = 40
_INTEGERS: Final = (-(2**63), 2**64 - 1)  # beyond, JSON parsers lose digits or fail
_LARGEST_EXPONENT: Final = 300  # a decimal beyond becomes Infinity where it is read as a float

ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
"""Writes decimals as they are, digit by digit, not by way of a float."""

MISSING: Final = object()
"""What a check returns where there is no usable value."""


class Faults:
    """Collects all that is wrong with one record."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, field: str, reason: str) -> object:
        """Note a fault; return :data:`MISSING`."""
        self.found.append(Fault(field, reason))
        return MISSING


def shown(key: object) -> str:
    """Return a row's key fit for a path: short, printable, addresses blanked."""
    if not isinstance(key, str):
        return f"<key of type {type(key).__name__}>"
    text = scrub(key[: 4 * _LONGEST_KEY]) if not key.isidentifier() else key
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST_KEY])


def below(path: str, key: object) -> str:
    """Return the path of a key inside ``path``."""
    return f"{path}.{shown(key)}" if path else shown(key)


def keys_of(row: Mapping[Any, Any], path: str, faults: Faults) -> list[tuple[str, Any]]:
    """Return the entries that have a usable key and a value; the others are faults, or left out where ``None``."""
    entries = []
    for key, value in row.items():
        if not isinstance(key, str) or not key.strip() or not _is_clean(key):
            faults.add(below(path, key), "a key must be text without control characters")
        elif value is not None:
            entries.append((key, value))
    return entries


def text(value: Any, path: str, faults: Faults, *, empty: bool = False) -> Any:
    """Return text that JSON and Bento can hold; ``empty`` allows ``""``."""
    if isinstance(value, Enum) and isinstance(value.value, str):
        value = value.value
    if not isinstance(value, str):
        return faults.add(path, f"must be text, not {_kind(value)}")
    if not _is_clean(value):
        return faults.add(path, "must not hold NUL or half of a surrogate pair: decode it rightly")
    if not empty and not value.strip():
        return faults.add(path, "must not be empty; leave it out or pass None")
    return str(value)


def email(value: Any, path: str, faults: Faults) -> Any:
    """Return an address, trimmed, its case kept."""
    if not isinstance(value, str):
        return faults.add(path, "must be an e-mail address as text")
    trimmed = value.strip()
    if not _EMAIL.fullmatch(trimmed):
        return faults.add(path, "must be one e-mail address, like ann@example.com, without a display name")
    return trimmed


def tags(value: Any, path: str, faults: Faults) -> Any:
    """Return tags as Bento's comma string; no tag at all is :data:`MISSING` without a fault."""
    if isinstance(value, str):
        cleaned = text(value, path, faults, empty=True)
        names = [name.strip() for name in cleaned.split(",")] if isinstance(cleaned, str) else []
        return ",".join(name for name in names if name) or MISSING
    if not isinstance(value, list | tuple):
        return faults.add(path, "must be a list of tags, or text with commas between them")
    before = len(faults.found)
    names = [_tag(name, f"{path}[{index}]", faults) for index, name in enumerate(value)]
    return ",".join(names) if names and len(faults.found) == before else MISSING


def _tag(value: Any, path: str, faults: Faults) -> Any:
    name = text(value, path, faults)
    if isinstance(name, str) and "," in name:
        return faults.add(path, "must not hold a comma: Bento would read two tags; list them one by one")
    return name.strip() if isinstance(name, str) else name


def scalar(value: Any, path: str, faults: Faults) -> Any:
    """Return one value of a custom field: text, number, true or false, or a date as ISO text.

    Decimals keep every digit. What is nested, not a number, or nothing of these is a fault.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() and "\0" not in value else text(value, path, faults, empty=True)
    if kind is bool:
        return value
    if kind is int:
        return _whole(value, path, faults)
    if kind is float:
        return value if math.isfinite(value) else _no_number(path, faults)
    return _rare_scalar(value, path, faults)


def _rare_scalar(value: Any, path: str, faults: Faults) -> Any:
    if isinstance(value, Enum):
        return scalar(value.value, path, faults)
    if isinstance(value, str):
        return text(value, path, faults, empty=True)
    if _is_missing(value):
        return faults.add(path, "is a missing value of a data frame; pass None to leave the field out")
    if isinstance(value, datetime | date):
        from airflow_provider_bento.api.records.moments import iso

        return iso(value, path, faults)
    if isinstance(value, Decimal):
        return _decimal(value, path, faults)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bool | int | float):
        return scalar(value + 0 if not isinstance(value, bool) else value, path, faults)
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return scalar(value.item(), path, faults)
    return faults.add(path, f"must be text, a number, true or false, or a date, not {_kind(value)}")


def _whole(value: int, path: str, faults: Faults) -> Any:
    if _INTEGERS[0] <= value <= _INTEGERS[1]:
        return value
    return faults.add(path, "is a whole number beyond 64 bits: pass it as text")


def _decimal(value: Decimal, path: str, faults: Faults) -> Any:
    if not value.is_finite():
        return _no_number(path, faults)
    if abs(value.adjusted()) > _LARGEST_EXPONENT:
        return faults.add(path, "is a number too large or too small for JSON readers: pass it as text")
    return value


def _no_number(path: str, faults: Faults) -> Any:
    return faults.add(path, "is NaN or infinite, which JSON cannot say; pass None to leave it out")


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in {"NaTType", "NAType"} and type(value).__module__.startswith("pandas")


def _is_clean(value: str) -> bool:
    if "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a nested object"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    return f"a {type(value).__name__}"
