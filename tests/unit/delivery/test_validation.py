"""Rows become items: one by one or in blocks, with the same chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest
from generated_rows import block, event
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records import parse_event
from airflow_provider_bento.api.records.columns import event_parser
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.source import ListSource, batched
from airflow_provider_bento.delivery.validated_rows import InvalidRow, ValidRows
from airflow_provider_bento.delivery.validation import validated, validated_rows
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoRecordError
from airflow_provider_bento.sources.functions import GeneratorSource

GOOD = {"type": "x", "email": "a@x.io"}


def in_blocks(source: Any, *, size: int = 7, max_bytes: int = 5000) -> list[Chunk]:
    """Return the chunks of a source whose rows are judged in blocks."""
    items = validated_rows(source, Cursor(), event_parser(), size, max_bytes=max_bytes)
    return list(cut(items, max_records=size, max_bytes=max_bytes))


def one_by_one(rows: list[Any], *, size: int = 7, max_bytes: int = 5000) -> list[Chunk]:
    """Return the chunks of rows that are parsed one by one."""
    items = validated(ListSource(rows).rows(Cursor()), parse_event, max_bytes=max_bytes)
    return list(cut(items, max_records=size, max_bytes=max_bytes))


@given(st.integers(0, 2**32), st.sampled_from([1, 7, 300]), st.sampled_from([150, 400, 5000]), st.booleans())
@settings(deadline=None)
def test_blocks_are_cut_into_the_same_chunks(seed: int, size: int, max_bytes: int, mixed: bool) -> None:
    """With the same bytes, errors, positions and digests: a checkpoint of an earlier release still fits."""
    rows: list[Any] = block(seed, event, 60)
    rows = [MappingProxyType(row) if mixed and number % 7 == 3 else row for number, row in enumerate(rows)]
    found = in_blocks(ListSource(rows), size=size, max_bytes=max_bytes)
    wanted = one_by_one(rows, size=size, max_bytes=max_bytes)
    assert [chunk.digest for chunk in found] == [chunk.digest for chunk in wanted]
    assert [chunk.invalid for chunk in found] == [chunk.invalid for chunk in wanted]
    assert [list(chunk.valid.bodies) for chunk in found] == [list(chunk.valid.bodies) for chunk in wanted]
    assert [[one.row.position for one in chunk.valid] for chunk in found] == [
        [one.row.position for one in chunk.valid] for chunk in wanted
    ]


class Mixed(ListSource):
    """A source of which some rows cannot be read, and some need not be sent."""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows, those that are texts as reasons, those that are numbers as unchanged ones."""
        for position, data in enumerate(self._rows):
            if isinstance(data, str):
                yield Row(position, GOOD, None, data)
            elif isinstance(data, int):
                yield Row(position, None, unchanged=data)
            else:
                yield Row(position, data)


def test_rows_that_are_not_to_be_judged_are_between_the_others() -> None:
    """Each at its position; a source that inherits blocks is asked for its own rows."""
    chunks = in_blocks(Mixed([GOOD, GOOD, "is no JSON", GOOD, 3, GOOD]), size=100)
    assert [(len(chunk.valid), len(chunk.invalid), chunk.unchanged) for chunk in chunks] == [(4, 1, 3)]
    assert [one.row.position for one in chunks[0].valid] == [0, 1, 3, 5]
    assert chunks[0].invalid[0].field_errors[0].reason == "is no JSON"


def failing(count: int, last: Callable[[], Any]) -> Iterator[Any]:
    """Yield good rows, then what the function returns or raises."""
    yield from [dict(GOOD) for _ in range(count)]
    yield last()
    yield dict(GOOD)


def no_more() -> Any:
    """Fail as a connection does."""
    raise ConnectionError


@pytest.mark.parametrize(("last", "error"), [(no_more, ConnectionError), (lambda: "row", BentoRecordError)])
@pytest.mark.parametrize("count", [3, 4, 21, 30])
def test_what_came_before_an_error_is_there_first(last: Any, error: type[Exception], count: int) -> None:
    """A full chunk is sent before a later row stops the run."""
    source = GeneratorSource(lambda: failing(count, last))
    seen = list[int]()
    items = validated_rows(source, Cursor(), event_parser(), 10, max_bytes=5000)
    with pytest.raises(error):
        seen.extend(one.row.position for item in items for one in (item if isinstance(item, ValidRows) else [item]))
    assert seen == list(range(count))


def test_a_record_too_large_for_any_request_is_invalid() -> None:
    """The others of its block are not."""
    rows: list[Any] = [GOOD, GOOD | {"details": {"x": "y" * 500}}, GOOD]
    (chunk,) = in_blocks(ListSource(rows), max_bytes=200)
    assert [one.row.position for one in chunk.valid] == [0, 2]
    assert isinstance(chunk.invalid[0], InvalidRow)
    assert "a request may have 200" in chunk.invalid[0].field_errors[0].reason


def test_rows_are_gathered_as_asked() -> None:
    """And those before an error are not lost."""

    def rows() -> Iterator[Row]:
        yield from (Row(number, {}) for number in range(5))
        raise LookupError

    found = list[int]()
    with pytest.raises(LookupError):
        found.extend(map(len, batched(rows(), lambda: 3)))
    assert found == [3, 2]


def test_large_rows_after_small_ones_are_not_read_many_at_once() -> None:
    """A block ends at a large row; the next ones are small."""
    read: list[int] = []

    def rows() -> Iterator[Any]:
        for number in range(600):
            read.append(number)
            yield {"type": "x", "email": "a@x.io", "details": {"x": "y" * (10 if number < 400 else 100_000)}}

    before = most = 0
    for _ in validated_rows(GeneratorSource(rows), Cursor(), event_parser(), 1000, max_bytes=5_000_000):
        most = max(most, len(read) - before) if before > 400 else 0
        before = len(read)
    assert most == 1
