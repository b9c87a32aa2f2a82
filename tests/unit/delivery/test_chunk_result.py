"""From what became of a chunk to its counts and its dead letters."""

from __future__ import annotations

import msgspec
import pytest
from delivery_law.fakes import parse, rows

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.receipt import Created, Failure, Receipt
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.problems import InvalidRecords
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import InvalidRow
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor, Row


def chunk() -> Chunk:
    """Return four records, the one at position 1 bad."""
    items = validated(ListSource(rows(4, bad=[1])).rows(Cursor()), parse, max_bytes=10_000)
    return next(cut(items, max_records=9, max_bytes=10_000))


def account() -> ChunkResult:
    """Return an account of that chunk."""
    return ChunkResult(chunk(), "events", 2)


def letters(one: ChunkResult) -> list[tuple[int, str]]:
    """Return the position and the kind of each letter."""
    return sorted((letter.position, letter.kind) for letter in one.letters)


def test_bad_rows_are_rejected_with_their_faults() -> None:
    """By position, attempt and endpoint, with the row as it was."""
    (letter,) = account().letters
    assert (letter.position, letter.chunk, letter.kind, letter.attempt, letter.endpoint) == (
        1,
        0,
        "invalid",
        2,
        "events",
    )
    assert letter.field_errors == (FieldError("bad", "must not be there"),)
    assert letter.record["name"] == "r1"


def test_a_full_success_leaves_only_the_rejected() -> None:
    """All good ones accepted."""
    one = account()
    one.sent(chunk().valid, Receipt(3, 3, 0, (), (Created(1, "r0"),)))
    counts = one.counts.balanced()
    assert (counts.read, counts.accepted, counts.invalid, counts.created) == (4, 3, 1, (Created(1, "r0"),))
    assert letters(one) == [(1, "invalid")]


def test_refused_ones_that_are_named_have_letters_with_the_reason() -> None:
    """The index is the request's, the position the source's."""
    one = account()
    one.sent(chunk().valid, Receipt(3, 2, 1, (Failure(1, "no author"),)))
    assert letters(one) == [(1, "invalid"), (2, "rejected")]
    assert one.letters[-1].field_errors[0].reason == "Bento rejected it: no author"
    assert one.counts.balanced().rejected == 1


def test_unnamed_refusals_make_all_the_others_suspects() -> None:
    """Bento says how many, not which."""
    one = account()
    one.sent(chunk().valid, Receipt(3, 1, 2, (Failure(0, "no"),)))
    assert letters(one) == [(0, "rejected"), (1, "invalid"), (2, "suspect"), (3, "suspect")]
    assert "rejected 1 of these 2 records" in one.letters[-1].field_errors[0].reason


def test_where_all_are_refused_each_is() -> None:
    """Nobody is merely suspected then."""
    one = account()
    one.sent(chunk().valid, Receipt(3, 0, 3))
    assert letters(one) == [(0, "rejected"), (1, "invalid"), (2, "rejected"), (3, "rejected")]


def test_found_and_skipped_ones_balance() -> None:
    """A chunk may end in pieces."""
    one, valid = account(), chunk().valid
    one.found([Created(7, "r0")])
    one.skipped(valid[1:])
    counts = one.counts.balanced()
    assert (counts.accepted, counts.skipped, counts.invalid) == (1, 2, 1)
    assert letters(one) == [(1, "invalid"), (2, "skipped"), (3, "skipped")]


def known(one: ChunkResult) -> tuple[list[int], list[int]]:
    """Return the positions of those that Bento surely has, and of those that it surely has not."""
    return ([row.row.position for row in one.confirmed], [row.row.position for row in one.rejected])


@pytest.mark.parametrize(
    ("receipt", "confirmed", "rejected"),
    [
        (Receipt(3, 3, 0), [0, 2, 3], []),
        (Receipt(3, 2, 1, (Failure(1, "no"),)), [0, 3], [2]),
        (Receipt(3, 2, 1), [], []),
        (Receipt(3, 1, 2, (Failure(0, "no"),)), [], [0]),
        (Receipt(3, 0, 3), [], [0, 2, 3]),
        (Receipt(3, 0, 3, (Failure(0, "no"),)), [], [0, 2, 3]),
    ],
)
def test_confirmed_is_only_what_bento_surely_has(receipt: Receipt, confirmed: list[int], rejected: list[int]) -> None:
    """If it does not say which it rejected, the others are neither."""
    one = account()
    one.sent(chunk().valid, receipt)
    assert known(one) == (confirmed, rejected)


def test_pieces_of_a_chunk_are_known_together() -> None:
    """Halves of it, sent to find the rejected ones; skipped ones are neither."""
    one, valid = account(), chunk().valid
    one.sent(valid[:1], Receipt(1, 1, 0))
    one.sent(valid[1:2], Receipt(1, 0, 1))
    one.skipped(valid[2:])
    assert known(one) == ([0], [2])


def test_unchanged_rows_are_counted_as_read() -> None:
    """Nothing else becomes of them."""
    one = ChunkResult(msgspec.structs.replace(chunk(), unchanged=5), "events", 2)
    one.sent(chunk().valid, Receipt(3, 3, 0))
    assert (one.counts.balanced().read, one.counts.unchanged, len(one.letters)) == (9, 5, 1)


def test_faults_are_counted_all_and_shown_twenty() -> None:
    """By position and field; all records are counted by reason, ten reasons with a name."""
    field_errors = InvalidRecords()
    for position in range(30):
        field_errors.add(
            InvalidRow(Row(position, None), (FieldError("email", "is missing"), FieldError(f"f{position}", "is odd")))
        )
    assert (field_errors.records, field_errors.count, len(field_errors.first)) == (30, 60, 20)
    assert field_errors.reasons["email: is missing"] == 30
    assert (len(field_errors.reasons), field_errors.reasons["other kinds"]) == (11, 21)
    assert field_errors.lines().splitlines()[0] == "  position 0, email: is missing"
    field_errors.add(InvalidRow(Row(30, None), (FieldError("", "is no dict"),)))
    assert InvalidRecords().lines() == ""
