"""What dataframes and columnar files bring along: marks of missing values, index columns, names used twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["checked_columns", "without_nan"]

_PRESENT: Final = frozenset({str, int, bool, type(None), dict, list, bytes})  # most values, and never missing

_INDEX: Final = re.compile(r"__index_level_\d+__")  # how pandas stores an index that has no name


def checked_columns(columns: Iterable[Any], what: str) -> list[Any]:
    """Return the columns that are data, in order.

    :param what: whose columns, for the error.
    :raises BentoSetupError: two have one name, and only one of them could become a key.
    """
    names = list(columns)
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise BentoSetupError(f"{what} has two columns of one name: {', '.join(map(repr, twice))}. Rename one.")
    return [name for name in names if not (isinstance(name, str) and _INDEX.fullmatch(name))]


def without_nan(row: dict[Any, Any]) -> dict[Any, Any]:
    """Return the row with ``None`` for NaN, NaT and pandas' NA: in a table they mean that there is no value."""
    for key, value in row.items():
        if type(value) not in _PRESENT and _is_missing(value):
            row[key] = None
    return row


def _is_missing(value: Any) -> bool:
    """NaN and NaT are not equal to themselves; NA says neither, so it is told by name."""
    kind = type(value)
    if kind.__name__ in ("NaTType", "NAType"):
        return True
    return kind.__name__ in ("float", "float64", "float32", "datetime64", "timedelta64") and value != value  # noqa: PLR0124 - only NaN differs from itself
