"""Columns of single values: text, numbers, true and false, and types with one exact form among these.

A judge takes a column and the types in it. It returns the clean values, the same object if nothing changed, and the
indexes of the odd ones, whose values mean nothing then. ``None`` is always taken: the field is left out.

Tested by tests/unit/api/records/columns/test_single.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from airflow_provider_bento.api.records.values.numbers import LEAST, MOST, decimal
from airflow_provider_bento.api.records.values.timestamps import exact_date, exact_moment

Judged = tuple[Sequence[Any], Collection[int]]
"""A column's clean values, and the indexes of those about which the careful way decides."""

Kinds = AbstractSet[type]
Judge = Callable[[Sequence[Any], Kinds], Judged]

NONE_ODD: Final[frozenset[int]] = frozenset()
NOTHING: Final = type(None)
TEXTS: Final = frozenset({str, NOTHING})
SAME: Final = frozenset({str, bool, NOTHING})
"""Types whose values are sent as they are; what JSON cannot hold of text is found when it is encoded."""

_PLAIN: Final = SAME | {int, float}
_CONVERSIONS: Final[Mapping[type, Callable[[Any], Any]]] = {
    Decimal: decimal,
    datetime: exact_moment,
    date: exact_date,
    time: time.isoformat,
    UUID: str,
}
_KNOWN: Final = _PLAIN | _CONVERSIONS.keys()


def scalars(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge custom fields and details, as :func:`~..values.scalars.scalar` does."""
    if SAME.issuperset(kinds):
        return values, NONE_ODD
    odd = _numbers_out_of_range(values, kinds)
    if not _KNOWN.issuperset(kinds):
        odd = odd | where(values, lambda value: type(value) not in _KNOWN)
    if _CONVERSIONS.keys().isdisjoint(kinds):
        return values, odd
    clean, failed = converted(values, lambda value: _CONVERSIONS[type(value)](value), of=_CONVERSIONS.keys())
    return clean, odd | failed


def texts(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge text, as :func:`~..values.scalars.text` does."""
    if TEXTS.issuperset(kinds):
        return values, NONE_ODD
    return values, where(values, lambda value: type(value) not in TEXTS)


def objects_only(values: Sequence[Any], kinds: Kinds, judge: Callable[[Sequence[Any]], Judged]) -> Judged:
    """Judge a column that may contain objects and nothing else.

    :param judge: judges objects.
    """
    if len(kinds) == 1 and dict in kinds:
        return judge(values)
    places = [place for place, value in enumerate(values) if type(value) is dict]
    found, bad = judge([values[place] for place in places])
    clean = list(values)
    for place, one in zip(places, found, strict=True):
        clean[place] = one
    odd = where(values, lambda value: type(value) is not dict and value is not None)
    return clean, odd | {places[index] for index in bad}


def where(values: Sequence[Any], is_odd: Callable[[Any], bool]) -> frozenset[int]:
    """Return the indexes of the values that are odd."""
    return frozenset(index for index, value in enumerate(values) if is_odd(value))


def converted(
    values: Sequence[Any], convert: Callable[[Any], Any], *, of: Collection[type] | None = None
) -> tuple[list[Any], frozenset[int]]:
    """Return the values converted one by one, and the indexes of those that cannot be; ``None`` stays.

    :param of: types that are converted; others stay. Default: all.
    """
    clean: list[Any] = []
    odd: set[int] = set()
    for index, value in enumerate(values):
        if value is None or (of is not None and type(value) not in of):
            clean.append(value)
            continue
        try:
            clean.append(convert(value))
        except Exception:  # noqa: BLE001  (the careful way says what is wrong)
            clean.append(None)
            odd.add(index)
    return clean, frozenset(odd)


def by_value(values: Sequence[Any], convert: Callable[[Any], Any]) -> Judged:
    """Judge text of which few values differ: each is converted once.

    :param convert: returns the clean value, or raises if it is invalid.
    """
    found: dict[Any, Any] = {None: None}
    odd = set[Any]()
    for value in set(values) - {None}:
        try:
            found[value] = convert(value)
        except Exception:  # noqa: BLE001  (the careful way says what is wrong)
            odd.add(value)
    if not odd and all(value == clean for value, clean in found.items()):
        return values, NONE_ODD
    return list(map(found.get, values)), where(values, odd.__contains__) if odd else NONE_ODD


def _numbers_out_of_range(values: Sequence[Any], kinds: Kinds) -> frozenset[int]:
    """Return the indexes of whole numbers of more than 64 bits, of NaN and of infinity."""
    odd = NONE_ODD
    if int in kinds:
        whole = values if len(kinds) == 1 else [value for value in values if type(value) is int]
        if not LEAST <= min(whole) <= max(whole) <= MOST:
            odd = odd | where(values, lambda value: type(value) is int and not LEAST <= value <= MOST)
    if float in kinds:
        real = values if len(kinds) == 1 else [value for value in values if type(value) is float]
        if not all(map(isfinite, real)):
            odd = odd | where(values, lambda value: type(value) is float and not isfinite(value))
    return odd
