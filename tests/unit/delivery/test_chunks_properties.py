"""Whatever the rows, chunks cover them without gap or overlap, each as large as it may be."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from delivery_law.fakes import parse
from hypothesis import given, settings
from hypothesis.strategies import booleans, builds, integers, lists, sampled_from, text

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import FIELD_ERROR_BYTES, InvalidRow
from airflow_provider_bento.delivery.validation import WRAPPER_BYTES, validated
from airflow_provider_bento.delivery.values import Cursor, Row

ROWS = lists(builds(lambda name, bad: {"name": name, "bad": bad}, text(max_size=12), booleans()), max_size=40)
SIZES = integers(1, 7)
BYTES = integers(60, 300)


def chunks(rows: list[dict[str, Any]], size: int, room: int, after: int = 0, number: int = 0) -> list[Chunk]:
    """Cut the rows from a position on."""
    items = validated(ListSource(rows).rows(Cursor(after)), parse, max_bytes=room)
    return list(cut(items, max_records=size, max_bytes=room, start=Cursor(after), number=number))


def positions(chunk: Chunk) -> list[int]:
    """Return what a chunk covers."""
    return sorted(item.row.position for item in (*chunk.valid, *chunk.invalid))


@given(ROWS, SIZES, BYTES)
def test_chunks_cover_the_rows_once_and_in_order(rows: list[Any], size: int, room: int) -> None:
    """Their concatenation is the input; marks and numbers follow on one another."""
    found = chunks(rows, size, room)
    assert [at for chunk in found for at in positions(chunk)] == list(range(len(rows)))
    assert [chunk.number for chunk in found] == list(range(len(found)))
    marks = [Cursor(), *(chunk.end for chunk in found)]
    assert [chunk.start for chunk in found] == marks[:-1]
    assert marks[-1].position == len(rows)


@given(ROWS, SIZES, BYTES)
def test_no_chunk_is_larger_than_it_may_be(rows: list[Any], size: int, room: int) -> None:
    """Neither its good nor its bad rows nor its request; and none is empty."""
    for chunk in chunks(rows, size, room):
        assert chunk.rows >= 1
        assert max(len(chunk.valid), len(chunk.invalid)) <= size
        request = b'{"subscribers":[%s]}' % b",".join(good.body for good in chunk.valid)
        assert len(request) <= room


@given(ROWS, SIZES, BYTES)
def test_chunks_are_as_large_as_they_may_be(rows: list[Any], size: int, room: int) -> None:
    """The row behind a chunk would not have fitted."""
    found = chunks(rows, size, room)
    for chunk, following in pairwise(found):
        first = min((*following.valid, *following.invalid), key=lambda item: item.row.position)
        weight = WRAPPER_BYTES + sum(len(good.body) + 1 for good in chunk.valid)
        body = getattr(first, "body", None)
        full = body is not None and (len(chunk.valid) == size or weight + len(body) > room)
        assert full or len(chunk.invalid) == size


@given(ROWS, SIZES, BYTES, integers(0, 40))
def test_a_resume_cuts_the_same_chunks(rows: list[Any], size: int, room: int, at: int) -> None:
    """From any chunk's start on, cutting again gives the same chunks with the same digests."""
    whole = chunks(rows, size, room)
    if whole:
        first = whole[at % len(whole)]
        again = chunks(rows, size, room, first.start.position, first.number)
        assert [chunk.digest for chunk in again] == [chunk.digest for chunk in whole[first.number :]]
        assert again == whole[first.number :]


@given(ROWS.filter(bool), SIZES, integers(0, 1000), text(max_size=3))
def test_any_change_of_a_row_changes_a_digest(rows: list[Any], size: int, at: int, name: str) -> None:
    """Of content, of goodness, of order."""
    place = at % len(rows)
    changed = [
        *rows[:place],
        {"name": rows[place]["name"] + "x" + name, "bad": not rows[place]["bad"]},
        *rows[place + 1 :],
    ]
    before, after = ([chunk.digest for chunk in chunks(one, size, 5_000)] for one in (rows, changed))
    assert before != after


