"""The search of people by dates and tags, as GET /fetch/search offers it; knows SQL, never requests.

Tested by tests/sandbox/test_sandbox_search.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

# What each filter compares; without an event there is no last one, so that no limit is met.
COLUMNS: Final[Mapping[str, str]] = {
    "created_at": "p.created_at",
    "updated_at": "p.updated_at",
    "unsubscribed_at": "p.unsubscribed_at",
    "last_event_at": "(SELECT max(date) FROM events WHERE person = p.id)",
}
"""The dates that a search may limit."""

_BOUNDS: Final = {"gt": ">", "lt": "<"}
_TAGGED: Final = "SELECT person FROM person_tags pt JOIN tags t ON t.id = pt.tag WHERE t.site = :site"


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; everything must be true of a person.

    :param dates: instants by column and bound: ``{"created_at": {"gt": …, "lt": …}}``; bounds are not included.
    :param tags: names; a person must have one of them. ``None`` is no condition.
    :param tag_ids: the same by ids.
    """

    dates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    tags: Sequence[str] | None = None
    tag_ids: Sequence[int] | None = None


def found(storage: Storage, site: int, search: Search, page: int, size: int) -> list[int]:
    """Return the ids of one page of the people who are found, in the order of their making."""
    conditions, values = ["p.site = :site"], Row(site=site, size=size, skip=(page - 1) * size)
    for name, bounds in search.dates.items():
        for bound, instant in bounds.items():
            conditions.append(f"{COLUMNS[name]} {_BOUNDS[bound]} :{name}_{bound}")
            values[f"{name}_{bound}"] = instant
    for column, wanted in (("name", search.tags), ("id", search.tag_ids)):
        if wanted is not None:
            conditions.append(f"p.id IN ({_TAGGED} AND t.{column} IN (SELECT value FROM json_each(:tag_{column})))")
            values[f"tag_{column}"] = msgspec.json.encode(wanted).decode()
    sql = f"SELECT p.id FROM people p WHERE {' AND '.join(conditions)} ORDER BY p.id LIMIT :size OFFSET :skip"
    return [person for (person,) in storage.tuples(sql, values)]
