"""A database of its own in a temporary folder: filled through files, little memory, errors that say what to do."""

from __future__ import annotations

import gc
import stat
import sys
from pathlib import Path

import pytest

from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError
from airflow_provider_bento.sync.database import Database, quoted, text


def test_the_folder_is_its_owners_and_goes_with_the_database() -> None:
    """Nothing of a comparison stays on the machine."""
    database = Database()
    folder = database.folder
    database.run("CREATE TABLE one AS SELECT 1 AS number")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert database.number("SELECT number FROM one") == 1
    del database
    gc.collect()
    assert not folder.exists()


def test_two_databases_do_not_see_each_other() -> None:
    """Two tasks of one process."""
    one, other = Database(), Database()
    one.run("CREATE TABLE mine (number INTEGER)")
    assert other.number("SELECT count(*) FROM duckdb_tables()") == 0


def test_it_uses_little_memory_and_loads_nothing() -> None:
    """What does not fit goes to the temporary folder; extensions are never fetched from the network."""
    database = Database()
    settings = dict(database.rows("SELECT name, value FROM duckdb_settings()"))
    assert settings["memory_limit"].endswith(" MiB")
    assert float(settings["memory_limit"].split()[0]) < 50
    assert settings["temp_directory"] == str(database.folder / "spilled")
    assert settings["autoinstall_known_extensions"] == settings["autoload_known_extensions"] == "false"


def test_rows_come_while_others_run() -> None:
    """A query that is half read does not stand in the way of the next."""
    database = Database()
    database.run("CREATE TABLE many AS SELECT range AS number FROM range(5000)")
    rows = database.rows("SELECT number FROM many ORDER BY number")
    assert next(rows) == (0,)
    database.run("CREATE TABLE other AS SELECT 7 AS number")
    assert database.number("SELECT number FROM other") == 7
    assert [number for (number,) in rows] == list(range(1, 5000))


TEXTS = [
    "a",
    '"',
    '""',
    "a,b",
    'a","b',
    "NULL",
    "\\N",
    " a ",
    "line\nbreak",
    "'",
    "ü\u2028\U0001f600",
    "x" * 1_000,
    "#",
    "7",
]


def test_a_text_arrives_as_it_was() -> None:
    """Quotes, commas, line breaks and what looks like NULL."""
    database = Database()
    lines = database.lines("people", {"position": "BIGINT", "email": "VARCHAR"})
    for position, value in enumerate(TEXTS):
        lines.write(f"{position},{text(value)}\n")
    found = database.rows(f"SELECT email FROM {lines.table()} ORDER BY position")
    assert [value for (value,) in found] == TEXTS


def test_nothing_is_null() -> None:
    """In a number, a text and a UUID."""
    database = Database()
    lines = database.lines("people", {"position": "BIGINT", "key": "UUID", "email": "VARCHAR"})
    lines.write(f",,{text(None)}\n")
    assert list(database.rows(f"SELECT * FROM {lines.table()}")) == [(None, None, None)]


def test_an_empty_file_is_an_empty_table() -> None:
    """A first run has nothing to compare with."""
    database = Database()
    assert database.number(f"SELECT count(*) FROM {database.lines('none', {'key': 'UUID'}).table()}") == 0


def test_lines_may_be_added_after_they_were_read() -> None:
    """What is noted while a run sends."""
    database = Database()
    lines = database.lines("numbers", {"number": "BIGINT"})
    lines.write("1\n")
    assert database.number(f"SELECT count(*) FROM {lines.table()}") == 1
    lines.write("2\n")
    assert database.number(f"SELECT count(*) FROM {lines.table()}") == 2


def test_a_path_is_a_literal(tmp_path: Path) -> None:
    """Quotes in it end nothing."""
    odd = tmp_path / "it's"
    assert Database().rows(f"SELECT {quoted(odd)}").__next__() == (str(odd),)


def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """It names no content."""
    file = tmp_path / "base.parquet"
    file.write_bytes(b"PAR1 anna@shop.example PAR1")
    with pytest.raises(BentoStateError, match=r"could not be read or compared.*start over|Free space") as caught:
        Database().run(f"SELECT * FROM read_parquet({quoted(file)})")
    assert "anna" not in str(caught.value)


def test_a_full_disk_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file that fills a table cannot be written."""
    lines = Database().lines("numbers", {"number": "BIGINT"})
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it raises, as writing does
    monkeypatch.setattr(lines, "_file", full)
    lines.write("1\n")
    with pytest.raises(BentoStateError, match=r"could not be stored on this machine.*Free space in TMPDIR"):
        lines.table()
    with pytest.raises(BentoStateError, match="Free space in TMPDIR"):
        lines.write("1\n" * 100_000)
    with pytest.raises(OSError, match="No space left"):
        full.close()


def test_without_duckdb_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not needed by those who send everything."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(BentoSetupError, match=r"airflow-provider-bento\[sync\]"):
        Database()


def test_a_text_too_long_for_a_line_is_left_out() -> None:
    """One absurd address does not stop the comparison of all others."""
    database = Database()
    lines = database.lines("people", {"position": "BIGINT", "email": "VARCHAR"})
    for position, letters in enumerate((1_000, 10_000)):
        lines.write(f"{position},{text('x' * letters)}\n")
    found = database.rows(f"SELECT email FROM {lines.table()} ORDER BY position")
    assert [value for (value,) in found] == ["x" * 1_000, None]
