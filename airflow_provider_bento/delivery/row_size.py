"""How much a row weighs that did not become a record: a cheap estimate, the same at each reading. Pure."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

VALUE_BYTES: Final = 64
"""What a value weighs beside the letters of a text: roughly what Python needs for it."""

MOST_VALUES: Final = 10_000
"""The number of values of a row that are looked at; each of the others is taken for a small one."""


_TEXTS: Final = (str, bytes, bytearray, memoryview)
_ORDERED: Final = (dict, list, tuple)
_UNORDERED: Final = (set, frozenset)


def weight(row: object) -> int:
    """Return about how many bytes a row takes in memory.

    :param row: anything; its texts are measured, through dicts, lists and tuples.
    """
    total, left, waiting = 0, MOST_VALUES, [row]
    while waiting:
        value = waiting.pop()
        total += VALUE_BYTES
        if isinstance(value, _TEXTS):
            total += len(value)
        elif isinstance(value, _UNORDERED):
            total += VALUE_BYTES * len(value)
        elif isinstance(value, _ORDERED):
            inside = _first(value, left)
            waiting += inside
            left -= len(inside)
            total += VALUE_BYTES * (_count(value) - len(inside))
    return total


def _first(value: dict[Any, Any] | list[Any] | tuple[Any, ...], most: int) -> list[object]:
    """The first items of a container; of a dict, keys and values."""
    if not isinstance(value, dict):
        return list(value[:most])
    return [*islice(value.keys(), most // 2), *islice(value.values(), most // 2)]


def _count(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> int:
    return 2 * len(value) if isinstance(value, dict) else len(value)
