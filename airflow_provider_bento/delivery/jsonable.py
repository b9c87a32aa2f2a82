"""Any Python value as JSON that a person can read and fix; never fails.

Knows Python's values; must not know what a record is.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import math
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.values import JsonValue

__all__ = ["to_jsonable"]

DEEPEST: Final = 100  # levels; encoders and decoders give up at about a thousand
MOST_NODES: Final = 1_000_000  # a value that refers to itself many times would never end

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")  # where an object lies differs from process to process
_TOO_DEEP: Final = f"(left out: nested deeper than {DEEPEST} levels)"
_TOO_MANY: Final = f"(left out: more than {MOST_NODES:,} values in one record)"


def to_jsonable(value: object) -> JsonValue:
    r"""Return the value as ``None``, bool, int, float, str, lists and string-keyed dicts.

    Dates become ISO 8601, decimals, UUIDs and whatever else their text, bytes ``base64:…``, NaN and infinities
    their names, lone surrogates ``\udc00`` in letters. What JSON cannot represent is replaced by a note in brackets.
    """
    return _Jsonable().of(value, 0)


class _Jsonable:
    def __init__(self) -> None:
        self._left = MOST_NODES

    def of(self, value: Any, depth: int) -> JsonValue:
        self._left -= 1
        try:
            if self._left < 0:
                return _TOO_MANY
            return self._of(value, depth)
        except Exception as error:  # noqa: BLE001 - foreign objects may raise anything, and no letter may be lost
            return f"(a {type(value).__name__} that cannot be read: {type(error).__name__})"

    def _of(self, value: Any, depth: int) -> JsonValue:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, enum.Enum):
            return self.of(value.value, depth)
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, int):
            return _integer(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else repr(float(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return "base64:" + base64.b64encode(bytes(value)).decode("ascii")
        if isinstance(value, date | time):
            return _text(value.isoformat())
        return self._nested(value, depth)

    def _nested(self, value: Any, depth: int) -> JsonValue:
        if callable(tolist := getattr(value, "tolist", None)) and not isinstance(value, type):  # numpy's values
            return self.of(tolist(), depth)
        items = _members(value)
        if items is None:
            return _ADDRESS.sub("", _text(str(value)))
        if depth >= DEEPEST:
            return _TOO_DEEP
        if isinstance(items, Mapping):
            return self._object(items, depth)
        return [self.of(item, depth + 1) for item in items]

    def _object(self, items: Mapping[Any, Any], depth: int) -> dict[str, JsonValue]:
        named: dict[str, JsonValue] = {}
        for key in items:
            name = _text(key) if isinstance(key, str) else _text(str(key))
            while name in named:  # 1 and "1" are two keys
                name = f"{name} ({type(key).__name__})"
            named[name] = self.of(items[key], depth + 1)
        return named


def _members(value: Any) -> Mapping[Any, Any] | Iterable[Any] | None:
    """Return what is in a container; ``None``: it is none."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, AbstractSet):
        return sorted(value, key=str)  # the same in every process
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None


def _text(text: str) -> str:
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")


def _integer(number: int) -> JsonValue:
    """Numbers that JSON readers would round, or that Python refuses to print, become text."""
    if -(2**63) <= number < 2**64:
        return int(number)
    return str(number) if number.bit_length() <= 10_000 else hex(number)
