"""Objects as columns: rows, their fields, and what is nested in their details.

Tested by tests/unit/api/records/columns/test_objects.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, Final, NamedTuple

from airflow_provider_bento.api.records.columns.single import NOTHING, Judge, Judged, Kinds, where
from airflow_provider_bento.api.records.table import Table

Plan = Callable[[tuple[str, ...]], Sequence[Judge | None]]
"""Returns the judge of each key; ``None``: an object that has this key is odd."""

_STR: Final = frozenset({str})
_SPARSE: Final = 2.5  # as many cells as values: columns with more gaps cost more than they save
_MOST_SHAPES: Final = 20  # of one block: a document may have any keys, and columns of few values save nothing


class _Table(NamedTuple):
    """Objects and the values of their keys; ``None`` for a key that an object lacks, which has the same effect.

    :param gaps: how many of the values are ``None`` only because the object lacks the key.
    """

    objects: Sequence[dict[str, Any]]
    keys: tuple[str, ...]
    columns: Sequence[Sequence[Any]]
    gaps: int = 0


def objects(dicts: Sequence[dict[str, Any]] | Table, plan: Plan, *, required: Collection[str] = ()) -> Judged:
    """Return clean objects, the given ones if nothing changed in them, and the indexes of the odd ones.

    :param dicts: of exactly this class, or a table.
    :param required: keys whose value must be there.
    """
    if isinstance(dicts, Table):
        return _of_table(dicts, plan, required)
    known = set[Any]().union(*dicts)  # texts of another class that equal one are spelled like it, and so is their JSON
    if not _STR.issuperset(map(type, known)):
        return dicts, range(len(dicts))
    if (table := _dense(dicts, len(known)) or _sparse(dicts)) is not None:
        return _judged(table, plan, required)
    clean, odd = list(dicts), set[int]()
    for keys, places in _shapes(dicts):
        group = _dense([dicts[place] for place in places], len(keys))
        found, bad = ((), range(len(places))) if group is None else _judged(group, plan, required)
        for place, one in zip(places, found, strict=False):
            clean[place] = one
        odd.update(places[index] for index in bad)
    return clean, odd


def _dense(dicts: Sequence[dict[str, Any]], count: int) -> _Table | None:
    """Return the objects as a table; ``None``: they differ in their keys.

    :param count: how many keys they have in all.
    """
    if set(map(len, dicts)) != {count}:
        return None
    keys = tuple(dicts[0])
    return _Table(dicts, keys, [list(map(itemgetter(key), dicts)) for key in keys])


def _sparse(dicts: Sequence[dict[str, Any]]) -> _Table | None:
    """Return objects that lack some of their keys as a table; ``None``: it would be nearly empty."""
    keys = tuple(dict.fromkeys(chain.from_iterable(dicts)))
    values = sum(map(len, dicts))
    cells = len(keys) * len(dicts)
    if cells > _SPARSE * values:
        return None
    return _Table(dicts, keys, [[one.get(key) for one in dicts] for key in keys], cells - values)


def _shapes(dicts: Sequence[dict[str, Any]]) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    """Yield the places of the objects that have the same keys; without keys, those of all whose keys are rare."""
    shapes: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(dicts):
        keys = tuple(one)
        shapes.setdefault(keys if keys in shapes or len(shapes) < _MOST_SHAPES else (), []).append(place)
    yield from shapes.items()


def _of_table(table: Table, plan: Plan, required: Collection[str]) -> Judged:
    """Judge columns, then make rows of the clean values."""
    keys = tuple(table.columns)
    if not _STR.issuperset(map(type, keys)) or not set(required).issubset(keys):
        return (), range(len(table))
    odd, clean = set[int](), dict[Any, Sequence[Any]]()
    for key, judge, values in zip(keys, plan(keys), table.columns.values(), strict=True):
        if judge is None:
            return (), range(len(table))
        clean[key], bad = _verdict(judge, values, set(map(type, values)), is_required=key in required)
        odd.update(bad)
    rows = Table(clean, len(table))
    return [_filled(row) if None in row.values() else row for row in rows], odd


def _judged(table: _Table, plan: Plan, required: Collection[str]) -> Judged:
    if not set(required).issubset(table.keys):
        return table.objects, range(len(table.objects))
    changed: dict[str, Sequence[Any]] = {}
    places, odd = set[int](), set[int]()
    nothing = 0
    for key, judge, values in zip(table.keys, plan(table.keys), table.columns, strict=True):
        kinds = set(map(type, values))
        nothing += sum(value is None for value in values) if NOTHING in kinds else 0
        if judge is None:
            odd |= where(table.objects, partial(_has, key))
            continue
        clean, bad = _verdict(judge, values, kinds, is_required=key in required)
        odd.update(bad)
        if clean is not values:
            changed[key] = clean
            places |= {place for place, (new, old) in enumerate(zip(clean, values, strict=True)) if new is not old}
    if nothing != table.gaps:
        places |= where(table.objects, lambda one: None in one.values())
    places -= odd
    return (_rebuilt(table.objects, places, changed) if places else table.objects), odd


def _verdict(judge: Judge, values: Sequence[Any], kinds: Kinds, *, is_required: bool) -> Judged:
    clean, odd = judge(values, kinds)
    if is_required and None in clean:
        odd = {*odd, *where(clean, lambda value: value is None)}
    return clean, odd


def _has(key: str, one: dict[str, Any]) -> bool:
    return key in one


def _rebuilt(
    dicts: Sequence[dict[str, Any]], places: Iterable[int], changed: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """Return copies of those at the places, with the clean values in the order of their keys; the author's own stay."""
    rebuilt = list(dicts)
    for place in places:
        one = dict(dicts[place])
        for key, values in changed.items():
            one[key] = values[place]  # None if the object lacks the key; it goes again
        rebuilt[place] = _filled(one) if None in one.values() else one
    return rebuilt


def _filled(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if value is not None}
