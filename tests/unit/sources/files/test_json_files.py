"""JSON files: one list, streamed; JSON Lines; and what is neither, with what to do about it."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import peak_bytes

from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.files.json_list import json_list
from airflow_provider_bento.sources.files.rows import START, Place
from airflow_provider_bento.sources.files.source import FileSource


def data(path: Path, content: str | bytes, **options: Any) -> list[Any]:
    """Write a file, and return its rows, faulty ones as their faults."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [row.unreadable or row.data for row in FileSource(path, **options).rows(Cursor())]


ROWS = [{"id": n, "text": f'é "[{n}]", \\'} for n in range(5)]

LISTS = [
    json.dumps(ROWS),
    json.dumps(ROWS, indent=4),
    json.dumps(ROWS, ensure_ascii=False, separators=(",", ":")),
    "\ufeff\r\n \t" + json.dumps(ROWS, indent="\t").replace("\n", "\r\n") + " \n\n",
    "\ufeff\ufeff[" + "\n,\n".join(map(json.dumps, ROWS)) + "\n]",
    json.dumps(ROWS).removesuffix("]") + ",]",
]


@pytest.mark.parametrize("content", LISTS, ids=range(len(LISTS)))
@pytest.mark.parametrize("name", ["rows.json", "rows.json.gz", "rows.txt"])
def test_a_list_is_read(tmp_path: Path, name: str, content: str) -> None:
    """On one line or many, with byte order marks, compressed, by its name or because the author says so."""
    packed = gzip.compress(content.encode()) if name.endswith("gz") else content
    assert data(tmp_path / name, packed, format="json") == ROWS
    if name != "rows.txt":
        assert data(tmp_path / name, packed) == ROWS


def test_it_resumes_behind_every_row(tmp_path: Path) -> None:
    """Behind a faulty one, too."""
    data(tmp_path / "a.json", '[{"a":1}, 7, {"b":}, {"c":[1,2]}]')
    rows = list(FileSource(tmp_path / "a.json").rows(Cursor()))
    assert len(rows) == 4
    for row in rows:
        assert list(FileSource(tmp_path / "a.json").rows(row.after)) == rows[row.position + 1 :]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[]", []),
        (" [ ] ", []),
        ("[{}]", [{}]),
        ('[7, {"a":1}]', ["not a JSON object", {"a": 1}]),
        ('[[{"a":1}], "x", null, {"a":1}]', ["not a JSON object"] * 3 + [{"a": 1}]),
        ("[{'a': '1'}, {\"a\":1}]", ["not JSON", {"a": 1}]),
        ('[{"a":1} {"b":2}, {"c":3}]', ["not JSON: extra data", {"c": 3}]),
        ('[{"a":1},,{"c":3}]', [{"a": 1}, "not JSON", {"c": 3}]),
        ('[{"a":"],[{"},{"a":tru},{"c":3}]', [{"a": "],[{"}, "not JSON", {"c": 3}]),
        (b'[{"a":"\xff"},{"c":3}]', ["not UTF-8", {"c": 3}]),
        ("[{}," + "[" * 200_000 + "]" * 200_000 + ",{}]", [{}, "nested too deeply", {}]),
    ],
    ids=range(11),
)
def test_a_bad_element_is_a_faulty_row(tmp_path: Path, content: Any, found: list[Any]) -> None:
    """Its neighbours are read, and it is named by its number."""
    rows = data(tmp_path / "a.json", content)
    assert len(rows) == len(found)
    for number, (row, wanted) in enumerate(zip(rows, found, strict=True), 1):
        if isinstance(wanted, str):
            assert wanted in row
            assert row.startswith(f"element {number} of the list in a.json is")
        else:
            assert row == wanted


