"""What dataframes and columnar files put where a value is missing."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["without_nan"]

_PRESENT: Final = frozenset({str, int, bool, type(None), dict, list, bytes})  # most values, and never missing


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
