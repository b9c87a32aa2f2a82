"""Columns to records: dotted fields, constants, missing columns, functions."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.delivery.source import ListSource, share_of, size_of
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.mapping import MappedSource


def rows(data: list[Any], columns: Any = None, constants: Any = None) -> list[Row]:
    """Return the mapped rows."""
    return list(MappedSource(ListSource(data), columns, constants).rows(Cursor()))


def test_an_invoice_becomes_a_purchase() -> None:
    """Dotted fields build nested details; constants are in every record; other columns are left out."""
    (row,) = rows(
        [{"Email": "a@example.com", "InvoiceId": 7, "cents": 199, "BillingCity": "Oslo"}],
        {"email": "Email", "details.unique.key": "InvoiceId", "details.value.amount": "cents"},
        {"type": "$purchase", "details.value.currency": "USD"},
    )
    assert row.data == {
        "email": "a@example.com",
        "type": "$purchase",
        "details": {"unique": {"key": 7}, "value": {"amount": 199, "currency": "USD"}},
    }


def test_nulls_are_left_out_and_others_kept() -> None:
    """None says nothing; 0, False and empty texts say something. No empty objects remain."""
    (row,) = rows([{"a": None, "b": 0, "c": False, "d": ""}], {"x.y.z": "a", "b": "b", "c": "c", "d": "d"})
    assert row.data == {"b": 0, "c": False, "d": ""}


def test_constants_alone_keep_the_row() -> None:
    """They are laid over it; the row itself is not touched, however deep."""
    data = {"email": "a", "details": {"plan": "pro", "value": {"amount": 1}}}
    (row,) = rows([data], None, {"type": "signup", "details.value.currency": "EUR"})
    assert row.data == {
        "email": "a",
        "type": "signup",
        "details": {"plan": "pro", "value": {"amount": 1, "currency": "EUR"}},
    }
    assert data == {"email": "a", "details": {"plan": "pro", "value": {"amount": 1}}}


@pytest.mark.parametrize("details", ['{"order":1}', [{"order": 1}], 7])
def test_a_constant_does_not_replace_what_is_no_object(details: Any) -> None:
    """Details as JSON text would be lost for the sake of one constant below them."""
    (row,) = rows([{"email": "a", "details": details}], None, {"details.source": "shop"})
    assert (row.data["details"], row.unreadable) == (
        details,
        "has 'details', which is not an object, although constants= sets a value inside it",
    )
    assert rows([{"details": None}], None, {"details.source": "shop"})[0].data == {"details": {"source": "shop"}}


def test_a_missing_column_stops_before_the_first_record() -> None:
    """It names what is missing and what there is, but no key that may be a person."""
    with pytest.raises(BentoSetupError, match=r"no column 'EMail', 'x'\. Its columns: Email, Id") as caught:
        rows([{"Email": 1, "Id": 2, "a@b.c": 3}], {"email": "EMail", "id": "Id", "x": "x"})
    assert "@" not in str(caught.value)


def test_a_later_row_without_the_column_is_a_faulty_row() -> None:
    """Its neighbours are fine."""
    found = rows([{"a": 1}, {"b": 1}, {"a": 2}], {"x": "a"})
    assert [row.unreadable for row in found] == [None, "has no column 'a'", None]
    assert found[1].data == {"b": 1}
    assert found[2].data == {"x": 2}


def test_columns_may_lie_in_objects() -> None:
    """A dotted column is one of this name, or a path; below nothing there is nothing, and a broken path is missing."""
    columns = {"email": "user.email", "details.city": "user.home.city"}
    data = [
        {"user": {"email": "a", "home": {"city": "Ghent"}}},
        {"user.email": "b", "user": {"email": "c", "home": None}},
        {"user": {"email": "d", "home": "Ghent"}},
        {"user": {"home": {}}},
    ]
    found = rows(data, columns)
    assert [row.data for row in found[:2]] == [{"email": "a", "details": {"city": "Ghent"}}, {"email": "b"}]
    assert [row.unreadable for row in found[2:]] == [
        "has no column 'user.home.city'",
        "has no column 'user.email', 'user.home.city'",
    ]


def test_a_missing_column_is_told_behind_an_unreadable_line() -> None:
    """A malformed first line does not turn a slip in columns into a million rejects."""

    class Source(ListSource):
        def rows(self, after: Cursor) -> Any:
            yield Row(0, "{", None, "line 1 is not JSON")
            yield Row(1, {"Email": 1})

    with pytest.raises(BentoSetupError, match="no column 'EMail'"):
        list(MappedSource(Source([]), {"email": "EMail"}).rows(Cursor()))


def test_a_resume_may_begin_at_a_row_without_the_column() -> None:
    """It is a faulty row there, as it was for the attempt before."""
    source = MappedSource(ListSource([{"a": 1}, {"b": 1}, {"a": 2}]), {"x": "a"})
    assert [row.unreadable for row in source.rows(Cursor(1))] == ["has no column 'a'", None]


def test_a_function_makes_records() -> None:
    """What it raises is a faulty row without the error's text; constants are laid over what it returns."""

    def record(row: Any) -> Any:
        return {"email": row["mail"]}

    found = rows([{"mail": "a"}, {"no": "ann@example.com"}, "text"], record, {"type": "x"})
    assert found[0].data == {"email": "a", "type": "x"}
    assert [row.unreadable for row in found[1:]] == [
        "the columns= function raised KeyError for this row",
        "the columns= function raised TypeError for this row",
    ]


