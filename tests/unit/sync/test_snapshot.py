"""The ledger of one run: what it notes before and after a request, and whose turn it is."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_law.fakes import FakeClock
from unit.sync.folders import InMemoryFolder
from unit.sync.test_source import people

from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.api.records import parse_subscriber
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import ValidRow, ValidRows
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError, BentoSuperseded
from airflow_provider_bento.sync.keys import PersonKey
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.sync.source import ComparedSource
from airflow_provider_bento.sync.terms import Terms


class ARun:
    """One run that pushes people in one chunk.

    :param rows: the people.
    :param run: its name.
    """

    def __init__(self, folder: InMemoryFolder, rows: list[dict[str, Any]], run: str = "first", **terms: Any) -> None:
        self.snapshot = Snapshot(folder, Terms("subscribers", "site", **terms), run=run, clock=FakeClock())
        self._rows = rows

    def open(self, *, resumed: bool = False) -> Chunk:
        """Open the snapshot, and return the chunk of what is to be sent."""
        self.snapshot.open(resumed=resumed)
        source = ComparedSource(
            ListSource(self._rows),
            self.snapshot,
            key_of=PersonKey(),
            new_parser=lambda: parse_subscriber,
            max_bytes=10_000,
            compared=lambda found: None,
        )
        items = validated(source.rows(Cursor()), parse_subscriber, max_bytes=10_000)
        valid = ValidRows.of(item for item in items if isinstance(item, ValidRow))
        return Chunk(0, Cursor(), Cursor(9), valid, ())

    def settle(self, chunk: Chunk) -> None:
        """Let Bento confirm the whole chunk."""
        result = ChunkResult(chunk, "subscribers", 1)
        result.sent(chunk.valid, Receipt(len(chunk.valid), len(chunk.valid), 0))
        self.snapshot.settle(chunk, result)

    def push(self) -> int:
        """Do all of it; return how many people were sent."""
        chunk = self.open()
        if chunk.valid:
            self.snapshot.begin(chunk)
            self.settle(chunk)
        self.snapshot.close()
        return len(chunk.valid)


def test_a_confirmed_record_is_not_sent_again() -> None:
    """The second run has nothing to send, and the third one what changed."""
    folder = InMemoryFolder()
    assert ARun(folder, people("ann", "bob")).push() == 2
    assert ARun(folder, people("ann", "bob")).push() == 0
    assert ARun(folder, people("ann") + people("bob", plan="gold")).push() == 1


def test_a_record_that_may_have_been_sent_counts_for_nothing() -> None:
    """Bento may have either record, so even the one that was confirmed before is sent once more."""
    folder = InMemoryFolder()
    ARun(folder, people("ann")).push()
    killed = ARun(folder, people("ann", plan="gold"), "second")
    killed.snapshot.begin(killed.open())
    assert ARun(folder, people("ann"), "third").push() == 1


def test_a_confirmation_that_was_written_outlives_a_kill() -> None:
    """The next run reads the segments of a run that did not end."""
    folder = InMemoryFolder()
    killed = ARun(folder, people("ann", "bob"))
    chunk = killed.open()
    killed.snapshot.begin(chunk)
    killed.settle(chunk)
    killed.snapshot.flush()
    assert ARun(folder, people("ann", "bob"), "second").push() == 0


def test_a_retry_sends_what_its_first_attempt_sent() -> None:
    """Its chunks come out as they were, so that the checkpoint can tell which of them are done."""
    folder = InMemoryFolder()
    first = ARun(folder, people("ann", "bob"))
    chunk = first.open()
    first.snapshot.begin(chunk)
    first.settle(chunk)
    first.snapshot.flush()
    assert ARun(folder, people("ann", "bob")).open(resumed=True).digest == chunk.digest


def test_an_older_run_stops_before_its_next_request() -> None:
    """The newest run to begin has the snapshot."""
    folder = InMemoryFolder()
    older = ARun(folder, people("ann"))
    chunk = older.open()
    ARun(folder, people("ann"), "newer").open()
    with pytest.raises(BentoSuperseded):
        older.snapshot.begin(chunk)


def test_an_older_run_cannot_end_what_a_newer_one_began() -> None:
    """What it noted was read by the newer one."""
    folder = InMemoryFolder()
    older = ARun(folder, people("ann"))
    older.open()
    ARun(folder, people("ann"), "newer").open()
    with pytest.raises(BentoSuperseded):
        older.snapshot.close()


def test_people_of_a_request_that_may_still_arrive_are_sent_once_more() -> None:
    """A killed run's last request may reach Bento after the next run's, so nothing is sure until the run after that."""
    folder = InMemoryFolder()
    killed = ARun(folder, people("ann"))
    killed.snapshot.begin(killed.open())
    again = people("ann", plan="gold")
    assert [ARun(folder, again, run).push() for run in ("second", "third", "fourth")] == [1, 1, 0]


def test_a_folder_that_was_replaced_is_not_written_to() -> None:
    """A new snapshot may have come to the same generation; its hashes are others."""
    folder = InMemoryFolder()
    run = ARun(folder, people("ann"))
    run.open()
    folder.files.clear()
    ARun(folder, people("ann"), "another").open()
    with pytest.raises(BentoStateError, match="deleted or replaced"):
        run.snapshot.close()


def test_a_folder_that_was_deleted_stops_the_run() -> None:
    """Before the next request."""
    folder = InMemoryFolder()
    run = ARun(folder, people("ann"))
    chunk = run.open()
    folder.files.clear()
    with pytest.raises(BentoStateError, match="deleted or replaced"):
        run.snapshot.begin(chunk)


def test_what_a_deleted_snapshot_left_behind_is_not_read() -> None:
    """Its hashes mean nothing to a new one."""
    folder = InMemoryFolder()
    killed = ARun(folder, people("ann"), addresses=True)
    killed.snapshot.begin(killed.open())
    folder.files = {name: data for name, data in folder.files.items() if name.startswith("segments/")}
    run = ARun(folder, people("bob"), "second", addresses=True)
    run.open()
    assert run.snapshot.comparison is not None
    assert run.snapshot.comparison.known == 0


@pytest.mark.parametrize(("made_for", "site"), [("events once_by id", "site"), ("subscribers", "another site")])
def test_a_snapshot_of_something_else_is_refused(made_for: str, site: str) -> None:
    """Of another kind of keys, or of another site."""
    folder = InMemoryFolder()
    ARun(folder, people("ann")).push()
    with pytest.raises(BentoSetupError, match="Nothing was sent"):
        Snapshot(folder, Terms(made_for, site), run="second", clock=FakeClock()).open(resumed=False)


def test_nothing_is_written_if_nothing_was_sent() -> None:
    """But for the two generations of the run."""
    folder = InMemoryFolder()
    ARun(folder, people("ann")).push()
    before = {name for name in folder.files if not name.startswith("generations/")}
    ARun(folder, people("ann"), "second").push()
    assert {name for name in folder.files if not name.startswith("generations/")} == before
