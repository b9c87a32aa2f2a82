"""Valid rows in one value: what is asked of each of them is made when it is asked."""

from __future__ import annotations

from typing import Any

from airflow_provider_bento.api.records import parse_event
from airflow_provider_bento.delivery.validated_rows import NO_ROWS, ValidRow, ValidRows
from airflow_provider_bento.delivery.values import Row, RowBlock

DATA = [{"name": f"r{number}"} for number in range(5)]
EMAILS = [f"p{number}@x.io" for number in range(5)]


def judged(first: int = 0) -> ValidRows:
    """Return five rows that were judged at once."""
    lines = b"".join(b'{"name":"r%d"}\n' % number for number in range(5))
    return ValidRows(RowBlock(first, list(DATA)), lines, list(EMAILS), [True, False, True, True, True])


def one_by_one() -> ValidRows:
    """Return one row whose record was made alone."""
    record: Any = parse_event({"type": "x", "email": "ann@x.io"})
    return ValidRows.of([ValidRow(Row(9, {"name": "x"}), record, record.encode())])


def test_each_is_there_when_it_is_asked_for() -> None:
    """Row, record and body, by index and in order."""
    rows = judged()
    assert [one.row.position for one in rows] == [0, 1, 2, 3, 4]
    assert (rows[1].body, rows[1].record.email, rows[1].record.idempotent) == (b'{"name":"r1"}', "p1@x.io", False)
    assert rows[-1].record.encode() == rows[-1].body
    assert len(rows) == 5


def test_a_part_of_them_is_of_the_same_kind() -> None:
    """With its own lines."""
    part = judged(10)[1:3]
    assert (part.lines, list(part.emails)) == (b'{"name":"r1"}\n{"name":"r2"}\n', EMAILS[1:3])
    assert [row.position for row in part.rows] == [11, 12]
    assert list(judged()[:0]) == list(NO_ROWS) == []


def test_several_become_one() -> None:
    """Judged at once or one by one."""
    both = ValidRows.joined([judged(), judged(5)])
    assert ([one.row.position for one in both], both.lines) == (list(range(10)), judged().lines * 2)
    assert both.rows[-1].position == 9
    mixed = ValidRows.joined([judged(), one_by_one()])
    assert mixed.emails == [*EMAILS, "ann@x.io"]
    assert mixed[5].row.position == 9


def test_they_are_equal_if_rows_and_bodies_are() -> None:
    """Whoever made them; and nobody sees a person in their repr."""
    assert judged() == judged()
    assert judged() != judged(1)
    assert repr(judged()) == "<5 valid rows>"
    assert "r0" not in repr(judged()[0].record)