REFUSED = [
    ("a.json", '[{"a":1},{"b":', "truncated.*element 2"),
    ("a.json", '[{"a":1}', "truncated"),
    ("a.json", '[{"a":1},{"b":"2}]', "truncated.*quote or bracket"),
    ("a.json", '[{"a":1}]\n[{"a":2}]', "continues after its list"),
    ("a.json", '[{"a":1}] x', "continues after its list"),
    ("a.json", '{\n "a": 1\n}', "one JSON object of several lines.*JSON Lines"),
    ("a.jsonl", '{\n "a": 1\n}\n{\n "a": 2\n}', "contains objects of several lines"),
    ("a.json", '{"a":1}{"a":2}', "without line feeds between them"),
    ("a.jsonl", '{"a":1}\r{"a":2}\r', "without line feeds between them"),
    ("a.json", '{"data": [{"a":1}], "page": 1}', r"list below 'data'.*'\.data\[\]'.*jsonl"),
    ("a.json", '{"meta": {}, "data": [{"a":1}]}\n', "list below 'data'"),
    ("a.json", '{\n"data": [\n{"a":1}\n]\n}', r"list below 'data'.*brackets"),
    ("a.json", '{"ann@example.com": [{"a":1}]}', r"list inside it.*'\.key\[\]'"),
    ("a.json", '{"data":[' + ",".join(['{"a":1}'] * 20_000) + "]}", "list below 'data'"),
    ("a.json", '{"data":\n[' + ",\n".join(['{"a":1}'] * 20_000) + "]}", "list below 'data'"),
    ("a.json", "{\n" + ",\n".join(f'"k{n}": "{"x" * 99}"' for n in range(2_000)) + "}", "an object of many lines"),
    ("a.jsonl", '[{"a":1}]', r'one JSON list.*file_options=\{"format": "json"\}'),
    ("a.ndjson", '["a",1]\n["b",2]\n', "one JSON list"),
    ("a.json", "[{}]".encode("utf-16"), r'UTF-16.*file_options=\{"encoding": "utf-16"\}'),
    ("a.jsonl", "{}".encode("utf-16"), "UTF-16"),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_neither_list_nor_lines_is_told(tmp_path: Path, name: str, content: Any, words: str) -> None:
    """As a whole, with what to do."""
    with pytest.raises(BentoSetupError, match=words) as caught:
        data(tmp_path / name, content)
    assert "@" not in str(caught.value)


def test_what_an_error_advises_works(tmp_path: Path) -> None:
    """An object that holds a list is one record if the author says so; and so on."""
    whole = {"data": [{"a": 1}]}
    assert data(tmp_path / "a.json", json.dumps(whole), format="jsonl") == [whole]
    assert data(tmp_path / "a.json", f"[{json.dumps(whole, indent=1)}]") == [whole]
    assert data(tmp_path / "a.jsonl", json.dumps([whole]), format="json") == [whole]
    assert data(tmp_path / "a.json", '{"a":1}\n{"a":2}') == [{"a": 1}, {"a": 2}]


def test_a_first_line_of_json_lines_may_be_long(tmp_path: Path) -> None:
    """A record that begins with a list of objects is one, however little of it fits into a first look."""
    rows = [{"items": [{"a": "x" * 2**17}], "id": 1}, {"id": 2}]
    lines = "\n".join(map(json.dumps, rows))
    assert data(tmp_path / "a.jsonl", lines) == rows
    with pytest.raises(BentoSetupError, match='"format": "jsonl"'):
        data(tmp_path / "a.json", lines)
    assert data(tmp_path / "a.json", lines, format="jsonl") == rows


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "UTF8", "utf-8-sig"])
@pytest.mark.parametrize("content", ['{"a":"é"}\n{"a":"ü"}\n', '[{"a":"é"},\n{"a":"ü"}]'])
def test_other_encodings(tmp_path: Path, encoding: str, content: str) -> None:
    """Where the author names them; and the resume is right."""
    path = tmp_path / "a.json"
    assert data(path, content.encode(encoding), encoding=encoding) == [{"a": "é"}, {"a": "ü"}]
    rows = list(FileSource(path, encoding=encoding).rows(Cursor()))
    assert list(FileSource(path, encoding=encoding).rows(rows[0].after)) == rows[1:]


def test_bytes_of_another_encoding_are_told(tmp_path: Path) -> None:
    """By line, or as a whole where nothing can be read."""
    assert data(tmp_path / "a.jsonl", b'{"a":"\x81"}\n{"a":"x"}', encoding="cp1252") == [
        "line 1 of a.jsonl is not UTF-8",
        {"a": "x"},
    ]
    with pytest.raises(BentoSetupError, match=r"a\.jsonl is not utf-16, or is truncated"):
        data(tmp_path / "a.jsonl", '{"a":1}'.encode("utf-16")[:-1], encoding="utf-16")


