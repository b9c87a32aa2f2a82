"""People who left the source: how many may, and how Bento hears of them."""

from __future__ import annotations

from typing import Any

import pytest
from unit.sync.folders import InMemoryFolder
from unit.sync.test_source import compared, confirm, people

from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.delivery.validated_rows import ValidRow, ValidRows
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoTooManyGone
from airflow_provider_bento.sync.gone import GoneLedger, GoneSource, allowed_gone, check_gone
from airflow_provider_bento.sync.snapshot import Snapshot


@pytest.mark.parametrize(
    ("max_gone", "known", "allowed"),
    [(0, 100, 0), (3, 100, 3), (0.05, 100, 5), (0.05, 19, 0), (0.29, 100, 29), (1, 100, 1), (0.999, 10, 9), (5, 0, 5)],
)
def test_how_many_may_be_gone(max_gone: float, known: int, allowed: int) -> None:
    """A count, or a fraction below 1 of those who are known, as a person would reckon it."""
    assert allowed_gone(max_gone, known) == allowed


def test_as_many_as_allowed_may_be_gone() -> None:
    """The last one who may."""
    check_gone(Comparison(total=95, known=100, gone=5), 0.05)
    check_gone(Comparison(), 0.05)


def test_one_more_stops_the_run_with_the_numbers() -> None:
    """As fields, for who catches it, and in words, with what to do."""
    with pytest.raises(
        BentoTooManyGone, match=r"6 of 100 people.*allows 5.*Nothing was sent.*raise max_gone"
    ) as caught:
        check_gone(Comparison(total=94, known=100, gone=6), 0.05)
    assert (caught.value.gone, caught.value.known, caught.value.allowed) == (6, 100, 5)


def test_an_empty_source_is_never_believed() -> None:
    """Whatever is allowed: a query that failed silently looks like this."""
    with pytest.raises(BentoTooManyGone, match="The source is empty"):
        check_gone(Comparison(known=3, gone=3), 100)


def test_a_source_of_invalid_rows_only_is_not_empty() -> None:
    """The count of those who are gone decides."""
    check_gone(Comparison(total=3, invalid=3, known=3, gone=0), 0)


def left(*, addresses: bool = True) -> Snapshot:
    """Return a snapshot that knows four people, of whom two have left."""
    folder = InMemoryFolder()
    confirm(*compared(people("ann", "bob", "cy", "dan"), folder, addresses=addresses))
    return compared(people("bob", "dan"), folder, addresses=True)[1]


def record(email: str) -> dict[str, Any]:
    """Return what Bento is told."""
    return {"email": email, "remove_tags": ["x"]}


def test_each_who_is_gone_becomes_a_record() -> None:
    """In an order that stays, from any place on."""
    source = GoneSource(left(), record)
    rows = list(source.rows(Cursor()))
    assert sorted(row.data["email"] for row in rows) == ["ann@shop.example", "cy@shop.example"]  # type: ignore[index]
    assert [row.position for row in rows] == [0, 1]
    assert [list(source.rows(Cursor(number))) for number in (0, 1, 2)] == [rows, rows[1:], []]


def test_nobody_can_be_told_about_without_an_address() -> None:
    """When it was not stored."""
    snapshot = left(addresses=False)
    assert list(GoneSource(snapshot, record).rows(Cursor())) == []
    assert len(list(snapshot.engine.gone())) == 2


def chunk(rows: list[Row]) -> Chunk:
    """Return a chunk of records about people who are gone."""
    return Chunk(0, Cursor(), Cursor(2), ValidRows.of(ValidRow(row, _Record(), b"{}") for row in rows), ())


class _Record:
    email = "someone@shop.example"


def test_those_whom_bento_confirmed_are_forgotten() -> None:
    """The others are tried again by the next run."""
    snapshot = left()
    rows = list(GoneSource(snapshot, record).rows(Cursor()))
    told = chunk(rows)
    ledger = GoneLedger(snapshot)
    assert ledger.open(resumed=True)
    ledger.begin(told)
    result = ChunkResult(told, "subscribers", 1)
    result.sent(told.valid[:1], Receipt(1, 1, 0))
    ledger.settle(told, result)
    ledger.flush()
    snapshot.close()
    _, after = compared(people("bob", "dan"), snapshot._folder)
    assert [key for key, _ in after.engine.gone()] == [rows[1].key]


def test_those_who_were_told_about_in_vain_stay_gone() -> None:
    """A request that never left is withdrawn, and begins again."""
    snapshot = left()
    told = chunk(list(GoneSource(snapshot, record).rows(Cursor())))
    ledger = GoneLedger(snapshot)
    ledger.begin(told)
    ledger.withdraw(told)
    ledger.begin(told)
    snapshot.close()
    _, after = compared(people("bob", "dan"), snapshot._folder)
    assert len(list(after.engine.gone())) == 2
