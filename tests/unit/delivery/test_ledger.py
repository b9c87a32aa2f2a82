"""What a push asks its ledger, and how unchanged records travel: counted everywhere, sent nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from delivery_law.fakes import parse, rows
from delivery_law.world import Killed, Process, World

from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.delivery.ledger import NoLedger
from airflow_provider_bento.delivery.validated_rows import UnchangedRows
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoStateError, BentoSuperseded

PATTERN = "nn--n---nnn-n--"
"""Rows: new, or unchanged."""


class Compared:
    """A source of which some rows need not be sent."""

    rereadable = True
    resumable = False

    def __init__(self, pattern: str = PATTERN) -> None:
        self.pattern = pattern

    def identity(self) -> str:
        """Return nothing."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield rows, and one for each run of unchanged ones."""
        waiting = 0
        for position, data in enumerate(rows(len(self.pattern))):
            if position < after.position:
                continue
            if self.pattern[position] == "-":
                waiting += 1
                continue
            if waiting:
                yield Row(position - 1, None, unchanged=waiting)
                waiting = 0
            yield Row(position, data, key=f"{position:032x}")
        if waiting:
            yield Row(len(self.pattern) - 1, None, unchanged=waiting)


class Noting:
    """A ledger that writes down what it is asked.

    :param counts: whether an earlier attempt's checkpoint counts.
    :ivar calls: the calls, with the positions of a chunk.
    """

    comparison = Comparison(total=15, added=7, unchanged=8, gone=2, known=10)

    def __init__(self, *, counts: bool = True) -> None:
        self.counts = counts
        self.calls: list[Any] = []

    def open(self, *, resumed: bool) -> bool:
        """Note it."""
        self.calls.append(("open", resumed))
        return self.counts

    def begin(self, chunk: Chunk) -> None:
        """Note it."""
        self.calls.append(("begin", *(row.row.position for row in chunk.valid)))

    def withdraw(self, chunk: Chunk) -> None:
        """Note it."""
        self.calls.append(("withdraw", *(row.row.position for row in chunk.valid)))

    def settle(self, chunk: Chunk, result: ChunkResult) -> None:
        """Note whom Bento confirmed."""
        self.calls.append(("settle", *(row.row.position for row in result.confirmed)))

    def flush(self) -> None:
        """Note it."""
        self.calls.append(("flush",))


def test_a_plain_push_knows_nothing() -> None:
    """Its ledger lets every checkpoint count, and does nothing."""
    ledger = NoLedger()
    (chunk,) = cut(validated(Compared("n").rows(Cursor()), parse, max_bytes=1000), max_records=3, max_bytes=1000)
    assert (ledger.comparison, ledger.open(resumed=True), ledger.open(resumed=False)) == (None, True, True)
    for call in (ledger.begin, ledger.withdraw):
        call(chunk)
    ledger.settle(chunk, ChunkResult(chunk, "events", 1))
    ledger.flush()


def test_unchanged_rows_pass_validation_as_what_they_are() -> None:
    """Nobody parses them."""
    (item,) = validated([Row(4, None, unchanged=3)], parse, max_bytes=1000)
    assert item == UnchangedRows(Row(4, None, unchanged=3))


