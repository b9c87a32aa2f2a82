"""A block of rows: encoded at once, the odd ones parsed alone, nothing of the author's changed."""

from __future__ import annotations

from typing import Any

from airflow_provider_bento.api.records.columns import event_parser, subscriber_parser


def test_good_rows_are_lines_in_order() -> None:
    """The keys keep the order of the row; None is left out."""
    block = subscriber_parser().block([{"email": "a@x.io", "n": None, "m": 1}, {"m": 2, "email": "b@x.io"}])
    assert block.lines == b'{"email":"a@x.io","m":1}\n{"m":2,"email":"b@x.io"}\n'
    assert (block.emails, block.idempotent, block.alone) == (["a@x.io", "b@x.io"], [True, True], {})


def test_what_json_cannot_hold_goes_alone() -> None:
    """A NUL, an unpaired surrogate; a backslash before u0000 is neither."""
    rows = [{"email": f"p{n}@x.io", "note": note} for n, note in enumerate(["x", "a\0", "\ud800", "\\u0000", "y"])]
    block = subscriber_parser().block(rows)
    assert block.lines.count(b"\n") == 2
    assert {index: isinstance(found, tuple) for index, found in block.alone.items()} == {1: True, 2: True, 3: False}


def test_a_row_that_raises_harms_no_other() -> None:
    """Whatever a foreign object does, the others become records."""

    class Hostile:
        def __eq__(self, other: object) -> bool:
            raise LookupError("planted")

        __hash__ = object.__hash__

    rows: list[Any] = [{"email": "a@x.io", "n": None}, {"email": "b@x.io", "n": Hostile()}, {"email": "c@x.io", "n": 1}]
    block = subscriber_parser().block(rows)
    records = block.lines.count(b"\n") + sum(not isinstance(found, tuple) for found in block.alone.values())
    assert records == 2
    assert isinstance(block.alone[1], tuple)


def test_the_authors_objects_stay_as_they_are() -> None:
    """Flags become text in a copy."""
    details = {"page": "/", "bypass_workflows": True}
    block = event_parser().block([{"type": "x", "email": "a@x.io", "details": details}] * 3)
    assert details == {"page": "/", "bypass_workflows": True}
    assert block.lines.count(b'"bypass_workflows":"true"') == 3
    assert block.idempotent == [True] * 3


def test_an_object_that_contains_itself_ends() -> None:
    """It is too deep for columns; parsing it alone says so."""
    details: dict[str, Any] = {"a": 1}
    details["self"] = details
    rows = [{"type": "x", "email": "a@x.io", "details": one} for one in ({"a": 1}, details)]
    block = event_parser().block(rows)
    assert isinstance(block.alone[1], tuple)
    assert "levels deep" in block.alone[1][0].reason


def test_nobody_sees_a_person_in_a_repr() -> None:
    """Of a block, as of a record."""
    block = subscriber_parser().block([{"email": "planted@x.io"}])
    assert "planted" not in repr(block)


def test_no_row_is_no_line() -> None:
    """An empty block."""
    assert subscriber_parser().block([]) == (b"", [], [], {})
