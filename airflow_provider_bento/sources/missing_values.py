"""What is special in dataframes and columnar files: missing values, arrays in cells, index columns, duplicate names.

Tested by tests/unit/sources/test_dataframes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import is_missing
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["as_python", "checked_columns"]

_PRESENT: Final = frozenset({str, int, bool, type(None), bytes})  # most values: never missing, and contain no others

_INDEX: Final = re.compile(r"__index_level_\d+__")  # how pandas stores an index that has no name


def checked_columns(columns: Iterable[Any], what: str) -> list[Any]:
    """Return the columns that are data, in order.

    :param what: whose columns, for the error.
    :raises BentoSetupError: two have the same name, or the columns are multi-level.
    """
    if getattr(columns, "nlevels", 1) > 1:
        raise BentoSetupError(
            f"{what} has multi-level columns, which cannot be used as keys. Flatten them: frame.columns = "
            '["_".join(map(str, name)) for name in frame.columns].'
        )
    names = list(columns)
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise BentoSetupError(f"{what} has two columns with the same name: {', '.join(map(repr, twice))}. Rename one.")
    return [name for name in names if not (isinstance(name, str) and _INDEX.fullmatch(name))]


def as_python(row: dict[Any, Any], maps: Iterable[Any] = ()) -> dict[Any, Any]:
    """Return the row, itself changed, with lists for arrays and ``None`` for NaN, NaT and pandas' NA, at any depth.

    In a table those mean that there is no value.

    :param maps: columns whose cells are Arrow maps, which Arrow returns as lists of pairs; they become dicts.
    """
    for key, value in row.items():
        if type(value) not in _PRESENT:
            row[key] = _value(value)
    for key in maps:
        if row[key] is not None:
            row[key] = dict(row[key])
    return row


def _value(value: Any) -> Any:
    kind = type(value)
    if kind in _PRESENT:
        return value
    if kind is list:
        return [_value(item) for item in value]
    if kind is dict:
        return {key: _value(item) for key, item in value.items()}
    if kind.__name__ == "ndarray" and value.ndim:
        dated = value.dtype.kind in "mM"  # whose tolist() returns mere numbers
        return [_value(item) for item in (value if dated else value.tolist())]
    return None if is_missing(value) else value
