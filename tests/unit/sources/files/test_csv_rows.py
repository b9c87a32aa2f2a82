"""CSV as spreadsheets, databases and people write it: delimiters, encodings, quotes, words for nothing, odd headers."""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.files.csv_rows import csv_rows
from airflow_provider_bento.sources.files.rows import START
from airflow_provider_bento.sources.files.source import FileSource


def put(path: Path, content: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(path: Path, **options: Any) -> list[Any]:
    """Return the rows of a file, faulty ones as their faults."""
    return [row.unreadable or row.data for row in FileSource(path, **options).rows(Cursor())]


ADA = {"email": "ada@example.com", "first_name": "Ada"}

RECOGNISED = [
    "email;first_name\nada@example.com;Ada\n",
    "email\tfirst_name\nada@example.com\tAda\n",
    "email|first_name\nada@example.com|Ada\n",
    "email,first_name\nada@example.com,Ada\n",
    "email;first_name\r\nada@example.com;Ada\r\n",
    "email;first_name\rada@example.com;Ada\r",
    "\ufeffemail;first_name\nada@example.com;Ada\n",
    "sep=;\r\nemail;first_name\r\nada@example.com;Ada\r\n",
    "\ufeffSEP=;\nemail;first_name\nada@example.com;Ada\n",
    '"sep=\t"\nemail\tfirst_name\nada@example.com\tAda\n',
    "sep=^\nemail^first_name\nada@example.com^Ada\n",
    "\n\nsep=,\n\nemail,first_name\nada@example.com,Ada\n",
    '"email";"first_name"\n"ada@example.com";"Ada"\n',
    '\n\r\n"email";"first_name"\n"ada@example.com";"Ada"\n',
    '\ufeff\ufeff"email","first_name"\n"ada@example.com","Ada"\n',
]


@pytest.mark.parametrize("content", RECOGNISED, ids=range(len(RECOGNISED)))
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz"])
def test_what_separates_the_columns_is_recognised(tmp_path: Path, name: str, content: str) -> None:
    """By the header, or by Excel's own first line; the same below a compression and in files called .tsv."""
    raw = content.encode()
    path = put(tmp_path / name, gzip.compress(raw) if name.endswith("gz") else raw)
    assert rows(path) == [ADA]
    found = list(FileSource(path).rows(Cursor()))
    assert list(FileSource(path).rows(found[0].after)) == []


def test_a_header_of_one_column_is_one_column(tmp_path: Path) -> None:
    """Whatever the rows below it hold."""
    assert rows(put(tmp_path / "a.csv", 'email\n"a;b"\nc|d\n')) == [{"email": "a;b"}, {"email": "c|d"}]


def test_delimiters_in_quotes_do_not_count(tmp_path: Path) -> None:
    """Neither commas nor line feeds of a quoted name; and a comma of a header decides."""
    content = '"e,mail";"first\nname, or so"\n"a;b";"c""d"\n'
    assert rows(put(tmp_path / "a.csv", content)) == [{"e,mail": "a;b", "first\nname, or so": 'c"d'}]
    assert rows(put(tmp_path / "b.csv", "email,tags;more\na,b;c\n")) == [{"email": "a", "tags;more": "b;c"}]
    assert rows(put(tmp_path / "c.csv", "email;name;a|b\n1;2;3\n")) == [{"email": "1", "name": "2", "a|b": "3"}]


def test_a_header_that_does_not_show_it_is_told(tmp_path: Path) -> None:
    """Two delimiters equally often: the author says which, as the error advises."""
    path = put(tmp_path / "a.csv", "email;tags|more\na;b\n")
    with pytest.raises(BentoSetupError, match=r"semicolon or \|\? Set it: file_options=\{\"delimiter\""):
        rows(path)
    assert rows(path, delimiter=";") == [{"email": "a", "tags|more": "b"}]


@pytest.mark.parametrize("content", ["ada@example.com;Ada\n", '\ufeffada@example.com;"Ada, or\nso"\n', "sep=;\na;b\n"])
def test_a_file_without_a_header_line(tmp_path: Path, content: str) -> None:
    """The delimiter is the one that makes as many fields as there are names; if two do, the author says which."""
    (row,) = rows(put(tmp_path / "a.csv", content), header=["email", " first_name\ufeff"])
    assert (row["email"], row["first_name"][:3]) in [("ada@example.com", "Ada"), ("a", "b")]
    with pytest.raises(BentoSetupError, match="comma or semicolon"):
        rows(put(tmp_path / "b.csv", "a;b, or so\n"), header=["email", "first_name"])
    assert rows(put(tmp_path / "b.csv", "a;b\n"), header=["email"]) == [{"email": "a;b"}]


def test_the_author_has_the_last_word(tmp_path: Path) -> None:
    """Against what the header shows, and against a line that says something else, which is no row in any case."""
    assert rows(put(tmp_path / "a.csv", "a;b,c\n1;2,3\n"), delimiter=";") == [{"a": "1", "b,c": "2,3"}]
    assert rows(put(tmp_path / "b.csv", "sep=;\na,b;c\n1,2;3\n"), delimiter=",") == [{"a": "1", "b;c": "2;3"}]
    assert rows(put(tmp_path / "c.csv", "sep=;\n1;2\n"), header=["a", "b"]) == [{"a": "1", "b": "2"}]


def test_files_of_a_folder_may_differ(tmp_path: Path) -> None:
    """Each is looked at; an option holds for all."""
    put(tmp_path / "1.csv", "email,n\na,1\n")
    put(tmp_path / "2.csv.gz", gzip.compress(b"email;n\nb;2\n"))
    put(tmp_path / "3.tsv", "email\tn\nc\t3\n")
    put(tmp_path / "4.jsonl", '{"email":"d","n":"4"}')
    assert [tuple(row.values()) for row in rows(tmp_path)] == [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]
    assert rows(tmp_path, null=["1", "2", "3", "4"])[0] == {"email": "a", "n": None}
    assert [row["n"] for row in rows(tmp_path / "*.csv*", null="2")] == ["1", None]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("cp1252", b""),
        ("latin-1", b""),
        ("utf-16", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("UTF-8", codecs.BOM_UTF8),
    ],
)
def test_other_encodings(tmp_path: Path, encoding: str, mark: bytes) -> None:
    """Where the author names them, with a byte order mark or without."""
    path = put(
        tmp_path / "a.csv", mark + "email;straße\nada@example.com;Äußere €1\n".replace("€", "E").encode(encoding)
    )
    assert rows(path, encoding=encoding) == [{"email": "ada@example.com", "straße": "Äußere E1"}]