@given(lists(text(min_size=1, max_size=5), min_size=2, max_size=8, unique=True))
def test_another_order_is_another_digest(names: list[str]) -> None:
    """Two orders of the same records are not the same chunk."""
    rows = [{"name": name} for name in names]
    assert chunks(rows, 9, 5_000)[0].digest != chunks(rows[::-1], 9, 5_000)[0].digest


@settings(max_examples=30)
@given(integers(1, 400), integers(60, 300))
def test_a_record_that_cannot_fit_is_bad(length: int, room: int) -> None:
    """By position, with its size and the limit, never its value."""
    row = {"name": "x" * length}
    (chunk,) = chunks([row], 5, room)
    fits = len(msgspec.json.encode(row)) + WRAPPER_BYTES <= room
    assert bool(chunk.valid) is fits
    if not fits:
        assert "xxx" not in chunk.invalid[0].field_errors[0].reason


def test_reading_runs_no_further_ahead_than_one_chunk() -> None:
    """Flat memory: behind the first chunk just one more row is read."""
    read: list[int] = []

    def endless() -> Any:
        for number in range(10**9):
            read.append(number)
            yield Row(number, {"name": f"r{number}"})

    found = cut(validated(endless(), parse, max_bytes=5_000), max_records=10, max_bytes=5_000)
    next(found)
    assert len(read) == 11


@given(ROWS, SIZES, integers(0, 2000))
def test_bad_rows_weigh_in_a_chunk_of_their_own_scale(rows: list[Any], size: int, room: int) -> None:
    """They cover the rows as before; more than one bad row stays within the room, and the next would not have."""
    items = list(validated(ListSource(rows).rows(Cursor()), parse, max_bytes=300))
    found = list(cut(items, max_records=size, max_bytes=300, max_invalid_bytes=room))
    assert [at for chunk in found for at in positions(chunk)] == list(range(len(rows)))
    for chunk, following in pairwise([*found, None]):
        weight = sum(bad.weight for bad in chunk.invalid)  # type: ignore[union-attr]  # the last is followed by None
        assert weight <= room or len(chunk.invalid) == 1  # type: ignore[union-attr]
        if following and following.invalid and not following.valid and len(chunk.invalid) < size:  # type: ignore[union-attr]
            assert weight + following.invalid[0].weight > room


def test_the_rest_of_what_bad_rows_weigh_is_their_faults() -> None:
    """A row with thousands of faults is as large as they are."""
    bad = InvalidRow(Row(0, "x"), (FieldError("a", "b"),) * 1000)
    assert bad.weight - InvalidRow(Row(0, "x"), ()).weight == 1000 * FIELD_ERROR_BYTES


@given(lists(sampled_from("aab"), max_size=40), SIZES)
def test_a_chunk_has_records_of_one_group(groups: list[str], size: int) -> None:
    """Such as one sender; a chunk ends early only where the group changes, and nothing is reordered."""
    found = chunks([{"name": str(at), "group": group} for at, group in enumerate(groups)], size, 300)
    assert [at for chunk in found for at in positions(chunk)] == list(range(len(groups)))
    for chunk in found:
        assert len({row.record.group for row in chunk.valid}) == 1
    for chunk, following in pairwise(found):
        full = len(chunk.valid) == size or len(b",".join(row.body for row in chunk.valid)) + WRAPPER_BYTES > 250
        assert full or chunk.valid[-1].record.group != following.valid[0].record.group


def test_unchanged_rows_never_end_a_chunk() -> None:
    """Rows that were sent by others since the last attempt must not change the chunk before them."""
    rows = [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]

    def cut_with(*unchanged: int) -> list[Chunk]:
        source = [Row(at, None, unchanged=1) if at in unchanged else Row(at, row) for at, row in enumerate(rows)]
        return list(cut(validated(source, parse, max_bytes=300), max_records=2, max_bytes=300))

    first, later = cut_with(), cut_with(2)
    assert first[0].digest == later[0].digest
    assert [(one.start.position, one.end.position, one.unchanged) for one in later] == [(0, 2, 0), (2, 4, 1)]
    assert [(one.end.position, one.unchanged) for one in cut_with(1, 2, 3)] == [(1, 0), (4, 3)]
    assert [(one.end.position, one.unchanged) for one in cut_with(0, 1, 2, 3)] == [(4, 4)]
