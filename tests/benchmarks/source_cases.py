"""The inputs of the sources' benchmark, and the sources over them."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def record(n: int) -> dict[str, Any]:
    """Return an event as a warehouse has it, about 200 bytes as JSON."""
    return {
        "type": "$purchase",
        "email": f"person{n}@example.com",
        "details": {
            "unique": {"key": f"order-{n}"},
            "value": {"currency": "USD", "amount": n % 10_000},
            "note": "x" * 60,
        },
    }


def flat(n: int) -> dict[str, Any]:
    """Return the same as one row of a table."""
    return {
        "id": n,
        "email": f"person{n}@example.com",
        "order_key": f"order-{n}",
        "amount": n % 10_000,
        "note": "x" * 60,
    }


COLUMNS = {
    "email": "email",
    "details.unique.key": "order_key",
    "details.value.amount": "amount",
    "details.note": "note",
}
CONSTANTS = {"type": "$purchase", "details.value.currency": "USD"}


def records(count: int) -> Iterator[dict[str, Any]]:
    """Yield so many events."""
    return map(record, range(count))


def prepare(folder: Path, count: int) -> None:
    """Write the inputs that lie on a disk."""
    with (folder / "rows.jsonl").open("w") as lines, gzip.open(folder / "rows.jsonl.gz", "wt", 1) as packed:
        for one in records(count):
            line = json.dumps(one) + "\n"
            lines.write(line)
            packed.write(line)
    with (folder / "rows.csv").open("w", newline="") as table:
        writer = csv.DictWriter(table, list(flat(0)))
        writer.writeheader()
        writer.writerows(map(flat, range(count)))
    with sqlite3.connect(folder / "rows.sqlite") as database:
        database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, email, order_key, amount INTEGER, note)")
        database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", (tuple(flat(n).values()) for n in range(count)))
    _parquet(folder / "rows.parquet", count)


def _parquet(path: Path, count: int) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    step = 50_000
    with ParquetWriter(path, pa.Table.from_pylist([flat(0)]).schema) as writer:
        for start in range(0, count, step):
            writer.write_table(pa.Table.from_pylist([flat(n) for n in range(start, min(count, start + step))]))


class LazyXComSequence(list[Any]):
    """Read in slices, by its name, as Airflow's is; makes its items when they are asked for."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def __getitem__(self, key: Any) -> Any:
        return [record(n) for n in range(*key.indices(self.count))]


def _lazy(_: Path, count: int) -> Any:
    from airflow_provider_bento.sources.lazy_sequence import LazySource

    return LazySource(LazyXComSequence(count))


def _list(_: Path, count: int) -> Any:
    from airflow_provider_bento.delivery.source import ListSource

    return ListSource(list(records(count)))


def _generator(_: Path, count: int) -> Any:
    from airflow_provider_bento.sources.functions import GeneratorSource

    return GeneratorSource(lambda: records(count))


def _frame(library: str) -> Callable[[Path, int], Any]:
    def make(folder: Path, _: int) -> Any:
        import pyarrow.parquet as pq

        from airflow_provider_bento.sources.dataframes import FrameSource
        from airflow_provider_bento.sources.mapping import MappedSource

        table = pq.read_table(folder / "rows.parquet")
        if library == "pandas":
            table = table.to_pandas()
        elif library == "polars":
            import polars as pl

            table = pl.from_arrow(table)
        return MappedSource(FrameSource(table), COLUMNS, CONSTANTS)

    return make


def _file(name: str, *, mapped: bool) -> Callable[[Path, int], Any]:
    def make(folder: Path, _: int) -> Any:
        from airflow_provider_bento.sources.files.source import FileSource
        from airflow_provider_bento.sources.mapping import MappedSource

        source = FileSource(folder / name)
        if name.endswith(".csv"):  # all text there; Bento wants the amount as a number
            return MappedSource(source, _typed)
        return MappedSource(source, COLUMNS, CONSTANTS) if mapped else source

    return make


def _typed(row: dict[str, str]) -> dict[str, Any]:
    value = {"currency": "USD", "amount": int(row["amount"])}
    details = {"unique": {"key": row["order_key"]}, "value": value, "note": row["note"]}
    return {"type": "$purchase", "email": row["email"], "details": details}


def _sql(**arguments: Any) -> Callable[[Path, int], Any]:
    def make(folder: Path, _: int) -> Any:
        from airflow_provider_bento.sources.mapping import MappedSource
        from airflow_provider_bento.sources.sql.source import SqlSource

        hook: Any = types.SimpleNamespace(
            placeholder="?", conn_type="sqlite", get_conn=lambda: sqlite3.connect(folder / "rows.sqlite")
        )
        return MappedSource(SqlSource("SELECT * FROM rows ORDER BY id", hook=hook, **arguments), COLUMNS, CONSTANTS)

    return make


def _merged(folder: Path, count: int) -> Any:
    from airflow_provider_bento.sources.merging import MergedSource

    return MergedSource(_file("rows.jsonl", mapped=False)(folder, count))


CASES: dict[str, Callable[[Path, int], Any]] = {
    "list": _list,
    "lazy XCom": _lazy,
    "generator": _generator,
    "JSON Lines": _file("rows.jsonl", mapped=False),
    "JSON Lines, gzip": _file("rows.jsonl.gz", mapped=False),
    "CSV, by a function": _file("rows.csv", mapped=True),
    "Parquet, mapped": _file("rows.parquet", mapped=True),
    "SQLite by key, mapped": _sql(resume_key="id"),
    "SQLite by order, mapped": _sql(),
    "pandas, mapped": _frame("pandas"),
    "polars, mapped": _frame("polars"),
    "Arrow table, mapped": _frame("arrow"),
    "JSON Lines, merged": _merged,
}
