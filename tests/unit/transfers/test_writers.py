"""Rows as bytes: JSON Lines, gzip and Parquet, read back by other readers than ours."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.transfers import writers
from airflow_provider_bento.transfers.schemas import SCHEMAS, Column, FileFormat
from airflow_provider_bento.transfers.writers import opened

COLUMNS = [
    Column("id", "text", ""),
    Column("at", "time", ""),
    Column("rate", "number", ""),
    Column("is_on", "boolean", ""),
    Column("more", "json", ""),
]
AT = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
ROWS = [
    {"id": "1", "at": AT, "rate": 12.5, "is_on": True, "more": {"a": [1, "é"]}},
    {"id": "2", "at": None, "rate": None, "is_on": None, "more": None},
]


def written(file_format: FileFormat, rows: list[dict[str, Any]], **options: Any) -> bytes:
    """Return the bytes of a file."""
    file = io.BytesIO()
    with opened(file, COLUMNS, file_format, **options) as write:
        for row in rows:
            write(row)
    return file.getvalue()


def test_json_lines_have_all_columns_in_order() -> None:
    """One object a line; times are text with milliseconds and Z, nested values are nested."""
    first, second = written("jsonl", ROWS).decode().splitlines()
    assert first == '{"id":"1","at":"2026-01-02T03:04:05.678Z","rate":12.5,"is_on":true,"more":{"a":[1,"é"]}}'
    assert json.loads(second) == {"id": "2", "at": None, "rate": None, "is_on": None, "more": None}
    assert written("jsonl", []) == b""


def test_compressed_lines_are_the_same_lines() -> None:
    """And the same rows are the same bytes, whenever they are written."""
    packed = written("jsonl", ROWS, compressed=True)
    assert gzip.decompress(packed) == written("jsonl", ROWS)
    assert packed == written("jsonl", ROWS, compressed=True)
    assert gzip.decompress(written("jsonl", [], compressed=True)) == b""


def test_parquet_has_the_types_of_the_schema() -> None:
    """Times are instants, nested values are JSON text."""
    table = parquet.read_table(io.BytesIO(written("parquet", ROWS)))
    assert table.schema.equals(
        pa.schema(
            {
                "id": pa.string(),
                "at": pa.timestamp("ms", tz="UTC"),
                "rate": pa.float64(),
                "is_on": pa.bool_(),
                "more": pa.string(),
            }
        )
    )
    assert table.to_pylist() == [{**ROWS[0], "more": '{"a":[1,"é"]}'}, ROWS[1]]


def test_an_empty_parquet_file_has_the_schema() -> None:
    """A reader of no rows still knows the columns."""
    table = parquet.read_table(io.BytesIO(written("parquet", [])))
    assert (table.num_rows, table.column_names) == (0, [one.name for one in COLUMNS])


def test_rows_wait_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is for one group, however many rows there are."""
    monkeypatch.setattr(writers, "GROUP_ROWS", 3)
    rows = [{**ROWS[1], "id": str(number)} for number in range(7)]
    file = parquet.ParquetFile(io.BytesIO(written("parquet", rows)))
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [3, 3, 1]
    assert file.read().column("id").to_pylist() == [str(number) for number in range(7)]


@pytest.mark.parametrize("what", SCHEMAS)
def test_every_schema_can_be_written(what: Any) -> None:
    """Each has a Parquet type for each column."""
    file = io.BytesIO()
    with opened(file, SCHEMAS[what], "parquet"):
        pass
    assert parquet.read_schema(file).names == [one.name for one in SCHEMAS[what]]


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install, and where."""
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(BentoSetupError, match=r"airflow-provider-bento\[parquet\] on the workers"):
        written("parquet", [])
