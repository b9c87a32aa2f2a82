"""Rows whose values are in columns, as dataframes and columnar files have them.

Tested by tests/unit/api/records/columns/test_table.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

__all__ = ["Table"]


class Table(Sequence[dict[Any, Any]]):
    """Rows with the same keys; a dict of one is made when it is asked for.

    :param columns: key → values, one for each row; ``None`` where there is none.
    :param count: how many rows there are.
    """

    def __init__(self, columns: dict[Any, Sequence[Any]], count: int) -> None:
        self.columns = columns
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> dict[Any, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> Table: ...

    def __getitem__(self, index: int | slice) -> dict[Any, Any] | Table:
        if isinstance(index, slice):
            columns = {key: values[index] for key, values in self.columns.items()}
            return Table(columns, len(range(*index.indices(self._count))))
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return {key: values[index] for key, values in self.columns.items()}

    def __iter__(self) -> Iterator[dict[Any, Any]]:
        keys = list(self.columns)
        if not keys:
            return iter([{} for _ in range(self._count)])
        return (dict(zip(keys, values, strict=True)) for values in zip(*self.columns.values(), strict=True))