def test_an_encoding_that_is_not_named_is_told(tmp_path: Path) -> None:
    """With what to pass; and a byte that the named one does not know is a faulty row."""
    with pytest.raises(BentoSetupError, match=r'is not UTF-8.*file_options=\{"encoding": "cp1252"\}'):
        rows(put(tmp_path / "a.csv", "email;straße\n".encode("cp1252")))
    for content in ("email;name\na;b\n".encode("utf-16"), "email;name\na;b\n".encode("utf-16-le")):
        with pytest.raises(BentoSetupError, match=r'looks like UTF-16.*file_options=\{"encoding": "utf-16"\}'):
            rows(put(tmp_path / "a.csv", content))
    assert rows(put(tmp_path / "a.csv", b"a,b\n1,\x81\n2,x\n"), encoding="cp1252") == [
        "line 2 of a.csv is not cp1252",
        {"a": "2", "b": "x"},
    ]
    with pytest.raises(BentoSetupError, match="is not utf-16, or is truncated"):
        rows(put(tmp_path / "a.csv", "a,b\n1,2\n".encode("utf-16")[:-1]), encoding="utf-16")


def test_words_for_nothing(tmp_path: Path) -> None:
    r"""``\N`` is none; other words are none only if the author says so, blanks around them or not."""
    path = put(tmp_path / "a.csv", 'email,name,city,zip\na,\\N,NULL,""\nb, \\N ," NULL ",n/a\n')
    assert rows(path) == [
        {"email": "a", "name": None, "city": "NULL", "zip": None},
        {"email": "b", "name": None, "city": "NULL", "zip": "n/a"},
    ]
    for null in (["NULL", "n/a"], (" NULL", "n/a", "\\N")):
        assert [set(row.values()) for row in rows(path, null=null)] == [{"a", None}, {"b", None}]
    assert rows(path, null="NULL", keep_empty=True)[0] == {"email": "a", "name": None, "city": None, "zip": ""}


def test_blanks_around_values_are_removed(tmp_path: Path) -> None:
    """As Bento's own CLI does, inside quotes as well, and not inside a value; unless the author says no."""
    path = put(tmp_path / "a.csv", 'email,name\n  a\t,"  Ada \u00a0 L. \u00a0"\nb,  \n   \n')
    assert rows(path) == [{"email": "a", "name": "Ada \u00a0 L."}, {"email": "b", "name": None}]
    assert rows(path, trim=False)[:2] == [
        {"email": "  a\t", "name": "  Ada \u00a0 L. \u00a0"},
        {"email": "b", "name": "  "},
    ]