def test_a_line_that_is_no_object_is_a_faulty_row(tmp_path: Path) -> None:
    """A number, a text, a list, null; its neighbours are rows."""
    found = data(tmp_path / "a.jsonl", '{"a":1}\n7\n"x"\n["a"]\nnull\ntrue\n{"a":2}')
    assert found == [{"a": 1}, *[f"line {n} of a.jsonl is not a JSON object" for n in range(2, 7)], {"a": 2}]


@pytest.mark.slow
def test_memory_is_flat(tmp_path: Path) -> None:
    """A list of nine megabytes on one line, and a resume near its end."""
    path = tmp_path / "a.json"
    with path.open("w") as file:
        file.write('[{"n":0}')
        file.writelines(f',{{"n":{n},"text":"{"x" * 80}"}}' for n in range(1, 90_000))
        file.write("]")

    def read() -> None:
        assert sum(1 for _ in FileSource(path).rows(Cursor())) == 90_000
        assert sum(1 for _ in FileSource(path).rows(Cursor(89_990))) == 10

    assert peak_bytes(read) < 3_000_000


def test_a_large_element_is_fine_and_an_endless_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of two megabytes is read; one that never ends stops the run before memory is full."""
    assert data(tmp_path / "a.json", json.dumps([{"t": "x" * 2**21}, {}])) == [{"t": "x" * 2**21}, {}]
    monkeypatch.setattr("airflow_provider_bento.sources.files.json_list.LONGEST", 2**18)
    with pytest.raises(BentoSetupError, match=r"Element 1 of the list in a\.json is longer than"):
        data(tmp_path / "a.json", '[{"t": "' + "x" * 2**20)


@pytest.mark.parametrize("cut", range(2, 40))
def test_reading_may_pause_within_an_escape(cut: int) -> None:
    """What follows in the text is no end of an element, wherever the first bytes that were read end."""
    rows = [{"html": 'a}, \\ " ], c " \\'}, {"id": 2}]
    content = io.BytesIO(("[" + " " * (2**16 - 1 - cut) + json.dumps(rows)[1:]).encode())
    assert [line.unreadable or line.data for line in json_list(content, START, name="a")] == rows


def test_many_escapes_take_no_longer_than_other_text() -> None:
    """A text that pauses within an escape is passed over once, not once for each quote in it."""
    rows = [{"t": "x" + '"' * 300_000}]
    content = io.BytesIO(json.dumps(rows).encode())
    assert [line.data for line in json_list(content, START, name="a")] == rows


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab[]{}",\\', max_size=3), inner, max_size=3),
    max_leaves=8,
)


class _Drip(io.RawIOBase):
    """A stream that brings a few bytes at a time."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__()
        self._inner = io.BytesIO(content)
        self._step = step

    def read(self, size: int = -1) -> bytes:
        """Read."""
        return self._inner.read(self._step)


@pytest.mark.slow
@given(
    st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3)), st.integers(1, 9), st.sampled_from([None, 1])
)
def test_it_reads_what_pythons_decoder_reads(rows: list[Any], step: int, indent: int | None) -> None:
    """However the bytes arrive: in the middle of a number, a letter, an escape."""
    content = json.dumps(rows, indent=indent, ensure_ascii=step % 2 == 0).encode()
    found = list(json_list(_Drip(content, step), START, name="a"))  # type: ignore[arg-type]
    assert [line.data for line in found] == rows
    assert not [line for line in found if line.unreadable]
    half = len(rows) // 2
    assert list(json_list(_Drip(content, step), Place(half, 0, 0), name="a")) == found[half:]  # type: ignore[arg-type]


@given(st.binary(max_size=60))
def test_garbage_never_escapes(content: bytes) -> None:
    """It is rows, faulty rows, or an error that says so."""
    try:
        for line in json_list(io.BytesIO(b"[" + content), START, name="a"):
            assert line.unreadable or isinstance(line.data, dict)
            msgspec.json.encode(line.data)
    except BentoSetupError:
        pass
