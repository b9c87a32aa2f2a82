"""The table of accepted differences: one that is not in it is an error, and so is a row that is none any more."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parent / "differences.toml"


@dataclass(frozen=True, order=True)
class Found:
    """One difference of the sandbox.

    :param against: ``declared``, or the generation of recorded replies.
    :param at: method of the SDK, or method and path of the call.
    :param field: which field, or ``status``.
    :param what: how it differs.
    """

    against: str
    at: str
    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.at} {self.field}: {self.what} (against {self.against})"


@dataclass(frozen=True)
class Row:
    """One accepted difference, which several methods or calls, and fields, may share."""

    against: str
    at: tuple[str, ...]
    field: tuple[str, ...]
    what: str
    why: str

    def accepts(self) -> set[Found]:
        """Return the differences that this row accepts."""
        return {Found(self.against, at, field, self.what) for at in self.at for field in self.field}


def table(path: Path = TABLE) -> list[Row]:
    """Read the table."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("difference", [])
    return [Row(row["against"], tuple(row["at"]), tuple(row["field"]), row["is"], row["why"]) for row in rows]


def not_accepted(found: set[Found], rows: Iterable[Row]) -> list[str]:
    """Return a sentence for each difference without a row."""
    return [f"not in {TABLE.name}: {one}" for one in sorted(found - _accepted(rows))]


def no_longer(found: set[Found], rows: Iterable[Row]) -> list[str]:
    """Return a sentence for each difference of a row that is none any more."""
    return [f"in {TABLE.name}, but no longer so: {one}" for one in sorted(_accepted(rows) - found)]


def _accepted(rows: Iterable[Row]) -> set[Found]:
    return {one for row in rows for one in row.accepts()}
