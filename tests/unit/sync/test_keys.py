"""By what a row is known: a person by the address, an event or email by a field that the author names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records import parse_subscriber
from airflow_provider_bento.delivery.validated_rows import InvalidRow, Item, UnchangedRows
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Row
from airflow_provider_bento.sync.keys import FieldKey, PersonKey


def item(data: Any, unmapped: Any = None) -> Item:
    """Return a row as a source of subscribers would have it."""
    (found,) = validated([Row(0, data, unmapped=unmapped)], parse_subscriber, max_bytes=10_000)
    return found


def row(data: Any, unmapped: Any = None) -> Item:
    """Return a row whose fields do not matter to the parser."""
    return InvalidRow(Row(0, data, unmapped=unmapped), ())


def test_a_person_is_known_by_the_address_in_lower_case() -> None:
    """As Bento compares them."""
    assert PersonKey()(item({"email": "Anna@Shop.Example"})) == PersonKey()(item({"email": "anna@shop.example"}))
    assert PersonKey()(item({"email": "anna@shop.example"})) == "anna@shop.example"


def test_an_invalid_row_is_about_somebody_if_its_address_can_be_read() -> None:
    """So that nobody is taken for gone because of another field."""
    invalid = item({"email": " Anna@shop.example ", "tags": [object()]})
    assert isinstance(invalid, InvalidRow)
    assert PersonKey()(invalid) == "anna@shop.example"


class Broken:
    """A row that raises at every touch."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("data", [{}, {"email": None}, {"email": 7}, "line", None, [1], pytest.param(Broken(), id="x")])
def test_a_row_without_a_readable_address_is_about_nobody(data: Any) -> None:
    """Whatever it is."""
    assert PersonKey()(InvalidRow(Row(0, data), (FieldError("", "is no record"),))) is None


def test_unchanged_rows_are_about_nobody() -> None:
    """They stand for many."""
    assert PersonKey()(UnchangedRows(Row(0, None, unchanged=3))) is None


KEY = FieldKey("details.order_id", "type")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("A-1", "A-1"),
        (" A-1 ", "A-1"),
        (7, "7"),
        (0, "0"),
        (Decimal("7.50"), "7.50"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02 03:00:00+00:00"),
    ],
)
def test_text_numbers_and_dates_are_keys(value: Any, key: str) -> None:
    """Without blanks around them, within the type."""
    assert KEY(row({"type": "order", "details": {"order_id": value}})) == f"order\n{key}"


@pytest.mark.parametrize("value", [None, "", "  ", True, False, 1.5, float("nan"), [7], {"id": 7}, b"7", object()])
def test_anything_else_is_no_key(value: Any) -> None:
    """A float is not, because 1e16 and its neighbour are written alike."""
    assert KEY(row({"type": "order", "details": {"order_id": value}})) is None


@pytest.mark.parametrize("data", [{}, {"details": None}, {"details": "x"}, {"details": {}}, "line", None, ["order_id"]])
def test_a_row_without_the_field_has_no_key(data: Any) -> None:
    """And the reason names the field."""
    assert KEY(row(data)) is None
    assert "details.order_id" in KEY.missing


def test_a_column_of_the_whole_name_comes_first() -> None:
    """Flat tables have such."""
    assert KEY(row({"type": "order", "details.order_id": 1, "details": {"order_id": 2}})) == "order\n1"


def test_a_column_that_no_field_has_is_found_in_the_row_as_it_was() -> None:
    """The author may name a column that is not sent; what is sent comes first."""
    key = FieldKey("order_id", "type")
    assert key(row({"type": "order"}, unmapped={"order_id": 7, "type": "ignored"})) == "order\n7"
    assert key(row({"type": "order", "order_id": 8}, unmapped={"order_id": 7})) == "order\n8"


def test_one_value_is_another_key_in_each_type() -> None:
    """An order is created, and shipped."""
    keys = {KEY(row({"type": kind, "details": {"order_id": 7}})) for kind in ("created", "shipped", None)}
    assert len(keys) == 3


def test_a_number_and_its_text_are_one_key() -> None:
    """A file has text in which the database has numbers."""
    assert FieldKey("id", "type")(row({"id": 7})) == FieldKey("id", "type")(row({"id": "7"}))


def test_an_email_goes_to_one_person_however_the_address_is_written() -> None:
    """Bento ignores the case of addresses; the type of an event is taken as it is."""
    key = FieldKey("id", "to")
    assert key(row({"to": "Anna@shop.example", "id": 7})) == key(row({"to": "anna@shop.example ", "id": 7}))
    assert KEY(row({"type": "Order", "details": {"order_id": 7}})) == "Order\n7"


class Closed(dict[str, Any]):
    """A row of a foreign library that no longer has its values."""

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError("is closed")


@pytest.mark.parametrize("data", [Closed(details={}), {"details": {"order_id": 10**5000}}])
def test_a_value_that_cannot_be_read_is_no_key(data: Any) -> None:
    """Python refuses to write a number of so many digits; the row is invalid, the task goes on."""
    assert KEY(row(data)) is None
