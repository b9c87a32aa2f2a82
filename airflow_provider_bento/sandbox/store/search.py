"""Filters of a list and the conditions of a query; knows SQL, never the lists.

Tested by tests/sandbox/test_page_lists.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

_FEW: Final = 1000  # people whose events are looked up one by one


@dataclass(frozen=True, slots=True)
class Filters:
    """Search and filters of one list.

    :param text: what to look for, in whatever the list searches; empty: everything.
    :param choice: value of the list's own filter: a tag, an event type, a state; ``None``: all.
    :param since: first instant, in milliseconds.
    :param until: first instant that is too late.
    """

    text: str = ""
    choice: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def active(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()


class Conditions:
    """What must be true of a row, and the values for it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: Row = {}

    def add(self, condition: str, **values: str | float) -> None:
        """Add a condition."""
        self.parts.append(condition)
        self.values |= values

    def search(self, text: str, *columns: str) -> None:
        """Add that a column contains ``text``; an empty text is no condition."""
        if text:
            found = " OR ".join(f"{column} LIKE :text ESCAPE '!'" for column in columns)
            self.add(f"({found})", text=anywhere(text))

    def equal(self, column: str, value: str | int | None) -> None:
        """Add that a column has a value; ``None`` is no condition."""
        if value is not None:
            name = column.rpartition(".")[2]
            self.add(f"{column} = :{name}", **{name: value})

    def between(self, column: str, filters: Filters) -> None:
        """Add the limits that the filters set for a time."""
        if filters.since is not None:
            self.add(f"{column} >= :since", since=filters.since)
        if filters.until is not None:
            self.add(f"{column} < :until", until=filters.until)

    @property
    def where(self) -> str:
        """The WHERE clause, or nothing."""
        return f" WHERE {' AND '.join(self.parts)}" if self.parts else ""


def anywhere(text: str) -> str:
    """Return the LIKE pattern that finds ``text`` anywhere, to be used with ``ESCAPE '!'``."""
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def few_people(storage: Storage, text: str) -> str | None:
    """Return the ids of the people whose address contains ``text`` as a JSON array; ``None`` if they are many."""
    found = storage.tuples(
        f"SELECT id FROM people WHERE email_key LIKE ? ESCAPE '!' LIMIT {_FEW + 1}", (anywhere(text),)
    )
    return None if len(found) > _FEW else msgspec.json.encode([person for (person,) in found]).decode()
