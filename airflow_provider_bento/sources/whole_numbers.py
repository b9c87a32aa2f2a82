"""Columns of a frame that were integers before a gap made them float: pandas has no missing integer of its own.

Looks at each column as a whole, once; imports no library but pyarrow, and that only for its own tables.

Tested by tests/unit/sources/test_dataframes.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api.records.table import Table

__all__ = ["as_integers", "whole_columns"]

_LARGEST: Final = 2**53  # from here on a float skips integers, and may already mean its neighbour


def whole_columns(frame: Any) -> list[Any]:
    """Return the names of the 64-bit float columns that have a gap and otherwise nothing but whole numbers.

    A column of floats without a gap is what its author made it, and so is one with a fraction, an infinity or a number
    from 2**53 on.

    :param frame: a dataframe or table of pandas, polars or Arrow.
    """
    if hasattr(frame, "to_pylist"):
        named = zip(frame.schema.names, frame.columns, strict=True)
        return [name for name, column in named if str(column.type) == "double" and _is_whole_arrow(column)]
    if hasattr(frame, "iloc"):
        columns = ((name, frame.iloc[:, at]) for at, name in enumerate(frame.columns))
        return [name for name, column in columns if _is_double(column.dtype) and _is_whole(column, column.dropna())]
    return [
        column.name
        for column in frame.get_columns()
        if str(column.dtype) == "Float64" and _is_whole(column, column.drop_nulls().drop_nans())
    ]


def as_integers(table: Table, names: list[Any]) -> None:
    """Make a table's values of these columns integers; ``None`` stays."""
    for name in names:
        table.columns[name] = [None if value is None else int(value) for value in table.columns[name]]


def _is_double(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") == "f" and getattr(dtype, "itemsize", 0) == 8


def _is_whole(column: Any, present: Any) -> bool:
    """Whether there is a gap and whatever is there is whole; pandas and polars share these words."""
    if not 0 < len(present) < len(column):
        return False
    return bool((present.abs() < _LARGEST).all()) and bool((present.round(0) == present).all())


def _is_whole_arrow(column: Any) -> bool:
    from pyarrow import compute

    present = column.drop_null()
    present = present.filter(compute.invert(compute.is_nan(present)))
    if not 0 < len(present) < len(column):
        return False
    whole = compute.and_(compute.less(compute.abs(present), _LARGEST), compute.equal(compute.floor(present), present))
    return bool(compute.all(whole).as_py())
