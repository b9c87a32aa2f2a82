"""Rows to bytes: JSON Lines, plain or compressed, and Parquet; memory for one group of rows.

Tested by tests/unit/transfers/test_writers.py.
"""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import IO, Any, Final

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.transfers.rows import Row
from airflow_provider_bento.transfers.schemas import Column, FileFormat, Kind

__all__ = ["Write", "opened"]

Write = Callable[[Row], None]
"""Writes one row."""

GROUP_ROWS: Final = 10_000
"""Rows of one group of a Parquet file, which is kept in memory until it is complete."""

_ARROW: Final[dict[Kind, str]] = {"text": "string", "number": "double", "boolean": "bool", "json": "string"}


def opened(
    file: IO[bytes], columns: Sequence[Column], file_format: FileFormat, *, compressed: bool = False
) -> AbstractContextManager[Write]:
    """Return a context in which rows are written to ``file``; at its end the bytes are complete.

    :param file: stays open.
    :param columns: the schema.
    :param compressed: whether JSON Lines are compressed with gzip.
    :raises BentoSetupError: Parquet, and pyarrow is not installed.
    """
    return _parquet(file, columns) if file_format == "parquet" else _json_lines(file, compressed=compressed)


@contextlib.contextmanager
def _json_lines(file: IO[bytes], *, compressed: bool) -> Iterator[Write]:
    # without a name and a time: the same rows are the same bytes
    packed: Any = gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) if compressed else None
    target = packed or file

    def write(row: Row) -> None:
        target.write(msgspec.json.encode({name: _in_json(value) for name, value in row.items()}) + b"\n")

    with packed or contextlib.nullcontext():
        yield write


def _in_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


@contextlib.contextmanager
def _parquet(file: IO[bytes], columns: Sequence[Column]) -> Iterator[Write]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise BentoSetupError(
            "Parquet needs pyarrow: install airflow-provider-bento[parquet] on the workers."
        ) from error
    schema = pa.schema([(one.name, _arrow_type(pa, one.kind)) for one in columns])
    nested = [one.name for one in columns if one.kind == "json"]
    waiting: list[Row] = []

    with parquet.ParquetWriter(file, schema) as writer:

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(waiting, schema=schema))
            waiting.clear()

        def write(row: Row) -> None:
            waiting.append({**row, **{name: _json_text(row[name]) for name in nested}})
            if len(waiting) >= GROUP_ROWS:
                flush()

        yield write
        if waiting:
            flush()


def _arrow_type(pyarrow: Any, kind: Kind) -> Any:
    return pyarrow.timestamp("ms", tz="UTC") if kind == "time" else pyarrow.type_for_alias(_ARROW[kind])


def _json_text(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
