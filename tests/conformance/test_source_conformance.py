"""What every source promises: its order, a resume from every position, changes told, bad rows named by position."""

from __future__ import annotations

import collections
import gzip
import io
import itertools
import json
import sqlite3
import types
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from airflow.providers.common.compat.sdk import BaseHook, ObjectStoragePath
from airflow.providers.common.compat.sdk import io as airflow_io
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from engines.object_storage import RCLONE
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.source import ListSource, Source, blocks_of
from airflow_provider_bento.delivery.values import Cursor, DeadLetter, Row
from airflow_provider_bento.exceptions import BentoSourceChanged
from airflow_provider_bento.sources.argument import source_of
from airflow_provider_bento.sources.dead_letters import DeadLetterSource
from airflow_provider_bento.sources.files.listing import File
from airflow_provider_bento.sources.files.source import FileSource
from airflow_provider_bento.sources.functions import GeneratorSource
from airflow_provider_bento.sources.mapping import MappedSource
from airflow_provider_bento.sources.merging import MergedSource
from airflow_provider_bento.sources.sql.source import SqlSource
from airflow_provider_bento.sources.text_rows import TextRowsSource
from airflow_provider_bento.sources.watermarked import WatermarkedSource
from airflow_provider_bento.stores.dead_letters import DeadLetterFile
from airflow_provider_bento.sync.watermark import Watch

Record = dict[str, Any]

RECORDS: list[Record] = [{"id": n, "email": f"p{n}@example.com", "name": f'Zoë,\n"{n}"'} for n in range(23)]
TEXTS: list[Record] = [{key: str(value) for key, value in record.items()} for record in RECORDS]


@dataclass
class Case:
    """One kind of source over something that lies outside the process.

    :ivar make: opens it anew, as another attempt does.
    :ivar expected: its rows.
    :ivar change: changes what is read, in its first rows.
    :ivar unreadable: position → a word of the reason.
    :ivar pulled: how many units (items, rows, bytes) were fetched from outside so far; ``None``: nobody counts.
    :ivar constant: units that a resume may fetch beside what is left.
    """

    make: Callable[[], Source]
    change: Callable[[], object]
    expected: list[Any] = field(default_factory=lambda: RECORDS)
    unreadable: dict[int, str] = field(default_factory=dict)
    pulled: Callable[[], int] | None = None
    constant: int = 2


class LazyXComSequence(collections.UserList[Any]):
    """Read by its name as Airflow's is; slices are plain lists. Counts its items as they are fetched."""

    fetched = 0

    def __getitem__(self, key: Any) -> Any:
        found = self.data[key]
        LazyXComSequence.fetched += len(found) if isinstance(key, slice) else 1
        return found


