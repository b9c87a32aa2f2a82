"""A checkpoint stays below 8,000 bytes while one request hangs and others land."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.delivery.checkpoint.size_limit import MAX_BYTES
from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import RecordCounts, RequestCounts
from airflow_provider_bento.delivery.validated_rows import InvalidRow, ValidRows
from airflow_provider_bento.delivery.values import Cursor, Row

ROWS = 1000


class Measuring(MemoryStore):
    """Remembers how large a value became, as Airflow writes it."""

    largest = 0

    def set(self, key: str, value: Any) -> None:
        """Measure, and store."""
        self.largest = max(self.largest, len(json.dumps(value)))
        super().set(key, value)


def chunk(number: int, token: Any = None, rows: int = ROWS) -> Chunk:
    """Return a chunk far behind in a large source."""
    end = (number + 90_000) * rows
    start = Cursor(end - rows, token)
    return Chunk(number, start, Cursor(end, token), ValidRows((), b""), (InvalidRow(Row(end, {}), ()),))


def success(created: int = 0, unchanged: int = 0) -> RecordCounts:
    """Return the outcome of a chunk of which some went each way."""
    made = tuple(Created(n, f"\N{SNOWMAN} {n}" * 9, f"https://app.bentonow.com/broadcasts/{n}") for n in range(created))
    sent = RecordCounts(read=5 * ROWS, accepted=ROWS, invalid=ROWS, rejected=ROWS, skipped=2 * ROWS, created=made)
    return sent + RecordCounts(read=unchanged, unchanged=unchanged)


class Loop:
    """Chunks that begin while there is room; the first of them hangs."""

    def __init__(self, in_flight: int, token: Any = None, created: int = 0, rows: int = ROWS) -> None:
        self.store = Measuring()
        self.checkpoints = Checkpoints(self.store, Plan("events", ROWS, 5_000_000, "s" * 100), TaskAttempt(3, 12))
        self.checkpoints.open()
        self.in_flight, self.token, self.created, self.rows = in_flight, token, created, rows
        self.request_counts = RequestCounts(900_000, 90_000, 90_000, 9_000_000.125, 300)
        self.under_way: list[Chunk] = []
        self.begun = self.settled = 0

    def begin(self, *, known: bool) -> bool:
        """Begin a chunk, if there is room; ask with the chunk, or without it."""
        one = chunk(self.begun, self.token, self.rows)
        if len(self.under_way) >= self.in_flight or not self.checkpoints.has_room(
            self.in_flight, one if known else None
        ):
            return False
        self.checkpoints.begin(one, 1_700_000_000.123456)
        self.under_way.append(one)
        self.begun += 1
        return True

    def land(self, index: int) -> None:
        """Let one of those under way land."""
        self.settled += 1
        reasons = {chr(ord("a") + self.settled % 20) * 99: 1_000_000}
        self.checkpoints.commit(
            self.under_way.pop(index), success(self.created, self.rows - ROWS), self.request_counts, reasons
        )

    def run_ahead(self, *, known: bool = True) -> int:
        """Run as far ahead of the first chunk as there is room; return how far."""
        while True:
            while self.begin(known=known):
                pass
            if len(self.under_way) == 1:
                return self.begun
            self.land(-1)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("created", [0, 100])
@pytest.mark.parametrize("token", [None, ["key", "k" * 200], "\N{SNOWMAN}" * 150])
@pytest.mark.parametrize("in_flight", [1, 4, 32])
def test_a_checkpoint_stays_small_while_one_request_hangs(
    in_flight: int, token: Any, created: int, known: bool
) -> None:
    """In each order of outcomes; after the first, the cursor passes all of them, and there is room again."""
    loop = Loop(in_flight, token, created)
    ahead = loop.run_ahead(known=known)
    assert 1 <= ahead <= 4 * in_flight
    assert loop.store.largest < MAX_BYTES
    loop.land(0)
    now = loop.checkpoints.now
    assert (now.chunks, now.in_flight, now.counts.accepted) == (ahead, (), ahead * ROWS)
    assert loop.begin(known=known)
    assert loop.store.largest < MAX_BYTES


@pytest.mark.parametrize(("in_flight", "at_once"), [(1, 1), (4, 4), (32, 24)])
def test_ordinary_chunks_have_room_for_all_that_may_be_in_flight(in_flight: int, at_once: int) -> None:
    """Of 32, 24 fit at once; with the next one there would be no room for what is still to come."""
    loop = Loop(in_flight)
    while loop.begin(known=True):
        pass
    assert len(loop.under_way) == at_once


@pytest.mark.parametrize("in_flight", [4, 32])
def test_chunks_of_many_unchanged_rows_have_room_for_their_number(in_flight: int) -> None:
    """A chunk of 1,000 records to be sent may have ten million others between them."""
    loop = Loop(in_flight, rows=10_000_000)
    loop.run_ahead()
    assert loop.store.largest < MAX_BYTES


@pytest.mark.parametrize("known", [True, False])
def test_ordinary_chunks_run_ahead_four_times_as_far_as_may_be_in_flight(known: bool) -> None:
    """No less, whether they are known or not."""
    for in_flight in (1, 2, 4):
        assert Loop(in_flight).run_ahead(known=known) == (4 * in_flight if in_flight > 1 else 1)


def test_reasons_have_their_room_from_the_beginning() -> None:
    """Those that are stored take none from the chunks that follow."""
    loop = Loop(32)
    loop.begin(known=True)
    for _ in range(11):
        loop.land(0)
        loop.begin(known=True)
    assert len(loop.checkpoints.now.reasons) == 11
    while loop.begin(known=True):
        pass
    assert len(loop.under_way) >= 23


def test_broadcasts_are_left_out_for_want_of_room_but_counted() -> None:
    """Some of them are named."""
    loop = Loop(4, "t" * 300, created=100)
    loop.run_ahead()
    now = loop.checkpoints.now
    assert 0 < sum(len(pending.counts.created) for pending in now.in_flight if pending.counts) < 100
    loop.land(0)
    assert loop.checkpoints.now.counts.accepted == loop.begun * ROWS


def test_nothing_ahead_of_the_mark_is_always_room_enough() -> None:
    """Also for a token of several KB, whose chunks then go one by one, each with a checkpoint above the limit."""
    loop = Loop(32, "t" * 5_000)
    for _ in range(3):
        assert loop.begin(known=True)
        assert not loop.begin(known=True)
        loop.land(0)
    assert MAX_BYTES < loop.store.largest < 3 * 5_000 + 2_000


def test_what_a_source_says_in_a_token_is_kept_as_it_is() -> None:
    """Its own ``null`` is no absence."""
    loop = Loop(4, {"after": None, "start": {"x": None}, "counts": None})
    loop.begin(known=True)
    loop.begin(known=True)
    again = Checkpoints(loop.store, loop.checkpoints.now.plan, TaskAttempt(4, 12))
    assert again.open().in_flight == loop.checkpoints.now.in_flight


def test_the_newest_chunk_is_at_most_four_times_as_far_ahead_as_may_be_in_flight() -> None:
    """Counted from the cursor, wherever it is; also if chunks between them are not stored yet."""
    loop = Loop(1)
    for number in range(9):
        assert loop.begin(known=True)
        room = [loop.checkpoints.has_room(1, chunk(number + ahead)) for ahead in range(1, 6)]
        assert room == [True, True, True, False, False]
        loop.land(0)


def test_a_chunk_is_measured_if_it_is_known() -> None:
    """Another one is taken for one like the largest."""
    loop = Loop(4)
    loop.begin(known=True)
    assert loop.checkpoints.has_room(4)
    assert not loop.checkpoints.has_room(4, chunk(1, "t" * 4_000))
    loop.checkpoints.begin(chunk(1, "t" * 2_000), 1.0)
    loop.checkpoints.begin(chunk(2), 1.0)
    assert loop.checkpoints.has_room(4, chunk(3))
    assert not loop.checkpoints.has_room(4)