@pytest.mark.parametrize("made", [None, [], "x", 7])
def test_a_function_that_returns_no_record(made: Any) -> None:
    """It is passed on as it is: whoever judges it says what it is."""
    (row,) = rows([{}], lambda _: made, {"type": "x"})
    assert (row.data, row.unreadable) == (made, None)


@pytest.mark.parametrize("way", [({"x": "a"}, None), (None, {"x": 1}), (None, {"x.y": 1}), (lambda row: row, None)])
@pytest.mark.parametrize("row", [["a"], ("a",), "a", b"a", 7, None, {"a"}])
def test_rows_that_are_no_mappings_are_passed_on(way: tuple[Any, Any], row: object) -> None:
    """A mistake of the DAG is no faulty row, which a tolerance could swallow."""
    assert rows([row], *way) == [Row(0, row)]


def test_faulty_rows_stay_as_they_are() -> None:
    """With position and token."""
    broken = Row(4, "raw", ["token"], "line 5 is not JSON")

    class Source(ListSource):
        def rows(self, after: Cursor) -> Any:
            yield broken
            yield Row(5, ["a"], ["next"])

    found = list(MappedSource(Source([]), {"x": "a"}).rows(Cursor()))
    assert found[0] is broken
    assert found[1] == Row(5, ["a"], ["next"])


@pytest.mark.parametrize(
    ("columns", "constants", "words"),
    [
        ({"a.b": "x", "a": "y"}, None, "a.b and a overlap"),
        ({"a": "x"}, {"a": 1}, "a is set twice"),
        ({"details.value": "x"}, {"details.value.currency": "USD"}, "overlap"),
        ({"a..b": "x"}, None, "not a field path"),
        ({"": "x"}, None, "not a field path"),
        (None, {".a": 1}, "not a field path"),
        ("email", None, "must be a dict"),
        (["email"], None, "must be a dict"),
        ({"email": 5}, None, "map text to text"),
        (None, ["type"], "constants must be a dict"),
    ],
)
def test_mappings_that_cannot_be_meant(columns: Any, constants: Any, words: str) -> None:
    """They are refused before anything is read."""
    with pytest.raises(BentoSetupError, match=words):
        MappedSource(ListSource([]), columns, constants)


def test_the_identity_knows_the_mapping() -> None:
    """Another mapping makes other records of the same rows."""
    ways: list[Any] = [
        ({"a": "x"}, None),
        ({"a": "y"}, None),
        (None, {"b": 1}),
        (None, {"b": 2}),
        (str, None),
        (repr, None),
    ]
    assert len({MappedSource(ListSource([]), *way).identity() for way in ways}) == len(ways)


def test_the_identity_of_a_function_is_the_same_on_every_worker() -> None:
    """Airflow names a DAG file's module by a hash of where the file lies."""

    def identity(module: str) -> str:
        def record(row: Any) -> Any:
            return row

        record.__module__ = module
        return MappedSource(ListSource([]), record).identity()

    assert identity(f"unusual_prefix_{'0a' * 20}_shop") == identity(f"unusual_prefix_{'f1' * 20}_shop")
    assert identity(f"unusual_prefix_{'0a' * 20}_shop") != identity(f"unusual_prefix_{'0a' * 20}_other")


class Known(ListSource):
    """A list that knows how large it is."""

    def size(self, after: Cursor) -> int:
        """Return the rows that come."""
        return 4 - after.position

    def share(self, cursor: Cursor) -> float:
        """Return the part that has been."""
        return cursor.position / 4


def test_it_is_as_large_as_the_source() -> None:
    """If that one can tell."""
    known, unknown = MappedSource(Known([])), MappedSource(ListSource([]))
    assert (size_of(known, Cursor(1)), share_of(known, Cursor(1))) == (3, 0.25)
    assert (size_of(unknown, Cursor(1)), share_of(unknown, Cursor(1))) == (None, None)