class Counted(io.RawIOBase):
    """A file that counts the bytes that are read of it."""

    bytes = 0

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go there; costs nothing."""
        return int(self._stream.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        """Read, and count."""
        read = int(self._stream.readinto(buffer))
        Counted.bytes += read
        return read

    def close(self) -> None:
        """Close it."""
        self._stream.close()
        super().close()


@pytest.fixture(autouse=True)
def _count_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = File.open
    monkeypatch.setattr(File, "open", lambda file: io.BufferedReader(Counted(opened(file)), 16))


def changed(records: list[Record]) -> list[Record]:
    """Return the records with another first one."""
    return [{**records[0], "name": "somebody else"}, *records[1:]]


def _in_memory(make: Callable[[list[Record]], Source]) -> Callable[..., Case]:
    def case(*_: Any) -> Case:
        held = [RECORDS]
        return Case(lambda: make(held[0]), lambda: held.insert(0, changed(RECORDS)))

    return case


def _nested(records: list[Record]) -> Source:
    return source_of(LazyXComSequence([records[:2], [], records[2], records[3:15], *records[15:]]), "events")


def _lazy(*_: Any) -> Case:
    case = _in_memory(lambda records: source_of(LazyXComSequence(records), "events"))()
    case.pulled = lambda: LazyXComSequence.fetched
    return case


def as_jsonl(records: Iterable[Any]) -> bytes:
    """Return JSON Lines as unfriendly as they may be: a byte order mark, CRLF, blank lines, no last line feed."""
    return b"\xef\xbb\xbf" + b"\r\n \n\r\n".join(json.dumps(record).encode() for record in records)


def as_utf_16(records: list[Record]) -> bytes:
    """Return JSON Lines as Windows PowerShell writes them."""
    return as_jsonl(records).decode("utf-8-sig").encode("utf-16")


def as_csv(records: list[Record]) -> bytes:
    """Return CSV with a byte order mark, CRLF, quoted line feeds and blank lines."""
    quoted = ['"{}"'.format('","'.join(str(value).replace('"', '""') for value in r.values())) for r in records]
    return b"\xef\xbb\xbf" + "\r\n\r\n".join(["id,email,name", *quoted]).encode()


def as_excel(records: list[Record]) -> bytes:
    """Return CSV as Excel writes it in most of Europe: semicolons, a line that says so, two byte order marks."""
    lines = [f'{r["id"]}; {r["email"]} ;"{r["name"].replace(chr(34), chr(34) * 2)}"' for r in records]
    return b"\xef\xbb\xbf" * 2 + "\r\n".join(["sep=;", "id;email\u200b;name", *lines]).encode()


def as_parquet(records: list[Record]) -> bytes:
    """Return Parquet of several row groups."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), buffer, row_group_size=5)
    return buffer.getvalue()


def _file(
    name: str,
    encode: Callable[[list[Record]], bytes],
    expected: list[Record] = RECORDS,
    *,
    constant: int | None = None,
    **options: Any,
) -> Callable[..., Case]:
    def case(folder: Path, _: Any) -> Case:
        path = folder / name
        path.write_bytes(encode(RECORDS))
        change = lambda: path.write_bytes(encode(changed(RECORDS)))  # noqa: E731
        pulled = None if constant is None else (lambda: Counted.bytes)
        return Case(lambda: FileSource(path, **options), change, expected, pulled=pulled, constant=constant or 0)

    return case


def _on_s3(name: str, encode: Callable[[list[Record]], bytes]) -> Callable[..., Case]:
    def case(_: Path, request: pytest.FixtureRequest) -> Case:
        path = ObjectStoragePath(f"{request.getfixturevalue('lake')}/{uuid.uuid4().hex}/{name}")
        path.write_bytes(encode(RECORDS))
        return Case(lambda: FileSource(path), lambda: path.write_bytes(encode(changed(RECORDS))), RECORDS)

    return case


def _folder(folder: Path, _: Any) -> Case:
    def put(name: str, data: bytes) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)

    put("b.jsonl", as_jsonl(RECORDS[10:12]))
    put("a/2.parquet", as_parquet(RECORDS[5:10]))
    put("a/1.jsonl.gz", gzip.compress(as_jsonl(RECORDS[:5])))
    put("a/10.jsonl", b"")
    put("c.jsonl", as_jsonl(RECORDS[12:]))
    put("_SUCCESS", b"")
    put(".hidden.jsonl", b"{}")
    expected = RECORDS
    return Case(lambda: FileSource(folder), lambda: put("a/0.jsonl", as_jsonl(RECORDS[:1])), expected)


def _glob(*_: Any) -> Case:
    fs = MemoryFileSystem()
    airflow_io.store.attach("memory", fs=fs)
    bucket = uuid.uuid4().hex
    for number in range(4):
        fs.pipe_file(f"/{bucket}/day={number}/part.jsonl", as_jsonl(RECORDS[number * 6 : number * 6 + 6]))
    fs.pipe_file(f"/{bucket}/day=0/other.csv", b"x")
    return Case(
        lambda: source_of(f"memory://{bucket}/day=*/*.jsonl", "events"),
        lambda: fs.pipe_file(f"/{bucket}/day=0/part.jsonl", as_jsonl(changed(RECORDS[:6]))),
    )


