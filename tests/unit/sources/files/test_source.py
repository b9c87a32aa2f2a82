"""Files: what is refused, what changes in mid-run, what fails, and how much memory it takes."""

from __future__ import annotations

import codecs
import collections
import gzip
import itertools
import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from airflow.providers.common.compat.sdk import ObjectStoragePath, io
from fsspec.implementations.memory import MemoryFileSystem
from memory import peak_bytes

from airflow_provider_bento.delivery.source import share_of, size_of
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoRetryLater, BentoSetupError, BentoSourceChanged
from airflow_provider_bento.sources.argument import check_argument, source_of
from airflow_provider_bento.sources.files.listing import File
from airflow_provider_bento.sources.files.options import checked_file_options
from airflow_provider_bento.sources.files.source import FileSource


def data(path: Any, **settings: Any) -> list[object]:
    """Return the rows of a file, malformed ones as their faults."""
    return [row.unreadable or row.data for row in FileSource(path, **settings).rows(Cursor())]


def put(path: Path, content: bytes) -> Path:
    """Write a file."""
    path.write_bytes(content)
    return path


REFUSED: list[tuple[str, bytes, str]] = [
    ("rows.txt", b"{}", r'The format of the file .* is unknown.*file_options=\{"format": "csv"\}'),
    ("rows", b"{}", "The format of the file .* is unknown"),
    ("rows.parquet.gz", b"", "is a compressed Parquet file"),
    ("rows.parquet", b"PAR1 no", "not a Parquet file, or is corrupt"),
    ("rows.jsonl", b'[{"id":1}]', "one JSON list"),
    ("rows.ndjson", b'\xef\xbb\xbf [\n{"id":1}\n]', "one JSON list"),
    ("rows.jsonl", '{"id":1}'.encode("utf-16"), "UTF-16"),
    ("rows.csv", b"PK\x03\x04\x14\x00\x06\x00", "rows.csv is an Excel workbook, .* Export it as CSV"),
    ("rows.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
    ("rows.csv", gzip.compress(b"id\n1\n"), r"compressed with gzip. Its name must end with \.gz"),
    ("rows.jsonl", zstandard.compress(b"{}"), r"compressed with zstd. Its name must end with \.zst"),
    ("rows.json", b"PAR1\x15\x04", r'a Parquet file.*file_options=\{"format": "parquet"\}'),
    ("rows.csv", b"Obj\x01\x04", "an Avro file"),
    ("rows.csv", "id\n1".encode("utf-16"), "not UTF-8"),
    ("rows.csv", b'"id', "no header line"),
    ("rows.csv", b"id,,name\n1,2,3", "Column 2 of rows.csv has no name"),
    ("rows.csv", b"id,name, id \n1,2,3", "names a column twice: 'id'"),
    ("rows.jsonl.gz", b'{"id":1}', "cannot be read, or is corrupt .BadGzipFile"),
    ("rows.jsonl.gz", gzip.compress(b'{"id":1}\n' * 99)[:-9], "cannot be read, or is corrupt .EOFError"),
    ("rows.jsonl.zst", b'{"id":1}', "cannot be read, or is corrupt .ZstdError"),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED, ids=range(len(REFUSED)))
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """It is refused as a whole, with what to change."""
    with pytest.raises(BentoSetupError, match=words):
        data(put(tmp_path / name, content))


@pytest.mark.parametrize("name", ["none.jsonl", "*.jsonl", "empty", "no/such/folder"])
def test_nothing_there_is_told(tmp_path: Path, name: str) -> None:
    """No file, no match, an empty folder: a mistake rather than a day without records."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(BentoSetupError, match="There is no file at"):
        data(tmp_path / name)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"format": "xml"}, "format must be one of jsonl, json, csv, parquet; it is 'xml'"),
        ({"format": ["csv"]}, "format must be .*it is of type list"),
        ({"delimiter": ""}, "delimiter must be one character"),
        ({"delimiter": ";;"}, "delimiter must"),
        ({"delimiter": '"'}, "delimiter must"),
        ({"delimiter": "\n"}, "delimiter must"),
        ({"delimiter": ";", "quote": ";"}, "delimiter and quote must be different"),
        ({"quote": "''"}, "quote must be one character, or '' for none"),
        ({"encoding": "utf-9"}, "encoding must be the name of a text encoding.*it is 'utf-9'"),
        ({"encoding": "base64"}, "encoding must"),
        ({"encoding": 8}, "encoding must.*it is of type int"),
        ({"header": "id,name"}, "header must be a list"),
        ({"header": []}, "header must"),
        ({"header": ["a", ""]}, "header must"),
        ({"header": True}, "header must.*it is True"),
        ({"null": [None]}, "null must be a list of words"),
        ({"null": {"NULL"}}, "null must"),
        ({"trim": "no"}, "trim must be True or False; it is 'no'"),
        ({"keep_empty": 1}, "keep_empty must be True or False; it is of type int"),
        ({"format": "jsonl", "delimiter": ";"}, "delimiter has no effect with format 'jsonl'"),
        ({"format": "parquet", "encoding": "utf-8"}, "encoding has no effect with format 'parquet'"),
        ({"delimeter": ";"}, "'delimeter', which is not an option: did you mean delimiter"),
        ({"sep": ";"}, "did you mean delimiter"),
        ({"Encoding": "utf-8"}, "did you mean encoding"),
        ({"na_values": []}, "did you mean null"),
        ({"compression": "gzip"}, "not an option: known options: format, encoding, delimiter"),
        (["delimiter"], " is of type list. Pass a dict"),
        ("delimiter=;", " is of type str"),
        ({1: 2}, "'1', which is not an option"),
    ],
    ids=str,
)
def test_options_that_cannot_be_meant(settings: Any, words: str) -> None:
    """They are refused before anything is read, the option named."""
    with pytest.raises(BentoSetupError, match=f"file_options.*{words}"):
        checked_file_options(settings)
    if isinstance(settings, dict) and all(isinstance(key, str) for key in settings):
        with pytest.raises(BentoSetupError, match=words):
            FileSource("rows.csv", **settings)


def test_options_that_are_none_are_not_there() -> None:
    """An author may pass on what a variable holds."""
    assert checked_file_options(None) == checked_file_options({"delimiter": None, "format": None}) == {}
    assert checked_file_options({"header": ("a", "b"), "trim": False}) == {"header": ["a", "b"], "trim": False}


def test_a_format_may_be_named(tmp_path: Path) -> None:
    """Where the name does not tell."""
    assert data(put(tmp_path / "rows.txt", b'{"id":1}'), format="jsonl") == [{"id": 1}]
    assert data(put(tmp_path / "rows.log.gz", gzip.compress(b"id\n1")), format="csv") == [{"id": "1"}]


def test_csv_settings(tmp_path: Path) -> None:
    """Tabs, another delimiter, no header line, empty fields left out or kept."""
    assert data(put(tmp_path / "rows.tsv", b"id\tname\n1\t2,5\n")) == [{"id": "1", "name": "2,5"}]
    assert data(put(tmp_path / "rows.csv", b"id;name\n1;\n"), delimiter=";") == [{"id": "1", "name": None}]
    path = put(tmp_path / "bare.csv", b"1,\n,2\n")
    kept = [{"id": "1", "name": ""}, {"id": "", "name": "2"}]
    assert data(path, header=["id", "name"], keep_empty=True) == kept
    resumed = FileSource(path, header=["id", "name"], keep_empty=True).rows(Cursor(1))
    assert [row.data for row in resumed] == kept[1:]


def test_empty_files_have_no_rows(tmp_path: Path) -> None:
    """Nothing, blank lines, a header alone, a table of no rows, a compressed nothing."""
    pq.write_table(pa.table({"id": pa.array([], pa.int64())}), tmp_path / "rows.parquet")
    put(tmp_path / "a.jsonl", b"")
    put(tmp_path / "b.jsonl", b"\n\r\n  \n")
    put(tmp_path / "c.csv", b"id,name\n")
    put(tmp_path / "d.jsonl.gz", gzip.compress(b""))
    put(tmp_path / "e.jsonl.zst", zstandard.compress(b""))
    put(tmp_path / "f.csv", b"")
    put(tmp_path / "g.csv", b"\n\n")
    assert data(tmp_path) == []


def test_compressed_files_of_several_parts(tmp_path: Path) -> None:
    """Appending to gzip and zstd files makes members, and all of them are read."""
    lines = [b'{"id":1}\n', b'{"id":2}\n']
    put(tmp_path / "a.jsonl.gz", b"".join(map(gzip.compress, lines)))
    put(tmp_path / "b.jsonl.zst", b"".join(map(zstandard.compress, lines)))
    assert data(tmp_path) == [{"id": 1}, {"id": 2}] * 2


def test_a_cut_off_file_is_told(tmp_path: Path) -> None:
    """Half an upload must not pass for a whole one, whatever it is compressed with."""
    lines = b"".join(_rows(2_000))
    for name, packed in (("a.jsonl.zst", zstandard.compress(lines)), ("a.jsonl.gz", gzip.compress(lines))):
        for size in (len(packed) // 3, len(packed) - 1):
            with pytest.raises(BentoSetupError, match="corrupt"):
                data(put(tmp_path / name, packed[:size]))
        assert len(data(put(tmp_path / name, packed))) == 2_000


def test_zstd_frames_that_hold_nothing_are_passed_over(tmp_path: Path) -> None:
    """Empty ones, and those that other programs left for themselves."""
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    packed = [skipped, zstandard.compress(b""), zstandard.compress(b'{"a":1}\n'), skipped]
    assert data(put(tmp_path / "a.jsonl.zst", b"".join(packed))) == [{"a": 1}]


def test_a_quote_that_is_not_closed_costs_one_row(tmp_path: Path) -> None:
    """The rows behind it are rows, and its own line is kept for whoever mends it."""
    lines = [b"id,name\n", b'1,"a\n', b"2,b\n", b'3,"c\nd"\n', b'4,"e" \n', b"5,f\n"]
    found = list(FileSource(put(tmp_path / "a.csv", b"".join(lines))).rows(Cursor()))
    assert [row.data for row in found if row.unreadable is None] == [
        {"id": "2", "name": "b"},
        {"id": "3", "name": "c\nd"},
        {"id": "5", "name": "f"},
    ]
    assert [(row.position, row.data) for row in found if row.unreadable] == [(0, '1,"a'), (3, '4,"e" ')]
    assert "line 2 of a.csv is not CSV" in str(found[0].unreadable)
    for row in found:
        assert list(FileSource(tmp_path / "a.csv").rows(row.after)) == found[row.position + 1 :]


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    """Only one of them could become a key."""
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["email", "email"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(BentoSetupError, match="two columns with the same name: 'email'"):
        data(tmp_path / "a.parquet")


def test_an_index_without_a_name_is_no_field(tmp_path: Path) -> None:
    """Pandas stores the index of a filtered frame beside the data, and it would become a field of everybody."""
    pd.DataFrame({"email": ["a", "b", "c", "d"]}).drop([1]).to_parquet(tmp_path / "a.parquet")
    assert "__index_level_0__" in pq.read_schema(tmp_path / "a.parquet").names
    assert data(tmp_path / "a.parquet") == [{"email": "a"}, {"email": "c"}, {"email": "d"}]


def _damaged(folder: Path, compression: str) -> Path:
    """Write a Parquet file whose last page of data is garbage."""
    path = folder / f"{compression}.parquet"
    texts = [f"{n:x}" * 9 for n in range(5_000)]
    pq.write_table(pa.table({"text": texts}), path, compression=compression, use_dictionary=False)
    content = bytearray(path.read_bytes())
    begin = len(content) // 2
    content[begin : begin + 200] = b"\xff" * 200
    return put(path, bytes(content))


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "none"])
def test_a_damaged_page_is_not_worth_a_retry(tmp_path: Path, compression: str) -> None:
    """It stays damaged, whether it cannot be decompressed or is no text."""
    with pytest.raises(BentoSetupError, match=f"{compression}.parquet is not a Parquet file, or is corrupt"):
        data(_damaged(tmp_path, compression))


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), OSError("odd")], ids=repr)
def test_a_store_that_goes_away_in_mid_file_is_worth_a_retry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """Also where its error is of the class that a damaged page has."""
    pq.write_table(pa.table({"id": range(5_000)}), tmp_path / "a.parquet", row_group_size=1_000)
    rows = FileSource(tmp_path / "a.parquet").rows(Cursor())
    opened: list[Any] = []
    real = File.open
    monkeypatch.setattr(File, "open", lambda file: opened.append(_Breaking(real(file))) or opened[0])
    next(rows)
    opened[0].error = error
    with pytest.raises(BentoRetryLater):
        list(rows)


class _Breaking:
    """A file that can be read until it has an error."""

    error: Exception | None = None

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> Any:
        """Read, or fail."""
        if self.error is not None:
            raise self.error
        return self._stream.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def test_joined_files_bring_their_byte_order_marks(tmp_path: Path) -> None:
    """Each of them began with one."""
    part = codecs.BOM_UTF8 + b'{"a":1}\r\n'
    assert data(put(tmp_path / "a.jsonl.gz", gzip.compress(part) * 2)) == [{"a": 1}, {"a": 1}]


def test_parquet_says_none_for_what_is_missing(tmp_path: Path) -> None:
    """Nulls and NaN are None; nested values are dicts and lists."""
    table = pa.table({"x": [1.5, float("nan"), None], "tags": [["a"], [], None], "at": [{"y": 1}, None, {"y": None}]})
    pq.write_table(table, tmp_path / "rows.parquet")
    assert data(tmp_path / "rows.parquet") == [
        {"x": 1.5, "tags": ["a"], "at": {"y": 1}},
        {"x": None, "tags": [], "at": None},
        {"x": None, "tags": None, "at": {"y": None}},
    ]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.jsonl.gz"])
def test_lines_without_end_do_not_fill_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A line longer than is read at once is one faulty row; the rows behind it are read."""
    for module in ("json_lines", "csv_rows"):
        monkeypatch.setattr(f"airflow_provider_bento.sources.files.{module}.LONGEST", 1000)
    monkeypatch.setattr("csv.field_size_limit", _limit(1000))
    content = b'{"id":1}\n' + b"x" * 5000 + b'\n{"id":3}\n'
    if name == "rows.csv":
        content = b'id\n1\n"' + b"x" * 5000 + b'"\n3\n'
    put(tmp_path / name, gzip.compress(content) if name.endswith(".gz") else content)
    first, second, third = data(tmp_path / name)
    assert "line 2" in str(second) or "line 3" in str(second)
    assert msgspec.json.encode([first, third]) in (b'[{"id":1},{"id":3}]', b'[{"id":"1"},{"id":"3"}]')


def _limit(size: int) -> Callable[..., int]:
    import csv

    real = csv.field_size_limit
    real(size)
    return lambda *_: real(size)


@pytest.fixture(autouse=True)
def _own_field_limit() -> Any:
    import csv

    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)


