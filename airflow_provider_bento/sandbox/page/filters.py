"""What a visitor asked of a list: search, filters, which part; knows query strings, never SQL.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from airflow_provider_bento.sandbox.control.parameters import instant, number
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Row, Slice

SIZE: Final = 50
"""Rows on a page."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of a list: after a key towards newer rows, before one towards older ones, or the newest."""

    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one page, newest first, and how to go on from it.

    :param newer: the key after which newer rows follow; ``None``: there are none.
    :param older: the key before which older rows follow; ``None``: there are none.
    """

    rows: list[Row]
    newer: int | None
    older: int | None


def read_filters(query: Mapping[str, str], choice: str) -> Filters:
    """Return the search and filters of a query string.

    :param choice: name of the list's own filter.
    :raises HTTPException: 400 for a time that cannot be read.
    """
    given = {name: query[name] for name in ("since", "until") if query.get(name)}
    return Filters(
        text=query.get("q", "").strip(),
        choice=query.get(choice, "").strip() or None,
        since=instant(given, "since"),
        until=instant(given, "until"),
    )


def read_place(query: Mapping[str, str]) -> Place:
    """Return the place of a query string.

    :raises HTTPException: 400 if it is no number.
    """
    return Place(number(query, "after", None), number(query, "before", None))


def read_part(read: Callable[[Slice], list[Row]], key: str, place: Place) -> Part:
    """Read one page.

    :param read: reads a part of the list.
    :param key: the column by which the list goes on.
    """
    if place.after is not None:
        rows = read(Slice(place.after, SIZE + 1))
        if len(rows) > SIZE:  # else the newest page is nearer, and full
            rows = rows[:SIZE][::-1]
            return Part(rows, newer=rows[0][key], older=rows[-1][key])
    before = place.before if place.after is None else None
    rows = read(Slice(before, SIZE + 1, newest=True))
    shown = rows[:SIZE]
    newer = None if before is None else shown[0][key] if shown else before - 1
    return Part(shown, newer=newer, older=shown[-1][key] if len(rows) > SIZE else None)


def address(path: str, query: Mapping[str, str], **changes: int | str | None) -> str:
    """Return a link to ``path`` with a query string changed; ``None`` takes a name out."""
    given = {name: value for name, value in query.items() if value and name not in {"after", "before"}}
    given |= {name: str(value) for name, value in changes.items() if value is not None}
    left = {name: value for name, value in given.items() if name not in changes or changes[name] is not None}
    return f"{path}?{urlencode(left)}" if left else path