def _broken(folder: Path, _: Any) -> Case:
    path = folder / "rows.jsonl"
    path.write_bytes(b'{"id":0}\n{"id":1\n\n\xff\n[1]\n{"id":NaN}\n{"id":4}{}\n' + b"[" * 5_000 + b'\n{"id":7}')
    expected = [{"id": 0}, '{"id":1', "\\xff", [1], None, '{"id":4}{}', "[" * 5_000, {"id": 7}]
    unreadable = {
        1: "line 2 of rows.jsonl is not JSON",
        2: "line 4 of rows.jsonl is not UTF-8",
        3: "line 5 of rows.jsonl is not a JSON object",
        5: "line 7",
        6: "line 8",
    }
    return Case(lambda: FileSource(path), lambda: path.write_bytes(b"{}\n" * 8), expected, unreadable)


def _broken_list(folder: Path, _: Any) -> Case:
    path = folder / "rows.json"
    path.write_bytes(b'[{"id":0},\n{"id":1,\n"x":}, {"id":"\xff"}, 7,\n{"id":4}, {"id":5}{}, {"id":6}]')
    expected = [{"id": 0}, '{"id":1,\n"x":}', '{"id":"\\xff"}', 7, {"id": 4}, '{"id":5}{}', {"id": 6}]
    unreadable = {
        1: "element 2 of the list in rows.json is not JSON",
        2: "element 3 of the list in rows.json is not UTF-8",
        3: "element 4 of the list in rows.json is not a JSON object",
        5: "element 6",
    }
    return Case(lambda: FileSource(path), lambda: path.write_bytes(b"[{}]"), expected, unreadable)


def _broken_csv(folder: Path, _: Any) -> Case:
    path = folder / "rows.csv"
    path.write_bytes(b'id,name\n1,a\n2\n3,b,c\n\n"4"x,d\n5,"e\ne"\n6,\xff\n7,\n8,"never\nends\n')
    expected = [
        {"id": "1", "name": "a"},
        None,
        None,
        None,
        {"id": "5", "name": "e\ne"},
        None,
        {"id": "7", "name": None},
        None,
        None,
    ]
    unreadable = {
        1: "line 3 of rows.csv has 1 field, but the header has 2",
        2: "line 4 of rows.csv has 3 fields, but the header has 2",
        3: "line 6 of rows.csv is not CSV",
        5: "line 9 of rows.csv is not UTF-8",
        7: "line 11 of rows.csv is not CSV",
        8: "line 12 of rows.csv has 1 field, but the header has 2",
    }
    return Case(lambda: FileSource(path), lambda: path.write_bytes(b"id\n" * 9), expected, unreadable)


def _fill(run: Callable[..., object], cursor: str) -> None:
    run("CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, name TEXT)")
    for record in reversed(RECORDS):
        run(f"INSERT INTO people VALUES ({cursor}, {cursor}, {cursor})", tuple(record.values()))


QUERY = "SELECT id, email, name FROM people WHERE name LIKE '%' -- all of them;"
UPDATE = "UPDATE people SET name = 'somebody else' WHERE id = 0"


def _sqlite(**arguments: Any) -> Callable[..., Case]:
    def case(folder: Path, _: Any) -> Case:
        path = folder / "people.sqlite"

        fetched: list[Any] = []

        class Hook(SqliteHook):
            def get_conn(self) -> sqlite3.Connection:
                opened = sqlite3.connect(path)
                opened.row_factory = lambda _, row: fetched.append(row) or row
                return opened

            connection_extra = types.MappingProxyType({})

        connection = sqlite3.connect(path)
        _fill(connection.execute, "?")
        connection.commit()
        sql = QUERY if "resume_key" in arguments else f"{QUERY.partition(' --')[0]} ORDER BY id"

        made = dict(arguments)

        def alter() -> None:
            connection.execute(UPDATE)
            connection.commit()
            connection.close()
            if "resume_key" in made:  # what lies behind the key is right whatever happened before it
                made["resume_key"] = "email"

        return Case(lambda: SqlSource(sql, hook=Hook(), **made), alter, pulled=lambda: len(fetched))

    return case


