"""Mended dead letters go to Bento: the right kinds, once, and broken lines are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.values import Cursor, DeadLetter
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.dead_letters import DeadLetterSource
from airflow_provider_bento.stores.dead_letters import DeadLetterFile


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Return a file with a letter of each kind, of two runs."""
    path = tmp_path / "rejects.jsonl"
    for run in ("monday", "tuesday"):
        kinds: list[Any] = ["invalid", "rejected", "suspect", "skipped"]
        DeadLetterFile(path, run=run).write(
            [
                DeadLetter(at, 0, kind, (FieldError("a", "b"),), 1, "events", {run: kind})
                for at, kind in enumerate(kinds)
            ]
        )
    return path


def rows(path: Path, **arguments: Any) -> list[tuple[int, Any]]:
    """Return position and record, or fault."""
    return [(row.position, row.unreadable or row.data) for row in DeadLetterSource(path, **arguments).rows(Cursor())]


def test_what_is_certainly_not_in_bento(letters: Path) -> None:
    """Rejected and rejected records of all runs; positions are lines."""
    assert rows(letters) == [
        (0, {"monday": "invalid"}),
        (1, {"monday": "rejected"}),
        (4, {"tuesday": "invalid"}),
        (5, {"tuesday": "rejected"}),
    ]


def test_kinds_and_run_may_be_chosen(letters: Path) -> None:
    """Those that may be in Bento only on request."""
    assert rows(letters, kinds=["suspect", "skipped"], run="tuesday") == [
        (6, {"tuesday": "suspect"}),
        (7, {"tuesday": "skipped"}),
    ]


@pytest.mark.parametrize("kinds", [[], "invalid", ["lost"], None])
def test_unknown_kinds_are_told(kinds: Any) -> None:
    """With the known ones."""
    with pytest.raises(BentoSetupError, match="invalid, rejected, suspect, skipped"):
        DeadLetterSource("x.jsonl", kinds=kinds)


def test_lines_broken_by_hand_are_told_by_line(tmp_path: Path) -> None:
    """The others are read."""
    path = tmp_path / "rejects.jsonl"
    path.write_text(
        '{"run":"a","kind":"rejected","record":{"n":1}}\n\n{"run":"a","kind":"rejected","record":{n}}\n{"n":1}\n[]'
    )
    assert [found for _, found in rows(path)] == [
        {"n": 1},
        "line 3 of rejects.jsonl is not JSON: expecting property name enclosed in double quotes, at character 40",
        "line 4 is not a dead letter: it needs the keys run, kind and record",
        "line 5 of rejects.jsonl is not a JSON object",
    ]


@pytest.mark.parametrize("kind", ['"refused"', '"Rejected"', "null", "[]"])
def test_a_letter_of_an_unknown_kind_is_told(kind: str, tmp_path: Path) -> None:
    """Version 0.1.0 wrote others; left out in silence, its records would be lost."""
    path = tmp_path / "rejects.jsonl"
    path.write_text(f'{{"run":"a","kind":{kind},"record":{{"n":1}}}}')
    known = "invalid, rejected, suspect, skipped, different, missing"
    assert rows(path) == [(0, f"line 1 has a kind that is none of: {known}")]


def test_the_name_of_the_file_is_free(letters: Path) -> None:
    """It is read as what it is."""
    assert len(rows(letters.rename(letters.with_name("rejects.txt")))) == 4


def test_what_was_saved_of_a_line_that_could_not_be_read_is_no_record_yet(tmp_path: Path) -> None:
    """Until somebody writes it as an object; others of the file are read."""
    path = tmp_path / "rejects.jsonl"
    letters = [DeadLetter(at, 0, "invalid", (), 1, "events", record) for at, record in enumerate(["{n", {"n": 1}])]
    DeadLetterFile(path, run="a").write(letters)
    assert [found for _, found in rows(path)] == [
        "line 1 does not have an object in record: write one, or remove the line",
        {"n": 1},
    ]
