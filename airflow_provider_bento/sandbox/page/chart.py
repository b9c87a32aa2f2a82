"""Events over time as bars; knows buckets and ranges, never how they are drawn.

Tested by tests/sandbox/test_page_lists.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_provider_bento.sandbox.store.queries import events
from airflow_provider_bento.sandbox.store.search import Conditions, Filters
from airflow_provider_bento.sandbox.store.storage import Storage

_BARS: Final = 60
_SECOND: Final = 1000
_DAY: Final = 86_400 * _SECOND
_WIDTHS: Final = (
    *(seconds * _SECOND for seconds in (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200)),
    *(days * _DAY for days in (1, 7, 30, 90, 365)),
)
# Filtered events are read one by one; all others are counted in the index of dates.
_MOST_CHOSEN: Final = 250_000
_MOST_SEARCHED: Final = 25_000
_SMALL: Final = (1, 2, 4, 6, 8)
_ROUND: Final = (10, 12, 16, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many events happened between two instants, the latter not included."""

    start: int
    end: int
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one width without gaps.

    :param width: milliseconds of a bar.
    :param total: how many events they stand for.
    :param top: the highest number on the scale.
    """

    bars: tuple[Bar, ...]
    width: int
    total: int
    top: int


def chart(storage: Storage, filters: Filters) -> Chart | None:
    """Return the bars of the filtered events; ``None`` if there are none, or too many to search through."""
    filtered = bool(filters.text or filters.choice)
    most = _MOST_SEARCHED if filters.text else _MOST_CHOSEN
    if filtered and events(storage, filters).count(most) == most:
        return None
    reach = _reach(storage, filters)
    if reach is None:
        return None
    width = _width(*reach)
    start = reach[0] // width * width
    starts = range(start, reach[1], width)
    counted = _counted if filtered else _counted_by_index
    found = counted(storage, filters, starts, width)
    bars = tuple(Bar(at, at + width, found.get(at, 0)) for at in starts)
    return Chart(bars, width, sum(bar.count for bar in bars), _top(max(bar.count for bar in bars)))


def _reach(storage: Storage, filters: Filters) -> tuple[int, int] | None:
    """Return the first instant and the one after the last: those that are asked for, else the events' own."""
    query = events(storage, filters)
    if query.conditions.parts:
        sql = f"SELECT min(e.date), max(e.date) FROM {query.counted}{query.conditions.where}"
    else:  # each by itself is one look at the index
        sql = "SELECT (SELECT min(date) FROM events), (SELECT max(date) FROM events)"
    ((first, last),) = storage.tuples(sql, query.conditions.values)
    if first is None:
        return None
    start = first if filters.since is None else filters.since
    end = last + 1 if filters.until is None else filters.until
    return start, max(end, start + 1)


def _width(start: int, end: int) -> int:
    for width in _WIDTHS:
        if (end - 1) // width - start // width < _BARS:
            return width
    return -(-(end - start) // (_BARS - 1) // _DAY) * _DAY


def _counted(storage: Storage, filters: Filters, starts: range, width: int) -> Mapping[int, int]:
    query = events(storage, filters)
    sql = f"SELECT (e.date - :start) / :width, count(*) FROM {query.counted}{query.conditions.where} GROUP BY 1"
    values = {**query.conditions.values, "start": starts[0], "width": width}
    return {starts[0] + number * width: count for number, count in storage.tuples(sql, values)}


def _counted_by_index(storage: Storage, filters: Filters, starts: range, width: int) -> Mapping[int, int]:
    """Count each bar in the index of dates; grouping would sort a million rows first."""
    found = {}
    for start in starts:
        conditions = Conditions()
        since, until = max(start, filters.since or start), min(start + width, filters.until or start + width)
        conditions.between("date", Filters(since=since, until=until))
        found[start] = int(storage.value(f"SELECT count(*) FROM events{conditions.where}", conditions.values))
    return found


def _top(most: int) -> int:
    """Return the next number that is round, and whose half is."""
    for step in _SMALL:
        if step >= most:
            return step
    scale = 1
    while _ROUND[-1] * scale < most:
        scale *= 10
    return next(step * scale for step in _ROUND if step * scale >= most)
