"""Rows of pandas and polars dataframes and of Arrow tables, recognized by name: none of them is imported here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.missing_values import as_python, checked_columns
from airflow_provider_bento.sources.whole_numbers import as_integers, whole_columns

__all__ = ["FrameSource", "is_frame"]

_SLICE: Final = 1_000  # rows turned into Python at a time

Cut = Callable[[Any, int], list[dict[Any, Any]]]
"""Turns some rows of a frame, from one on, into dicts."""


def _cut_pandas(frame: Any, start: int) -> list[dict[Any, Any]]:
    part, names = frame.iloc[start : start + _SLICE], list(frame.columns)
    columns = [part.iloc[:, number].tolist() for number in range(len(names))]  # three times as fast as to_dict()
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _cut_polars(frame: Any, start: int) -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = frame.slice(start, _SLICE).to_dicts()
    return rows


def _cut_arrow(frame: Any, start: int) -> list[dict[Any, Any]]:
    length = min(_SLICE, max(0, frame.num_rows - start))  # a table without columns has as many rows as are asked for
    rows: list[dict[Any, Any]] = frame.slice(start, length).to_pylist() if length else []
    return rows


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
        position, maps = after.position, _maps(self._frame)
        if self._whole is None:
            self._whole = whole_columns(self._frame)
        while sliced := self._cut(self._frame, position):
            for data in sliced:
                as_integers(as_python(data, maps), self._whole)
                yield Row(position, data)
                position += 1

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
