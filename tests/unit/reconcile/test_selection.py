"""Which people are compared: a uniform sample, drawn in one reading, equal for equal seeds."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import InvalidRow, ValidRow
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoRecordError
from airflow_provider_bento.reconcile.selection import Reservoir, chosen, read
from airflow_provider_bento.sources.merging import MergedSource


def drawn(size: int | None, seed: str, offered: int) -> list[int] | None:
    """Return a sample of positions."""
    reservoir = Reservoir(size, seed)
    for position in range(offered):
        reservoir.offer(position)
    return reservoir.positions


def test_equal_seeds_draw_equal_samples() -> None:
    """A retry compares the same people; another run, others."""
    assert drawn(10, "dag/run 1/task/-1", 1000) == drawn(10, "dag/run 1/task/-1", 1000)
    assert drawn(10, "dag/run 1/task/-1", 1000) != drawn(10, "dag/run 2/task/-1", 1000)


def test_every_position_is_as_likely_as_any_other() -> None:
    """Over 4,000 samples of 5 of 50 each is drawn about 400 times; 5 standard deviations are 95."""
    found: Counter[int] = Counter()
    for seed in range(4000):
        found.update(drawn(5, f"run {seed}", 50) or [])
    assert len(found) == 50
    assert all(abs(number - 400) < 95 for number in found.values())


@pytest.mark.parametrize(("size", "expected"), [(3, [0, 1, 2]), (7, [0, 1, 2]), (None, None)])
def test_a_small_source_is_compared_whole(size: int | None, expected: list[int] | None) -> None:
    """Nobody is drawn twice."""
    assert drawn(size, "s", 3) == expected


def test_a_reservoir_is_as_long_as_its_sample() -> None:
    """It does not grow with the source."""
    reservoir = Reservoir(100, "s")
    tracemalloc.start()
    try:
        for position in range(50_000):
            reservoir.offer(position)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(reservoir), reservoir.offered) == (100, 50_000)
    assert peak < 50_000


class Remembered:
    """A source of people that remembers which rows it was asked for."""

    rereadable, resumable, duplicates = True, False, 0

    def __init__(self, people: int) -> None:
        self._rows = [{"email": f"p{number}@x.io"} for number in range(people)]
        self.read: list[int] = []

    def identity(self) -> str:
        """Nothing is known."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows."""
        for row in ListSource(self._rows).rows(after):
            self.read.append(row.position)
            yield row


@pytest.mark.parametrize("size", [4, None])
def test_only_the_chosen_people_are_read_again(size: int | None) -> None:
    """In the source's order."""
    source, reservoir = Remembered(100), Reservoir(size, "s")
    for item in read(source):
        reservoir.offer(item.row.position)
    source.read.clear()
    wanted = reservoir.positions or list(range(100))
    assert [item.row.position for item in chosen(source, reservoir)] == wanted == source.read


def test_rows_are_read_as_an_import_takes_them() -> None:
    """Rows of one address are one person, invalid ones are known as such."""
    rows: list[Any] = [{"email": "a@x.io", "tags": "one"}, {"email": "nobody"}, {"email": "A@x.io", "tags": "two"}]
    source = MergedSource(ListSource(rows))
    valid, invalid = list(read(source))
    assert isinstance(valid, ValidRow)
    assert isinstance(invalid, InvalidRow)
    assert valid.body == b'{"email":"A@x.io","tags":"one,two"}'
    assert [item.row.position for item in chosen(source, Reservoir(None, ""))] == [0]


def test_a_row_that_is_no_mapping_is_a_mistake_in_the_dag() -> None:
    """Not an invalid record; the error names its position."""
    with pytest.raises(BentoRecordError, match="position 0"):
        list(read(MergedSource(ListSource(["a@x.io"]))))
