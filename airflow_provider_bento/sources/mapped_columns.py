"""Columns of a table to columns of records: what :class:`~.mapping.MappedSource` does with each row, done at once.

Tested by tests/unit/sources/test_mapped_columns.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_provider_bento.api.records.table import Table

__all__ = ["mapped_table"]

Path = tuple[str, ...]


def mapped_table(
    table: Table, fields: Sequence[tuple[Path, str]], constants: Sequence[tuple[Path, object]]
) -> Table | None:
    """Return a table of records; ``None``: the rows are to be mapped one by one.

    That is so if a column is missing, lies inside an object, or would put ``None`` into an object of the record.

    :param fields: the path of each field of the record, and its column; none: all columns as they are.
    :param constants: the path and the value of what is the same in every record.
    """
    record: dict[Any, Any] = {} if fields else dict(table.columns)
    for parent in () if fields else (path[0] for path, _ in constants if len(path) > 1):
        if parent in table.columns:
            return None
        record.setdefault(parent, {})  # before the other constants, as row by row
    for path, column in fields:
        values = table.columns.get(column)
        if values is None or (len(path) > 1 and any(value is None for value in values)):
            return None
        _put(record, path, values)
    for path, value in constants:
        if value is not None:
            _put(record, path, [value] * len(table))
    return Table({name: _column(values, len(table)) for name, values in record.items()}, len(table))


def _put(record: dict[Any, Any], path: Path, values: Sequence[Any]) -> None:
    for name in path[:-1]:
        record = record.setdefault(name, {})
    record[path[-1]] = values


def _column(values: Any, count: int) -> Sequence[Any]:
    """Return a column; of columns inside it, objects."""
    if not isinstance(values, dict):
        return values  # type: ignore[no-any-return]  # a column of the table, or of a constant
    return list(Table({name: _column(inner, count) for name, inner in values.items()}, count))