def _postgres(**arguments: Any) -> Callable[..., Case]:
    def case(_: Path, request: pytest.FixtureRequest) -> Case:
        conn_id = request.getfixturevalue("postgres")
        hook = BaseHook.get_connection(conn_id).get_hook()
        hook.run("DROP TABLE IF EXISTS people")
        _fill(lambda sql, values=None: hook.run(sql, parameters=values), "%s")
        sql = QUERY if "resume_key" in arguments else f"{QUERY.partition(' --')[0]} ORDER BY id"
        made = dict(arguments)

        def alter() -> None:
            hook.run(UPDATE)
            if "resume_key" in made:
                made["resume_key"] = "name"

        return Case(lambda: SqlSource(sql, conn_id=conn_id, **made), alter)

    return case


def _mapped(records: list[Record]) -> Source:
    renamed = [{"ID": r["id"], "EmailAddress": r["email"], "Name": r["name"], "other": 1} for r in records]
    return MappedSource(ListSource(renamed), {"id": "ID", "email": "EmailAddress", "name": "Name"})


def _merged(*_: Any) -> Case:
    people: list[Record] = [
        {"number": r["id"], "email": r["email"], "name": r["name"]} for r in RECORDS
    ]  # id is Bento's
    rows: list[Any] = [row for record in people for row in ({**record, "name": "older"}, "no mapping", record)]
    firsts = {f"p{n}@example.com" for n in range(4)}
    rows += [{"email": f" {email.upper()} ", "again": True} for email in sorted(firsts)]
    expected: list[Any] = []
    for record in people:
        again = {"again": True, "email": f" {record['email'].upper()} "} if record["email"] in firsts else {}
        expected += [{**record, **again}, "no mapping"]
    held = [rows]
    return Case(lambda: MergedSource(ListSource(held[0])), lambda: held.insert(0, rows[1:]), expected)


def _text_rows(*_: Any) -> Case:
    held: list[list[object]] = [[one["email"] if one["id"] % 2 else one for one in RECORDS]]
    expected = [{"email": one["email"]} if one["id"] % 2 else one for one in RECORDS]
    change = lambda: held.insert(0, held[0][1:])  # noqa: E731 - as below
    return Case(lambda: TextRowsSource(ListSource(held[0]), "email"), change, expected)


def _letters(folder: Path, _: Any) -> Case:
    path = folder / "rejects.jsonl"
    sink = DeadLetterFile(path, run="run")
    kinds: list[Any] = ["invalid", "skipped", "rejected", "suspect"]
    letters = [
        DeadLetter(at * 7, at, kinds[at % 4], (FieldError("a", "b"),), 1, "events", record)
        for at, record in enumerate(record for record in RECORDS for _ in range(2))
    ]
    sink.write(letters)
    change = lambda: path.write_bytes(path.read_bytes().replace(b"p0@", b"q0@"))  # noqa: E731 - the length stays
    return Case(lambda: DeadLetterSource(path), change, [letter.record for letter in letters[::2]])


