"""Rows of a Parquet file, some pages of a row group at a time; pyarrow is imported when the first one is read.

Tested by tests/unit/sources/files/test_source.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.files.rows import Line, Place
from airflow_provider_bento.sources.missing_values import checked_columns, clean_columns

__all__ = ["parquet_rows", "parquet_tables", "row_count"]

_BATCH: Final = 1_000  # rows turned into Python at a time


def parquet_rows(stream: IO[bytes], after: Place, *, name: str) -> Iterator[Line]:
    """Yield the rows after ``after`` as dicts; see :func:`parquet_tables`."""
    rows = after.rows
    for table in parquet_tables(stream, after, name=name):
        for rows, data in enumerate(table, rows + 1):  # noqa: B020  (it counts on from table to table)
            yield Line(data, None, Place(rows, 0, 0))


def parquet_tables(stream: IO[bytes], after: Place, *, name: str) -> Iterator[Table]:
    """Yield the rows after ``after`` as tables; row groups before it are not read.

    Floats stay floats: a row group does not show whether a whole column could be integers, and the next file of a
    folder may differ.

    :param stream: the file's bytes; can be sought in.
    :param after: the place to continue from.
    :param name: the file's name, for errors.
    :raises BentoSetupError: pyarrow is missing, the file is not Parquet or is corrupt, or two columns have one name.
    """
    try:
        from pyarrow import default_memory_pool
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise BentoSetupError(
            "Parquet needs pyarrow: install airflow-provider-bento[parquet] on the workers."
        ) from error
    watched, pool = _Watched(stream), default_memory_pool()
    with _named_corruption(watched, name):
        file = ParquetFile(watched, pre_buffer=False)
        group, passed = _group_of(file.metadata, after.rows)
        skip = after.rows - passed
        groups = range(group, file.metadata.num_row_groups)
        columns = checked_columns(file.schema_arrow.names, name)
        maps = [field.name for field in file.schema_arrow if str(field.type).startswith("map<")]
        for batch in file.iter_batches(batch_size=_BATCH, row_groups=groups, columns=columns, use_threads=False):
            part = batch.slice(min(skip, batch.num_rows))
            skip = max(0, skip - batch.num_rows)
            names = part.schema.names
            table = Table({name: part.column(at).to_pylist() for at, name in enumerate(names)}, part.num_rows)
            clean_columns(table, maps)
            yield table
            pool.release_unused()  # Arrow's allocator would keep 20 MB of it


def row_count(stream: IO[bytes]) -> int:
    """Return how many rows a Parquet file has, according to its footer."""
    from pyarrow.parquet import ParquetFile

    rows: int = ParquetFile(stream, pre_buffer=False).metadata.num_rows
    return rows


class _Watched:
    """A stream that remembers what reading it raised: pyarrow raises ``OSError`` for corrupt pages, as networks do."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Read, and remember a failure."""
        try:
            return self._stream.read(size)
        except Exception as error:
            self.failure = error
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _named_corruption(stream: _Watched, name: str) -> Iterator[None]:
    """Distinguish a corrupt file, which stays corrupt, from a failure of the stream, which may be temporary."""
    from pyarrow.lib import ArrowException

    try:
        yield
    except (ArrowException, OSError, UnicodeDecodeError) as error:
        if error is stream.failure or isinstance(error, MemoryError):
            raise
        raise BentoSetupError(f"{name} is not a Parquet file, or is corrupt ({type(error).__name__}).") from error


def _group_of(metadata: Any, rows: int) -> tuple[int, int]:
    """Return the row group of the row after ``rows`` others, and how many rows come before the group."""
    passed = 0
    for group in range(metadata.num_row_groups):
        size = metadata.row_group(group).num_rows
        if passed + size > rows:
            return group, passed
        passed += size
    return metadata.num_row_groups, passed
