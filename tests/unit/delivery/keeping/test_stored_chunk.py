"""A chunk becomes bytes and comes back: the same is sent, counted and named."""

from __future__ import annotations

from typing import Any

from generated_rows import block, event
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records import broadcast_parser
from airflow_provider_bento.api.records.columns import event_parser
from airflow_provider_bento.delivery.block_size import BlockSize
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.delivery.keeping.stored_chunk import restored, stored
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validation import validated, validated_in_blocks
from airflow_provider_bento.delivery.values import Cursor, Row


def chunks(rows: list[Any], parse: Any) -> list[Chunk]:
    """Return the chunks of some rows."""
    size = BlockSize(100)
    items = validated_in_blocks(ListSource(rows).blocks(Cursor(), size), parse, size, max_bytes=100_000)
    return list(cut(items, max_records=100, max_bytes=100_000))


def again(chunk: Chunk) -> Chunk:
    """Return the chunk after it was stored."""
    data = stored(chunk)
    assert data is not None
    return restored(data)


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_a_chunk_comes_back_as_it_was(seed: int) -> None:
    """Bytes, digest, positions, people, and what is wrong with the invalid rows."""
    for chunk in chunks(block(seed, event, 60), event_parser()):
        found = again(chunk)
        assert (found.digest, found.valid.lines, found.rows) == (chunk.digest, chunk.valid.lines, chunk.rows)
        assert (list(found.valid.emails), found.idempotent) == (list(chunk.valid.emails), chunk.idempotent)
        assert [one.row.position for one in found.valid] == [one.row.position for one in chunk.valid]
        assert [(one.row.position, one.field_errors) for one in found.invalid] == [
            (one.row.position, one.field_errors) for one in chunk.invalid
        ]
        assert [one.row.data for one in found.invalid] == [to_jsonable(one.row.data) for one in chunk.invalid]


def test_the_data_of_a_row_are_then_what_its_record_says() -> None:
    """For the dead letters: what was sent, which can be sent again."""
    rows = [{"type": "x", "email": " a@x.io ", "date": None}, {"type": "y", "email": "b@x.io"}]
    (chunk,) = chunks(rows, event_parser())
    valid = again(chunk).valid
    assert [row.data for row in valid.rows] == [{"type": "x", "email": "a@x.io"}, {"type": "y", "email": "b@x.io"}]
    assert valid.rows[-1].position == 1
    assert [row.position for row in valid.rows[0:2]] == [0, 1]


def test_what_a_ledger_knows_of_a_row_stays() -> None:
    """Its key, and whether it is new."""
    rows = [Row(3, {"type": "x", "email": "a@x.io"}, key="k", added=True)]
    size = BlockSize(9)
    (chunk,) = cut(validated_in_blocks([rows], event_parser(), size, max_bytes=999), max_records=9, max_bytes=999)
    (row,) = again(chunk).valid.rows
    assert (row.position, row.key, row.added) == (3, "k", True)


def test_records_that_were_made_one_by_one_stay_records() -> None:
    """A broadcast is looked up by its name."""
    parse = broadcast_parser(allow_send=False, to_everyone=True)
    row = {"name": "n", "subject": "s", "content": "c", "type": "plain", "from": {"email": "a@x.io", "name": "A"}}
    (chunk,) = chunks([row], parse)
    assert chunk.valid
    (one,) = again(chunk).valid
    assert (one.record.name, one.record.approved, one.row.data["name"]) == ("n", False, "n")  # type: ignore[index]


def test_a_record_that_cannot_be_stored_is_not() -> None:
    """It is kept in memory instead."""

    class Unusual:
        idempotent, group = True, ""

        def encode(self) -> bytes:
            return b"{}"

    items = validated([Row(0, {})], lambda row: Unusual(), max_bytes=999)
    (chunk,) = cut(items, max_records=9, max_bytes=999)
    assert stored(chunk) is None