class _Again:
    """An object of no known kind that can be iterated over again."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records

    def __iter__(self) -> Any:
        return iter(self.records)


PARQUET_BYTES = 5_500 if int(pa.__version__.partition(".")[0]) <= 15 else 4_500
"""What a resume reads at most; pyarrow 15 asks for a footer of another size."""

ON_S3 = {
    "JSON Lines on S3": _on_s3("rows.jsonl", as_jsonl),
    "JSON Lines, gzip, on S3": _on_s3("rows.jsonl.gz", lambda records: gzip.compress(as_jsonl(records))),
    "Parquet on S3": _on_s3("rows.parquet", as_parquet),
}
CASES: dict[str, Callable[..., Case]] = {
    "list": _in_memory(ListSource),
    "lazy sequence": _lazy,
    "lazy sequence of lists": _in_memory(_nested),
    "pandas": _in_memory(lambda records: source_of(pd.DataFrame(records), "events")),
    "polars": _in_memory(lambda records: source_of(pl.DataFrame(records), "events")),
    "arrow table": _in_memory(lambda records: source_of(pa.Table.from_pylist(records), "events")),
    "arrow batch": _in_memory(lambda records: source_of(pa.RecordBatch.from_pylist(records), "events")),
    "iterable": _in_memory(lambda records: source_of(_Again(records), "events")),
    "generator": _in_memory(lambda records: GeneratorSource(lambda: (dict(record) for record in records))),
    "mapped": _in_memory(_mapped),
    "merged": _merged,
    "text rows": _text_rows,
    "watermarked": _in_memory(
        lambda records: WatermarkedSource(ListSource(records), "id", lambda: Watch("id"), [].append)
    ),
    "JSON Lines": _file("rows.jsonl", as_jsonl, constant=100),
    "JSON Lines, gzip": _file("rows.ndjson.gz", lambda records: gzip.compress(as_jsonl(records))),
    "JSON Lines, zstd": _file("rows.json.zst", lambda records: zstandard.compress(as_jsonl(records))),
    "JSON Lines, UTF-16": _file("rows.jsonl", as_utf_16, encoding="utf-16"),
    "JSON list": _file("rows.json", lambda records: json.dumps(records, indent=1).encode()),
    "broken JSON list": _broken_list,
    "CSV": _file("rows.csv", as_csv, TEXTS),
    "CSV of Excel": _file("rows.csv", as_excel, TEXTS),
    "CSV, gzip": _file("rows.csv.gz", lambda records: gzip.compress(as_csv(records)), TEXTS),
    "Parquet": _file("rows.parquet", as_parquet, constant=PARQUET_BYTES),
    "folder": _folder,
    "pattern": _glob,
    "broken JSON Lines": _broken,
    "broken CSV": _broken_csv,
    "dead letters": _letters,
    "SQLite by key": _sqlite(resume_key="id"),
    "SQLite by order": _sqlite(),
    "PostgreSQL by key": _postgres(resume_key="id"),
    "PostgreSQL by order": _postgres(),
    **(ON_S3 if RCLONE.exists() else {}),
}

PASSED_OVER = {
    "JSON Lines, gzip", "JSON Lines, zstd", "JSON Lines, UTF-16", "JSON list", "broken JSON list", "CSV", "CSV, gzip",
    "CSV of Excel", "broken CSV", "JSON Lines, gzip, on S3",
}  # fmt: skip
"""Files in which nothing tells where a row begins: their bytes are read again, their rows are not judged again."""
COUNTED_ELSEWHERE = {"lazy sequence of lists", "folder", "pattern", "broken JSON Lines", "PostgreSQL by key", *ON_S3}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """Return one kind of source."""
    return CASES[request.param](tmp_path, request)


def through_a_checkpoint(cursor: Cursor) -> Cursor:
    """Return the mark as it comes back from a store."""
    return msgspec.convert(json.loads(msgspec.json.encode(cursor)), Cursor)


def told(rows: Iterable[Row]) -> list[str]:
    """Return rows as texts that are equal if the rows are (NaN is not equal to itself)."""
    return [repr(row) for row in rows]


def test_rows_come_in_order(case: Case) -> None:
    """Every row is there once, in its order; positions grow."""
    rows = list(case.make().rows(Cursor()))
    whole = [(row.data, want) for row, want in zip(rows, case.expected, strict=True) if want is not None]
    assert [data for data, _ in whole] == [want for _, want in whole]
    positions = [row.position for row in rows]
    assert positions == sorted(set(positions))


def test_bad_rows_are_named_by_position(case: Case) -> None:
    """What cannot be read is a faulty row at its place, not an end."""
    unreadable = {row.position: row.unreadable for row in case.make().rows(Cursor()) if row.unreadable is not None}
    assert unreadable.keys() == case.unreadable.keys()
    assert all(words in str(unreadable[position]) for position, words in case.unreadable.items())


def test_reading_again_gives_the_same(case: Case) -> None:
    """Twice from one source, and from the source of another attempt, which has the same identity."""
    source = case.make()
    first = told(source.rows(Cursor()))
    assert told(source.rows(Cursor())) == first
    assert told(case.make().rows(Cursor())) == first
    assert case.make().identity() == source.identity()


def test_blocks_are_the_same_rows(case: Case) -> None:
    """Some at a time, from any place on."""
    rows = list(case.make().rows(Cursor()))
    for done, size in ((0, 5), (0, 100), (7, 4)):
        after = rows[done - 1].after if done else Cursor()
        blocks = list(blocks_of(case.make(), through_a_checkpoint(after), lambda size=size: size))  # type: ignore[misc]  # the loop's own
        assert all(0 < len(block) <= size for block in blocks)
        assert told(row for block in blocks for row in block) == told(rows[done:])


def test_it_resumes_behind_every_row(case: Case) -> None:
    """Another attempt that begins behind a row reads what the first one would have read next."""
    rows = list(case.make().rows(Cursor()))
    for done, row in enumerate(rows, 1):
        assert told(case.make().rows(through_a_checkpoint(row.after))) == told(rows[done:])


def test_it_resumes_at_every_position_without_a_token(case: Case) -> None:
    """A position alone is enough, if slower."""
    rows = list(case.make().rows(Cursor()))
    for done, row in enumerate(rows, 1):
        assert told(case.make().rows(Cursor(row.position + 1))) == told(rows[done:])


class Careless:
    """A source that says it resumes cheaply, and reads from its first row."""

    resumable = True

    def __init__(self, source: Source) -> None:
        self.rereadable, self.identity, self._source = source.rereadable, source.identity, source

    def rows(self, after: Cursor) -> Any:
        """Yield the rows behind the mark, all of them read."""
        return itertools.dropwhile(lambda row: row.position < after.position, self._source.rows(Cursor()))


def pulls_of_what_is_done(case: Case) -> float:
    """Return the most that a resume behind any row fetches beside what is left; rows weigh about the same."""
    assert case.pulled is not None
    before = case.pulled()
    rows = list(case.make().rows(Cursor()))
    whole, most = case.pulled() - before, 0.0
    for done, row in enumerate(rows, 1):
        before = case.pulled()
        list(case.make().rows(through_a_checkpoint(row.after)))
        most = max(most, case.pulled() - before - whole * (len(rows) - done) / len(rows))
    return most


def test_a_cheap_resume_fetches_a_constant_amount_of_what_is_done(case: Case) -> None:
    """However far the mark is; and a source that would read all of it would be found out."""
    if not case.make().resumable or case.pulled is None:
        return
    assert pulls_of_what_is_done(case) <= case.constant
    honest = case.make
    case.make = lambda: Careless(honest())
    assert pulls_of_what_is_done(case) > case.constant


def test_whoever_resumes_cheaply_is_counted(case: Case, request: pytest.FixtureRequest) -> None:
    """But for those that must pass over the bytes of what is done, and those that another test counts."""
    kind = request.node.callspec.params["case"]
    assert (case.make().resumable and case.pulled is None) == (kind in PASSED_OVER | COUNTED_ELSEWHERE)


def test_a_reading_may_be_given_up(case: Case) -> None:
    """A reader that stops in the middle leaves nothing open, and another can begin."""
    source = case.make()
    reading = iter(source.rows(Cursor()))
    first = repr(next(reading))
    close = getattr(reading, "close", None)
    if close is not None:
        close()
    assert repr(next(iter(source.rows(Cursor())))) == first


def test_a_changed_source_is_detected(case: Case) -> None:
    """By its identity; or by the rows before the mark, where they are read again and compared; or by the source."""
    before = case.make()
    identity, rows = before.identity(), list(before.rows(Cursor()))
    cursor = rows[len(rows) // 2].after
    case.change()
    source = case.make()
    if source.identity() != identity:
        return
    if not source.resumable:  # the delivery reads it again and compares
        confirmed = [repr(row.data) for row in rows if row.position < cursor.position]
        again = [repr(row.data) for row in source.rows(Cursor()) if row.position < cursor.position]
        assert again != confirmed
    else:
        with pytest.raises(BentoSourceChanged):
            list(source.rows(through_a_checkpoint(cursor)))


def test_identities_hold_no_values(case: Case) -> None:
    """They go into checkpoints."""
    identity = case.make().identity()
    assert len(identity) < 200
    assert not any(record["email"] in identity for record in RECORDS)
