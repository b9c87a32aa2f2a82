"""Rows wait on the disk until it is known which of them are sent."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_bento.api.records.subscriber import parse_subscriber
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync.spool import RowSpool

ROWS: list[Any] = [
    {"email": "a@b.co", "fields": {"n": [1, None, 2.5]}, "tags": ("x",)},
    {"when": datetime(2026, 1, 2, tzinfo=UTC), "price": Decimal("1.10"), "id": UUID(int=7)},
    {"text": "ünïcödé \u2028 \ud800", "blob": b"\x00\xff"},
    "a line that could not be read",
    None,
]


def test_rows_come_back_as_they_were() -> None:
    """With their types, so that a second validation says the same as the first."""
    spool = RowSpool()
    for position, data in enumerate(ROWS):
        spool.add(position, data, f"{position:032x}", None)
    assert [spool.get(position)[0] for position in range(len(ROWS))] == ROWS


def test_key_and_reason_are_kept_as_well() -> None:
    """Either may be missing."""
    spool = RowSpool()
    spool.add(0, {}, "ab")
    spool.add(1, "{", None, "is no JSON")
    assert (spool.get(0), spool.get(1)) == (({}, "ab", None), ("{", None, "is no JSON"))


def test_a_row_may_be_replaced_and_others_follow() -> None:
    """Merged rows replace the first of them, while others are read and added."""
    spool = RowSpool()
    for position in range(5):
        spool.add(position, {"n": position}, None)
    assert spool.get(3)[0] == {"n": 3}
    spool.add(1, {"merged": "x" * 1000}, "ab")
    spool.add(5, {"n": 5}, None)
    spool.add(0, {"merged": 0}, None)
    found = [spool.get(position)[0] for position in (5, 4, 1, 0, 2)]
    assert found == [{"n": 5}, {"n": 4}, {"merged": "x" * 1000}, {"merged": 0}, {"n": 2}]


def test_many_rows_come_back_in_any_order() -> None:
    """More than any buffer holds."""
    spool = RowSpool()
    for position in range(3_000):
        spool.add(position, {"n": position, "text": "x" * (position % 700)}, None)
    for position in (2_999, 0, 1_500, *range(0, 3_000, 7)):
        assert spool.get(position)[0] == {"n": position, "text": "x" * (position % 700)}


def test_what_cannot_be_pickled_is_kept_as_json() -> None:
    """Validation rejects such a row; its values are shown in the dead letters."""
    spool = RowSpool()
    spool.add(0, {"email": "a@b.co", "lock": threading.Lock()}, "ab")
    data, key, why = spool.get(0)
    assert (data["email"], key, why) == ("a@b.co", "ab", None)
    assert "lock" in str(data["lock"])


def test_another_thread_may_read() -> None:
    """Requests are sent by threads."""
    spool, found = RowSpool(), []
    spool.add(0, {"n": 1}, None)
    thread = threading.Thread(target=lambda: found.append(spool.get(0)[0]))
    thread.start()
    thread.join()
    assert found == [{"n": 1}]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let temporary files be in a folder of their own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_no_file_has_a_name(temporary: Path) -> None:
    """A process that is killed leaves no people on the disk."""
    spool = RowSpool()
    for position in range(2_000):
        spool.add(position, {"email": f"p{position}@shop.example"}, None)
    spool.get(0)
    assert list(temporary.iterdir()) == []


def test_a_folder_that_is_missing_is_an_error_that_says_what_to_do(temporary: Path) -> None:
    """As is a disk that is full."""
    tempfile.tempdir = str(temporary / "gone")
    with pytest.raises(BentoStateError, match=r"could not be stored on this machine.*TMPDIR"):
        RowSpool().add(0, {}, None)


class OfTwo(Exception):
    """One of the many exceptions that pickle writes and does not read."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(one)
        self.other = other


def test_a_row_that_pickle_does_not_read_is_unreadable() -> None:
    """It is named as invalid; the rows after it are read."""
    spool = RowSpool()
    spool.add(0, {"email": "a@b.co", "why": OfTwo(1, 2)}, "ab")
    spool.add(1, {"email": "b@b.co"}, "cd")
    assert spool.get(0) == (None, None, "contains a value that could not be stored: convert it to text or a number")
    assert spool.get(1) == ({"email": "b@b.co"}, "cd", None)


def test_a_value_that_cannot_be_pickled_is_refused_as_before() -> None:
    """It does not become text that would be sent, as the memoryview of a column of bytes or a lambda could."""
    row = {
        "email": "a@b.co",
        "tags": {"x"},
        "blob": memoryview(b"x"),
        "call": lambda: None,
        "deep": [{"of": lambda: 1}],
    }
    spool = RowSpool()
    spool.add(0, row, None)
    kept = spool.get(0)[0]
    assert kept["tags"] == {"x"}
    assert [(error.field, error.reason) for error in parse_subscriber(kept)] == [
        (error.field, error.reason) for error in parse_subscriber(row)
    ]