def test_other_quotes_and_none(tmp_path: Path) -> None:
    """Single ones, and files in which a quote is a letter."""
    assert rows(put(tmp_path / "a.csv", "'email';'name'\n'a;b';'O''Hara'\n"), quote="'") == [
        {"email": "a;b", "name": "O'Hara"}
    ]
    path = put(tmp_path / "b.tsv", 'email\tsize\na\t5" pipe\nb\t"x\n')
    assert rows(path, quote="") == [{"email": "a", "size": '5" pipe'}, {"email": "b", "size": '"x'}]


HEADERS = [
    "\ufeff\ufeffemail,first_name",
    "\ufeff\ufeff\ufeffemail,\ufefffirst_name",
    "em\u200bail,first_name\u200b",
    "\u2060email\u200e,\u00adfirst\u00ad_name",
    " email\u00a0,\u200c first_name \u200d",
    "\x00email".replace("\x00", "\x1f") + ",first_name\x7f",
    '"email","\u200bfirst_name"',
]


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_header_loses_what_nobody_sees(tmp_path: Path, header: str) -> None:
    """Byte order marks, characters without width, blanks around a name."""
    assert rows(put(tmp_path / "a.csv", f"{header}\nada@example.com,Ada\n")) == [ADA]


def test_letters_of_other_languages_stay(tmp_path: Path) -> None:
    """A joiner that makes no room is part of how Persian and Hindi are spelled."""
    name = "می\u200cخواهم"
    assert rows(put(tmp_path / "a.csv", f"email,{name}\na,b\n")) == [{"email": "a", name: "b"}]


def test_names_that_become_equal_are_told(tmp_path: Path) -> None:
    """Only one of the two could become a key."""
    with pytest.raises(BentoSetupError, match="names a column twice: 'email'"):
        rows(put(tmp_path / "a.csv", "email,e\u200bmail\na,b\n"))
    with pytest.raises(BentoSetupError, match=r"Column 2 of a\.csv has no name"):
        rows(put(tmp_path / "a.csv", "email,\u200b\na,b\n"))


def test_every_option_is_part_of_the_identity(tmp_path: Path) -> None:
    """A resume with other options would read other rows."""
    path = put(tmp_path / "a.csv", "email;n\na;1\n")
    ways: list[dict[str, Any]] = [
        {},
        {"format": "csv"},
        {"delimiter": ";"},
        {"encoding": "cp1252"},
        {"quote": "'"},
        {"null": ["1"]},
        {"header": ["a", "b"]},
        {"keep_empty": True},
        {"trim": False},
    ]
    assert len({FileSource(path, **way).identity() for way in ways}) == len(ways)
    assert FileSource(path, null=("1",)).identity() == FileSource(path, null=["1"]).identity()


def test_options_for_other_files_are_told(tmp_path: Path) -> None:
    """Where no file is one that they are for."""
    put(tmp_path / "a.jsonl", "{}")
    with pytest.raises(BentoSetupError, match=r"delimiter is for CSV files, but a\.jsonl is not one"):
        FileSource(tmp_path / "a.jsonl", delimiter=";")
    (tmp_path / "a").mkdir()
    put(tmp_path / "a" / "b.jsonl", "{}")
    with pytest.raises(BentoSetupError, match=r"delimiter is for CSV files, but b\.jsonl is not one"):
        rows(tmp_path / "a", delimiter=";")
    with pytest.raises(BentoSetupError, match="encoding has no effect on Parquet"):
        rows(put(tmp_path / "a.parquet", b""), encoding="cp1252")
    (tmp_path / "a.parquet").unlink()
    put(tmp_path / "b.csv", "a;b\n1;2\n")
    assert rows(tmp_path, delimiter=";") == [{}, {}, {"a": "1", "b": "2"}]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff\x1a"), max_size=6)


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
)
def test_it_reads_what_pythons_writer_writes(cells: list[list[str]], delimiter: str, end: str, encoding: str) -> None:
    """Whatever stands in the cells, in any encoding, without being told what separates them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *cells])
    options: Any = {"trim": False, "keep_empty": True} | ({"encoding": encoding} if "16" in encoding else {})
    found = list(csv_rows(io.BytesIO(text.getvalue().encode(encoding)), START, name="x", options=options))
    assert [line.unreadable for line in found] == [None] * len(cells)
    assert [list(line.data.values()) for line in found] == [[None if c == "\\N" else c for c in row] for row in cells]  # type: ignore[attr-defined]


@given(st.binary(max_size=80), st.sampled_from([None, "cp1252", "utf-16", "utf-8"]))
def test_garbage_never_escapes(content: bytes, encoding: str | None) -> None:
    """It is rows, faulty rows, or an error that says so."""
    options: Any = {"encoding": encoding} if encoding else {}
    with contextlib.suppress(BentoSetupError):
        list(csv_rows(io.BytesIO(content), START, name="x", options=options))
