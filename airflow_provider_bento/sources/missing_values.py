"""What is special in dataframes and columnar files: missing values, arrays in cells, index columns, duplicate names.

Tested by tests/unit/sources/test_dataframes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import is_missing
from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["checked_columns", "clean_columns"]

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


def clean_columns(table: Table, maps: Iterable[Any] = ()) -> None:
    """Put lists for arrays and ``None`` for NaN, NaT and pandas' NA into a table, at any depth.

    In a frame those mean that there is no value.

    :param table: of Python's values, each column a list of its own; changed.
    :param maps: columns whose cells are Arrow maps, which Arrow returns as lists of pairs; they become dicts.
    """
    for key, values in table.columns.items():
        if not _PRESENT.issuperset(map(type, values)):
            table.columns[key] = [value if type(value) in _PRESENT else _value(value) for value in values]
    for key in maps:
        table.columns[key] = [None if value is None else dict(value) for value in table.columns[key]]


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
