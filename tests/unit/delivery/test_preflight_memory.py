"""Bad rows are weighed: neither the check of a source nor a push of it holds many of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from delivery_law.fakes import rows
from delivery_law.world import Process, World
from memory import peak_bytes

from airflow_provider_bento.delivery.checkpoint.state import TaskAttempt
from airflow_provider_bento.delivery.dead_letters import NoDeadLetters
from airflow_provider_bento.delivery.keeping import kept_chunks
from airflow_provider_bento.delivery.preflight import Preflight
from airflow_provider_bento.delivery.push import OnInvalidRecord
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoRecordError


class AllBad(ListSource):
    """A source that can be read again, of rows that are made while they are read.

    :param count: how many.
    :param size: letters of each.
    """

    def __init__(self, count: int, size: int = 0) -> None:
        super().__init__([])
        self.count, self.size = count, size

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield rows that are all bad."""
        for position in range(after.position, self.count):
            yield Row(position, {"name": f"r{position}", "bad": "x" * self.size or "x"})


def world(source: Any, on_invalid_record: OnInvalidRecord, **options: Any) -> World:
    """Return a world whose dead letters are kept nowhere."""
    return World(
        [], source=source, on_invalid_record=on_invalid_record, dead_letters=NoDeadLetters(), chunk_size=1000, **options
    )


def surveyed(source: Any, on_invalid_record: OnInvalidRecord, **options: Any) -> Preflight:
    """Return the survey of a source, read to its end."""
    made = Preflight(world(source, on_invalid_record, **options).push(Process(), TaskAttempt()))
    if on_invalid_record == "fail" and not options:
        with pytest.raises(BentoRecordError):
            made.read()
    else:
        made.read()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("on_invalid_record", ["fail", "drop"])
def test_the_check_of_bad_rows_alone_is_flat_in_memory(
    on_invalid_record: OnInvalidRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept to be sent is bounded, and nothing is kept that will not be."""
    monkeypatch.setattr(kept_chunks, "KEPT_BYTES", 200_000)
    assert peak_bytes(lambda: surveyed(AllBad(10_000), on_invalid_record)) < 4_000_000


@pytest.mark.parametrize("options", [{}, {"validate_only": True}])
def test_nothing_is_kept_of_what_will_not_be_sent(options: dict[str, Any]) -> None:
    """After a bad record that fails the task, or in a dry run."""
    found = surveyed(ListSource(rows(3000, bad=[0])), "fail", **options)
    assert (len(found.kept), found.invalid.records, found.records) == (0, 1, 2999)


@pytest.mark.parametrize("on_invalid_record", ["fail", "drop"])
def test_small_sources_are_kept_to_be_sent(on_invalid_record: Literal["fail", "drop"]) -> None:
    """With their bad rows, if these are skipped."""
    bad = [5] if on_invalid_record == "drop" else []
    found = surveyed(ListSource(rows(3000, bad=bad)), on_invalid_record, validate_only=False)
    assert sum(chunk.rows for chunk in found.kept.taken()) == 3000


def test_large_bad_rows_are_not_gathered_in_a_chunk() -> None:
    """Thirty of 6 MB, skipped, in much less than all of them would take."""

    def push() -> None:
        assert world(AllBad(30, 6_000_000), "drop", max_failed=30).attempt().counts.invalid == 30

    assert peak_bytes(push) < 60_000_000