def test_a_large_field_is_fine(tmp_path: Path) -> None:
    """A text of a megabyte, in JSON and in CSV."""
    text = "x" * 2**20
    put(tmp_path / "a.jsonl", msgspec.json.encode({"t": text}))
    put(tmp_path / "b.csv", f"t\n{text}\n".encode())
    assert data(tmp_path) == [{"t": text}] * 2


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    """Appended to behind our back: what was read may be half a line."""
    path = put(tmp_path / "rows.jsonl", b'{"id":1}\n' * 10)
    rows = FileSource(path).rows(Cursor())
    next(rows)
    put(path, b'{"id":1}\n' * 11)
    with pytest.raises(BentoSourceChanged, match="changed while it was being read"):
        list(rows)


def test_a_file_that_vanishes_is_told(tmp_path: Path) -> None:
    """Between two attempts, and between the listing and the reading."""
    path = put(tmp_path / "rows.jsonl", b"{}")
    source = FileSource(path)
    source.identity()
    path.unlink()
    with pytest.raises(BentoSourceChanged):
        list(source.rows(Cursor()))


def test_fewer_files_than_at_the_mark_are_told(tmp_path: Path) -> None:
    """A token that points behind the last file."""
    put(tmp_path / "a.jsonl", b"{}")
    with pytest.raises(BentoSourceChanged, match="fewer files"):
        list(FileSource(tmp_path).rows(Cursor(9, [3, 1, 0, 1])))


