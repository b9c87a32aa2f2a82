"""A source compared with a snapshot: the whole of it is read, and only the difference goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from delivery_law.fakes import FakeClock
from unit.sync.folders import InMemoryFolder

from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.api.records import parse_subscriber
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import ValidRow, ValidRows
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.sync.folder import Folder
from airflow_provider_bento.sync.keys import FieldKey, PersonKey
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.sync.source import ComparedSource
from airflow_provider_bento.sync.terms import Terms


class Counting(ListSource):
    """Rows in memory.

    :ivar readings: how often they were read.
    """

    def __init__(self, rows: Sequence[object]) -> None:
        super().__init__(rows)
        self.readings = 0

    def rows(self, after: Cursor) -> Any:
        """Return the rows."""
        self.readings += 1
        return super().rows(after)


def snapshot(folder: Folder, **terms: Any) -> Snapshot:
    """Return one that is not open."""
    return Snapshot(folder, Terms("subscribers", "site", **terms), run="dag/run/task/-1", clock=FakeClock())


def compared(rows: Sequence[object], folder: Folder | None = None, **terms: Any) -> tuple[ComparedSource, Snapshot]:
    """Return a source that was compared with an open snapshot."""
    known = snapshot(folder or InMemoryFolder(), **terms)
    known.open(resumed=False)
    key_of = FieldKey("first_name", "last_name") if terms.get("once") else PersonKey()
    found: list[Comparison] = []
    source = ComparedSource(
        Counting(rows),
        known,
        key_of=key_of,
        new_parser=lambda: parse_subscriber,
        max_bytes=10_000,
        compared=found.append,
    )
    source.compare()
    assert found == [known.comparison]
    return source, known


def confirm(source: ComparedSource, known: Snapshot) -> None:
    """Let Bento confirm all that goes on, and end the run."""
    items = validated(source.rows(Cursor()), parse_subscriber, max_bytes=10_000)
    valid = ValidRows.of(item for item in items if isinstance(item, ValidRow))
    chunk = Chunk(0, Cursor(), Cursor(9), valid, ())
    known.begin(chunk)
    result = ChunkResult(chunk, "subscribers", 1)
    result.sent(valid, Receipt(len(valid), len(valid), 0))
    known.settle(chunk, result)
    known.close()


def people(*names: str, **fields: Any) -> list[dict[str, Any]]:
    """Return records."""
    return [{"email": f"{name}@shop.example", **fields} for name in names]


def shown(rows: Sequence[Row]) -> list[tuple[int, object, int]]:
    """Return position, data and number of unchanged ones."""
    return [(row.position, row.data, row.unchanged) for row in rows]


def test_at_first_everybody_goes_on() -> None:
    """In order, each with the key by which they are known."""
    source, _ = compared(people("ann", "bob"))
    rows = list(source.rows(Cursor()))
    assert shown(rows) == [(0, people("ann")[0], 0), (1, people("bob")[0], 0)]
    assert len({row.key for row in rows} - {None}) == 2


def test_then_only_the_difference_and_a_row_for_each_run_of_unchanged_ones() -> None:
    """Positions stay those of the source, so that a checkpoint means the same."""
    folder = InMemoryFolder()
    confirm(*compared(people("a", "b", "c", "d", "e", "f"), folder))
    now = [*people("a", "b"), *people("c", first_name="Cy"), *people("d"), *people("g"), *people("e", "f")]
    source, known = compared(now, folder)
    assert shown(list(source.rows(Cursor()))) == [
        (1, None, 2),
        (2, now[2], 0),
        (3, None, 1),
        (4, now[4], 0),
        (6, None, 2),
    ]
    assert known.comparison == Comparison(total=7, added=1, changed=1, unchanged=5, known=6)


def test_every_place_between_two_rows_is_a_place_to_go_on() -> None:
    """The rest that is yielded from there covers the rest of the source."""
    folder = InMemoryFolder()
    confirm(*compared(people("a", "b", "c", "d"), folder))
    source, _ = compared([*people("a", "b"), *people("x"), *people("c", "d")], folder)
    for position in range(6):
        rows = list(source.rows(Cursor(position)))
        assert sum(row.unchanged or 1 for row in rows) == 5 - position
        assert [row.position for row in rows if not row.unchanged] == [2] * (position <= 2)


def test_the_source_is_read_once() -> None:
    """The preflight and the push read from the disk."""
    source, _ = compared(people("ann"))
    for _ in range(3):
        assert len(list(source.rows(Cursor()))) == 1
    assert source._source.readings == 1


def test_rows_about_one_person_become_the_first_of_them() -> None:
    """Merged as Bento would: later fields win, tags add up, and the person is sent once."""
    rows = [*people("ann", first_name="A", tags=["x"]), *people("bob"), *people("ANN", last_name="B", tags=["y"])]
    source, known = compared(rows)
    first, second = source.rows(Cursor())
    data: Any = first.data
    assert (first.position, second.position) == (0, 1)
    assert (data["first_name"], data["last_name"], sorted(data["tags"])) == ("A", "B", ["x", "y"])
    assert known.comparison == Comparison(total=2, added=2)


def test_of_rows_with_one_key_of_an_event_the_first_counts() -> None:
    """The others are unchanged: nothing is merged, nothing is sent twice."""
    rows = [*people("ann", first_name="7"), *people("bob", first_name="7"), *people("ann", first_name="8")]
    source, known = compared(rows, once=True)
    assert shown(list(source.rows(Cursor()))) == [(0, rows[0], 0), (1, None, 1), (2, rows[2], 0)]
    assert known.comparison == Comparison(total=3, added=2, unchanged=1)


def test_an_event_without_a_key_is_invalid_and_says_why() -> None:
    """Otherwise it would be sent at each run."""
    source, known = compared([{"email": "a@b.co"}], once=True)
    (row,) = source.rows(Cursor())
    assert row.unreadable == "has no first_name (text or a number), which once_by needs"
    assert known.comparison == Comparison(total=1, invalid=1)


def test_invalid_rows_go_on_to_be_named() -> None:
    """Each time, and the person is not taken for gone."""
    folder = InMemoryFolder()
    confirm(*compared(people("ann", "bob"), folder))
    rows = [*people("ann", tags=7), {"email": "no address"}]
    source, known = compared(rows, folder)
    assert shown(list(source.rows(Cursor()))) == [(0, rows[0], 0), (1, rows[1], 0)]
    assert known.comparison == Comparison(total=2, invalid=2, gone=1, known=2)


def test_a_line_that_could_not_be_read_stays_one() -> None:
    """With what could be saved of it."""

    class Damaged(ListSource):
        def rows(self, after: Cursor) -> Any:
            yield Row(0, "{", unreadable="is no JSON")

    source, _ = compared([])
    again = ComparedSource(
        Damaged([]),
        snapshot(InMemoryFolder()),
        key_of=PersonKey(),
        new_parser=lambda: parse_subscriber,
        max_bytes=10_000,
        compared=lambda found: None,
    )
    assert list(source.rows(Cursor())) == []
    assert [(row.data, row.unreadable) for row in again.rows(Cursor())] == [("{", "is no JSON")]


def test_an_error_of_the_judge_stops_before_a_row_is_yielded() -> None:
    """Too many people may be gone."""

    def refuse(found: Comparison) -> None:
        raise KeyError(found.total)

    source = ComparedSource(
        ListSource(people("ann")),
        snapshot(InMemoryFolder()),
        key_of=PersonKey(),
        new_parser=lambda: parse_subscriber,
        max_bytes=10_000,
        compared=refuse,
    )
    with pytest.raises(KeyError):
        next(iter(source.rows(Cursor())))


def test_its_identity_tells_it_from_the_plain_source() -> None:
    """A checkpoint of a push that sends everything is not continued by one that sends the difference."""
    source, _ = compared([])
    assert source.identity() == "compared:subscribers"
    assert source.size(Cursor()) is None
