"""A watched source: the same rows, and the largest value of a column beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_bento.delivery.source import ListSource, Source, share_of, size_of
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.watermarked import WatermarkedSource
from airflow_provider_bento.sync.watermark import Watch


def watched(source: Source, read: list[Any] | None = None) -> WatermarkedSource:
    """Return the source, watched."""
    return WatermarkedSource(source, "n", lambda: Watch("n"), (read if read is not None else []).append)


ROWS = [{"n": 2, "email": "a"}, {"n": 5}, {"n": None}, {"email": "b"}, {"n": 3}]


def test_rows_are_unchanged_and_the_largest_value_is_known() -> None:
    """Each reading reports it once, when it is complete; a row without the column counts like NULL."""
    read: list[Any] = []
    source = watched(ListSource(ROWS), read)
    assert list(source.rows(Cursor())) == list(ListSource(ROWS).rows(Cursor()))
    assert (source.highest, source.watched, read) == (5, True, [5])


def test_a_reading_that_is_given_up_reports_nothing() -> None:
    """What was seen so far is known."""
    read: list[Any] = []
    source = watched(ListSource(ROWS), read)
    rows = source.rows(Cursor())
    next(rows)
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert (source.highest, read) == (2, [])


def test_a_reading_after_a_cursor_does_not_count() -> None:
    """It began later than the rows before the cursor were read."""
    read: list[Any] = []
    source = watched(ListSource(ROWS), read)
    assert [row.position for row in source.rows(Cursor(3))] == [3, 4]
    assert (source.highest, source.watched, read) == (None, False, [])


def test_a_missing_column_is_named_at_the_first_row() -> None:
    """With the columns that there are; a name that may be a person is left out."""
    source = watched(ListSource([{"N": 1, "x@y.io": 2, "email": "a"}]))
    with pytest.raises(BentoSetupError, match=r"no column 'n'.* Its columns: N, email\. Spell .* watermark='N'\."):
        next(source.rows(Cursor()))
    with pytest.raises(BentoSetupError, match=r"Add n to the source\."):
        next(watched(ListSource([{}])).rows(Cursor()))


def test_rows_that_are_no_mappings_pass() -> None:
    """Validation rejects them, and then the watermark stays."""
    source = watched(ListSource(["x", {"n": 1}]))
    assert len(list(source.rows(Cursor()))) == 2
    assert source.highest == 1


class Measured(ListSource):
    """A source that can tell all that a source may."""

    resumable = True

    def identity(self) -> str:
        """Return its name."""
        return "measured"

    def size(self, after: Cursor) -> int:
        """Return how many rows are left."""
        return len(ROWS) - after.position

    def share(self, cursor: Cursor) -> float:
        """Return which part is done."""
        return cursor.position / len(ROWS)

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield no rows."""
        yield from ()


def test_everything_else_is_the_sources() -> None:
    """Its identity, its size, and whether it can be read again."""
    source = watched(Measured(ROWS))
    assert (source.identity(), source.resumable, source.rereadable) == ("measured", True, True)
    assert (size_of(source, Cursor(1)), share_of(source, Cursor(2))) == (4, 0.4)