def test_identity_knows_names_sizes_times_and_settings(tmp_path: Path) -> None:
    """Each of them changes it; reading again does not."""
    path = put(tmp_path / "a.csv", b"id\n1\n")
    seen = [FileSource(path).identity(), FileSource(path, keep_empty=True).identity()]
    put(path, b"id\n2\n")
    os.utime(path, (1, 1))
    seen.append(FileSource(path).identity())
    os.utime(path, (2, 2))
    seen.append(FileSource(path).identity())
    path.rename(tmp_path / "b.csv")
    seen.append(FileSource(tmp_path / "b.csv").identity())
    assert len(set(seen)) == 5
    assert FileSource(tmp_path / "b.csv").identity() == seen[-1]


class _Cut(MemoryFileSystem):
    """A store whose connection breaks, with words that hold a secret."""

    cachable = False

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        raise ConnectionResetError("https://secret@host")


def test_a_store_that_does_not_answer_is_worth_a_retry() -> None:
    """It is no mistake of the author; its words are not ours."""
    io.store.attach("s3", "cut", fs=_Cut())
    with pytest.raises(BentoRetryLater, match="ConnectionResetError") as caught:
        FileSource("s3://cut@bucket/rows.jsonl").identity()
    assert "secret" not in str(caught.value)
    assert "cut@" not in str(caught.value)


