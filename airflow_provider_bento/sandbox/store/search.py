"""Conditions of a query and what a search box means; knows SQL, never the lists."""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

if TYPE_CHECKING:
    from airflow_provider_bento.sandbox.page.filters import Wanted

_FEW: Final = 1000  # people whose events are looked up one by one


class Filters:
    """What must hold of a row, and the values for it."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: Row = {}

    def add(self, condition: str, **values: str | int) -> None:
        """Let a condition hold too."""
        self.conditions.append(condition)
        self.values |= values

    def between(self, column: str, wanted: Wanted) -> None:
        """Let a time lie between those that are wanted."""
        if wanted.since is not None:
            self.add(f"{column} >= :since", since=wanted.since)
        if wanted.until is not None:
            self.add(f"{column} < :until", until=wanted.until)

    @property
    def where(self) -> str:
        """The WHERE clause, or nothing."""
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def anywhere(text: str) -> str:
    """Return the LIKE pattern that finds ``text`` anywhere, to be used with ``ESCAPE '!'``."""
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def few_people(storage: Storage, text: str) -> str | None:
    """Return the ids of the people whose address holds ``text`` as a JSON array; ``None`` if they are many."""
    found = storage.tuples(
        f"SELECT id FROM people WHERE email_key LIKE ? ESCAPE '!' LIMIT {_FEW + 1}", (anywhere(text),)
    )
    return None if len(found) > _FEW else msgspec.json.encode([person for (person,) in found]).decode()
