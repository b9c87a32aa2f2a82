"""Rows of pandas and polars dataframes and of Arrow tables, recognized by name: none of them is imported here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.delivery.values import Cursor, Row, RowBlock
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.missing_values import checked_columns, clean_columns
from airflow_provider_bento.sources.whole_numbers import as_integers, whole_columns

__all__ = ["FrameSource", "is_frame"]

_SLICE: Final = 1_000  # rows turned into Python at a time

Cut = Callable[[Any, int, int], Table]
"""Turns some rows of a frame, from one on, into a table of Python values."""


def _cut_pandas(frame: Any, start: int, size: int) -> Table:
    part, names = frame.iloc[start : start + size], list(frame.columns)
    return Table({name: part.iloc[:, number].tolist() for number, name in enumerate(names)}, len(part))


def _cut_polars(frame: Any, start: int, size: int) -> Table:
    part = frame.slice(start, size)
    return Table({column.name: column.to_list() for column in part.get_columns()}, part.height)


def _cut_arrow(frame: Any, start: int, size: int) -> Table:
    length = min(size, max(0, frame.num_rows - start))  # a table without columns has as many rows as are asked for
    part = frame.slice(start, length)
    return Table({name: part.column(at).to_pylist() for at, name in enumerate(part.schema.names)}, length)


_CUTS: Final[dict[tuple[str, str], Cut]] = {
    ("pandas", "DataFrame"): _cut_pandas,
    ("polars", "DataFrame"): _cut_polars,
    ("pyarrow", "Table"): _cut_arrow,
    ("pyarrow", "RecordBatch"): _cut_arrow,
}
_LIBRARIES: Final = frozenset(library for library, _ in _CUTS)


class FrameSource:
    """Rows of a dataframe or table in memory; columns are keys, NaN and NaT are ``None``, an index is left out.

    Arrays in cells are lists; a float column that would be integer but for its gaps yields integers.

    :param frame: ``pandas.DataFrame``, ``polars.DataFrame``, ``pyarrow.Table`` or ``pyarrow.RecordBatch``.
    :raises BentoSetupError: another kind of these libraries, two columns with the same name, or multi-level columns.
    """

    rereadable = True
    resumable = False

    def __init__(self, frame: Any) -> None:
        cut = next((_CUTS[known] for known in _names(frame) if known in _CUTS), None)
        if cut is None:
            raise BentoSetupError(f"A {type(frame).__name__} cannot be read as records. {_hint(frame)}")
        self._cut = cut
        self._frame = frame
        if hasattr(frame, "to_pylist"):
            self._frame = frame.select(checked_columns(frame.schema.names, "The table"))
        else:
            checked_columns(frame.columns, "The frame")
        self._whole: list[Any] | None = None

    def identity(self) -> str:
        """Return nothing: only reading shows whether it changed."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on, a slice of the frame at a time."""
        for block in self.blocks(after, lambda: _SLICE):
            yield from block

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[RowBlock]:
        """Yield the same as tables."""
        position, maps = after.position, _maps(self._frame)
        if self._whole is None:
            self._whole = whole_columns(self._frame)
        while table := self._cut(self._frame, position, size()):
            clean_columns(table, maps)
            as_integers(table, self._whole)
            yield RowBlock(position, table)
            position += len(table)

    def size(self, after: Cursor) -> int:
        """Return how many rows come after a cursor."""
        rows: int = self._frame.shape[0] if hasattr(self._frame, "shape") else self._frame.num_rows
        return max(0, rows - after.position)


def is_frame(value: object) -> bool:
    """Whether the value is of pandas, polars or pyarrow, and so handled by :class:`FrameSource`."""
    return any(library in _LIBRARIES for library, _ in _names(value))


def _maps(frame: Any) -> list[Any]:
    """Return the columns whose cells are Arrow maps."""
    if hasattr(frame, "to_pylist"):
        return [field.name for field in frame.schema if str(field.type).startswith("map<")]
    if not hasattr(frame, "iloc"):
        return []
    return [name for name, dtype in frame.dtypes.items() if str(dtype).startswith("map<")]


def _names(value: object) -> Iterator[tuple[str, str]]:
    """Yield library and name of the value's class and of those it inherits from."""
    for kind in type(value).__mro__:
        yield kind.__module__.partition(".")[0], kind.__name__


def _hint(frame: object) -> str:
    if type(frame).__name__ == "LazyFrame":
        return "Collect it first: frame.collect()."
    if type(frame).__name__ == "RecordBatchReader":
        return "It can be read only once: pass reader.read_all()."
    return "Pass a DataFrame or a Table."