@pytest.mark.parametrize("kind", [str, Path, ObjectStoragePath, lambda path: f"file://{path}"])
def test_a_path_is_a_source_however_it_is_given(tmp_path: Path, kind: Callable[[str], Any]) -> None:
    """Text, path object, object storage path, URI; at parse time nothing is read."""
    path = tmp_path / "odd name #1 %20 é.jsonl"
    check_argument(kind(str(path)), "events")
    put(path, b'{"id":1}')
    assert [row.data for row in source_of(kind(str(path)), "events").rows(Cursor())] == [{"id": 1}]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", "1 2 3"),
        ("*.jsonl", "1 2"),
        ("**", "1 2 3"),
        ("**/*.jsonl", "1 2 3"),
        ("_*.jsonl", "4"),
        (".*", "5"),
        ("_tmp/*", "6"),
    ],
)
def test_patterns_leave_hidden_files_out(tmp_path: Path, pattern: str, found: str) -> None:
    """As folders do, unless they ask for them; a marker such as _SUCCESS is no file of records."""
    names = ["1.jsonl", "2.jsonl", "a/3.jsonl", "_4.jsonl", ".5.jsonl", "_tmp/6.jsonl", "a/.git/7.jsonl"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(f'{{"id":{Path(name).stem.strip("._")}}}')
    (tmp_path / "_SUCCESS").touch()
    assert data(tmp_path / pattern) == [{"id": int(digit)} for digit in found.split()]


def test_odd_names_in_a_folder(tmp_path: Path) -> None:
    """Brackets, blanks, percent and question marks, letters of other languages."""
    names = ["a[1].jsonl", "b c.jsonl", "d%20e.jsonl", "f?.jsonl", "g#h.jsonl", "ü.jsonl"]
    for number, name in enumerate(names):
        put(tmp_path / name, b'{"id":%d}' % number)
    assert data(tmp_path) == [{"id": number} for number in range(len(names))]
    assert data(tmp_path / "a[1].jsonl") == [{"id": 0}]


def _rows(count: int) -> Any:
    return (b'{"id":%d,"email":"p%d@example.com","text":"%s"}\n' % (n, n, b"x" * 200) for n in range(count))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.csv"])
def test_memory_is_flat(tmp_path: Path, name: str) -> None:
    """Seven megabytes of rows, and a resume near their end, take less than five and a half."""
    path, opener = tmp_path / name, gzip.open if name.endswith("gz") else open
    lines = [b"id\n", *[b'"%d"\n' % n for n in range(30_000)]] if name.endswith("csv") else _rows(30_000)
    with opener(path, "wb") as file:
        file.writelines(lines)
    del lines

    def read() -> None:
        (last,) = collections.deque(FileSource(path).rows(Cursor()), maxlen=1)
        resumed = sum(1 for _ in FileSource(path).rows(Cursor(last.position - 9)))
        assert (last.position, resumed) == (29_999, 10)

    assert peak_bytes(read) < 5_500_000


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.csv.gz", "a.json", "a.jsonl.zst"])
def test_files_say_how_much_of_them_is_read(tmp_path: Path, name: str) -> None:
    """By bytes, over all files: from 0 to 1, growing, and about right in the middle."""
    lines = list(_rows(40_000))
    content = b"[" + b",".join(lines) + b"]" if name.endswith("json") else b"".join(lines)
    if ".csv" in name:
        content = b"id,email,text\n" + b"".join(
            b'%d,"p",%s\n' % (n, os.urandom(40).hex().encode()) for n in range(40_000)
        )
    packed = {".gz": gzip.compress, ".zst": zstandard.compress}.get(Path(name).suffix, bytes)(content)
    for folder in ("1", "2"):
        (tmp_path / folder).mkdir()
        put(tmp_path / folder / name, packed)
    source = FileSource(tmp_path)
    assert share_of(source, Cursor()) == 0
    shares = [share_of(source, row.after) for row in itertools.islice(source.rows(Cursor()), 0, None, 500)]
    assert None not in shares
    assert shares == sorted(shares)  # type: ignore[type-var]  # none is None
    # From Python 3.12 on, gzip reads 128 KiB ahead, which is much of a file as small as this one.
    ahead = 0.3 if name == "a.jsonl.gz" and sys.version_info >= (3, 12) else 0.1
    assert abs(shares[len(shares) // 2] - 0.5) < ahead  # type: ignore[operator]
    assert shares[-1] > 0.95  # type: ignore[operator]
    assert size_of(source, Cursor()) is None


def test_parquet_files_say_how_many_rows_they_have(tmp_path: Path) -> None:
    """Their footers know; bytes would mislead, and where there are other files nobody knows."""
    for name, count in (("a.parquet", 30), ("b.pq", 12)):
        pq.write_table(pa.table({"id": range(count)}), tmp_path / name)
    source = FileSource(tmp_path)
    assert [size_of(source, Cursor(done)) for done in (0, 40, 42)] == [42, 2, 0]
    assert share_of(source, Cursor()) is None
    put(tmp_path / "c.jsonl", b"{}")
    assert size_of(FileSource(tmp_path), Cursor()) is None
    assert size_of(FileSource(tmp_path / "no"), Cursor()) is None


def test_a_resume_seeks_instead_of_reading(tmp_path: Path) -> None:
    """In plain JSON Lines nothing before the mark is read, be it garbage by now."""
    path = put(tmp_path / "rows.jsonl", b"".join(_rows(10)))
    rows = list(FileSource(path).rows(Cursor()))
    stat, content = path.stat(), path.read_bytes()
    offset = rows[4].token[2]
    put(path, b"\x00" * offset + content[offset:])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert [row.data for row in FileSource(path).rows(rows[4].after)] == [row.data for row in rows[5:]]


def test_remote_files_are_read_and_resumed() -> None:
    """From a store that is not a disk, compressed and not."""
    fs = MemoryFileSystem()
    io.store.attach("memory", fs=fs)
    bucket = uuid.uuid4().hex
    fs.pipe_file(f"/{bucket}/a.jsonl", b"".join(_rows(50)))
    fs.pipe_file(f"/{bucket}/b.jsonl.gz", gzip.compress(b"".join(_rows(50))))
    rows = list(FileSource(f"memory://{bucket}").rows(Cursor()))
    assert len(rows) == 100
    for place in (20, 49, 50, 70):
        assert list(FileSource(f"memory://{bucket}").rows(rows[place].after)) == rows[place + 1 :]