@pytest.mark.parametrize("pattern", [PATTERN, "---", "n", "-n", "n-", "", "--nnnnnnnnn--"])
@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_chunks_cover_unchanged_rows_without_gap_or_overlap(pattern: str, most: int) -> None:
    """They need no room: there are as many requests as without them."""
    items = validated(Compared(pattern).rows(Cursor()), parse, max_bytes=1000)
    chunks = list(cut(items, max_records=most, max_bytes=1000))
    assert sum(chunk.rows for chunk in chunks) == len(pattern)
    assert sum(chunk.unchanged for chunk in chunks) == pattern.count("-")
    ends = [0, *(chunk.end.position for chunk in chunks)]
    assert [chunk.start.position for chunk in chunks] == ends[:-1]
    assert ends[-1] == len(pattern)
    assert all(chunk.rows == chunk.end.position - chunk.start.position for chunk in chunks)
    assert len([chunk for chunk in chunks if chunk.valid]) == -(-pattern.count("n") // most)


def test_a_push_counts_what_it_does_not_send() -> None:
    """Read = accepted + unchanged; the summary has the comparison."""
    world = World([], source=Compared(), ledger=Noting())
    report = world.attempt()
    assert (report.counts.read, report.counts.accepted, report.counts.unchanged) == (15, 7, 8)
    assert world.bento.requests == [["r0", "r1", "r4"], ["r8", "r9", "r10"], ["r12"]]
    summary = report.summary()
    assert (summary["unchanged"], summary["gone"]) == (8, 2)
    assert not {"total", "added", "changed"} & set(summary)


def test_a_summary_without_a_comparison_has_no_unchanged() -> None:
    """Those who send everything see what they have always seen."""
    assert "unchanged" not in World(rows(3)).attempt().summary()


def test_a_dry_run_says_what_would_be_sent() -> None:
    """Without opening the ledger, which would stop a run in progress."""
    ledger = Noting()
    world = World([], source=Compared(), ledger=ledger, validate_only=True)
    summary = world.attempt().summary()
    expected = {"read": 15, "valid": 7, "unchanged": 8, "total": 15, "added": 7, "changed": 0, "gone": 2, "chunks": 3}
    assert {name: summary[name] for name in expected} == expected
    assert (ledger.calls, world.bento.requests) == ([], [])


def test_a_push_of_unchanged_rows_only_sends_nothing_and_is_not_empty() -> None:
    """An empty source is another thing."""
    world = World([], source=Compared("-----"), ledger=Noting(), on_empty="fail")
    report = world.attempt()
    assert (report.counts.read, report.counts.unchanged, report.empty, world.bento.requests) == (5, 5, False, [])


def test_the_ledger_is_told_before_and_after_each_request() -> None:
    """And once more at the end."""
    ledger = Noting()
    World([], source=Compared(), ledger=ledger).attempt()
    assert [call for call in ledger.calls if call != ("settle",)] == [
        ("open", False),
        ("begin", 0, 1, 4),
        ("settle", 0, 1, 4),
        ("begin", 8, 9, 10),
        ("settle", 8, 9, 10),
        ("begin", 12),
        ("settle", 12),
        ("flush",),
    ]


@pytest.mark.parametrize("kind", [BentoSuperseded, BentoStateError])
def test_what_the_ledger_refuses_is_not_sent(kind: type[Exception]) -> None:
    """The chunk is withdrawn, so that nobody takes it for sent, and the checkpoint has no doubt."""

    class Refusing(Noting):
        def begin(self, chunk: Chunk) -> None:
            super().begin(chunk)
            if chunk.number == 1:
                raise kind("planted")

    ledger = Refusing()
    world = World([], source=Compared(), ledger=ledger)
    with pytest.raises(kind):
        world.attempt()
    assert world.bento.requests == [["r0", "r1", "r4"]]
    assert ledger.calls[-3:] == [("begin", 8, 9, 10), ("withdraw", 8, 9, 10), ("flush",)]
    assert world.attempt(ledger=Noting()).counts.accepted == 7
    assert sum(world.arrived().values()) == 7


def test_a_retry_goes_on_after_unchanged_rows() -> None:
    """The checkpoint counts them like all others."""
    world, ledger = World([], source=Compared()), Noting()

    def die(_: str) -> None:
        if len(world.bento.requests) == 2:
            raise Killed

    with pytest.raises(Killed):
        world.attempt(Process(turn=die), ledger=Noting())
    report = world.attempt(ledger=ledger, in_doubt="skip")
    assert ledger.calls[0] == ("open", True)
    assert (report.counts.read, report.counts.unchanged, report.resumed) == (15, 8, True)
    assert max(world.arrived().values()) == 1


def test_a_retry_starts_over_if_the_ledger_says_so() -> None:
    """Another run took over in between: what is stored of this one no longer counts."""
    world = World([], source=Compared())

    class Stopping(Noting):
        def begin(self, chunk: Chunk) -> None:
            if chunk.number == 2:
                raise BentoSuperseded("planted")

    with pytest.raises(BentoSuperseded):
        world.attempt(ledger=Stopping())
    report = world.attempt(ledger=Noting(counts=False))
    assert (report.counts.read, report.counts.accepted, report.counts.unchanged) == (15, 7, 8)
    assert not report.resumed
    assert world.bento.requests[2] == ["r0", "r1", "r4"]
    assert report.request_counts.requests == 5
