"""Whole numbers as text, and arrays: values in the form of files and dataframes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api.records import parse_broadcast, parse_event, parse_subscriber
from airflow_provider_bento.api.records.values.numbers import whole_text


def purchase(amount: Any = 1, **item: Any) -> Any:
    """Return what became of a purchase of one item."""
    details: dict[str, Any] = {"unique": {"key": "k"}, "value": {"currency": "USD", "amount": amount}}
    if item:
        details["cart"] = {"items": [item]}
    found = parse_event({"type": "$purchase", "email": "a@x.io", "details": details})
    return (
        {field_error.field: field_error.reason for field_error in found}
        if isinstance(found, tuple)
        else json.loads(found.encode())
    )


@given(st.integers(0, 10**18 - 1), st.sampled_from(["", " ", "\t"]))
def test_whole_number_as_text_is_that_number(number: int, blank: str) -> None:
    """As a CSV and BigQuery's JSON write an integer."""
    assert whole_text(f"{blank}{number}{blank}") == number
    sent = purchase(f"{blank}{number}{blank}")["details"]["value"]["amount"]
    assert (sent, type(sent)) == (number, int)


@given(st.text("0123456789.,e+-_ '", max_size=8).filter(lambda text: not text.strip().removeprefix("-").isdigit()))
def test_other_text_is_no_whole_number(text: str) -> None:
    """Nothing is guessed at; the words say that it is text."""
    assert whole_text(text) is None
    (reason,) = purchase(text).values()
    assert reason.startswith("is text that is not a whole number")


def test_negative_amount_as_text_is_refused_as_the_number_is() -> None:
    """A refund is another event."""
    assert purchase("-5") == purchase(-5)


def test_quantities_and_prices_of_a_cart_as_text_are_numbers() -> None:
    """Bento wants integers; other prices stay what they are."""
    item = purchase(quantity="2", product_price="1999", product_sku="007")["details"]["cart"]["items"][0]
    assert item == {"quantity": 2, "product_price": 1999, "product_sku": "007"}
    assert purchase(product_price="19.99")["details"]["cart"]["items"] == [{"product_price": "19.99"}]
    assert "text" in purchase(quantity="2.5")["details.cart.items[0].quantity"]


def test_row_of_a_purchase_is_not_changed() -> None:
    """What becomes a number does so in what is sent."""
    row = {
        "type": "$purchase",
        "email": "a@x.io",
        "details": {"unique": {"key": "k"}, "value": {"currency": "USD", "amount": "1999"}},
    }
    parse_event(row)
    assert row["details"]["value"]["amount"] == "1999"  # type: ignore[index]


@pytest.mark.parametrize(("given_size", "sent"), [("1000", 1000), (" 10 ", 10), (np.int64(500), 500)])
def test_batch_size_as_text_is_a_number(given_size: Any, sent: int) -> None:
    """A Variable of Airflow is text."""
    row = {"name": "n", "subject": "s", "type": "raw", "content": "c", "batch_size_per_hour": given_size}
    found = parse_broadcast(row)
    assert not isinstance(found, tuple), found
    assert json.loads(found.encode())["batch_size_per_hour"] == sent


ARRAYS: dict[str, Any] = {
    "numpy": np.array([1, 2]),
    "numpy objects": np.array([1, 2], dtype=object),
    "pandas": pd.Series([1, 2]),
    "polars": pl.Series([1, 2]),
    "Arrow": pa.array([1, 2]),
    "Arrow chunks": pa.chunked_array([[1], [2]]),
    "Arrow scalar": pa.scalar([1, 2]),
    "tuple": (1, 2),
}


@pytest.mark.parametrize("array", ARRAYS)
def test_array_in_details_is_a_list(array: str) -> None:
    """At any depth."""
    row = {"type": "x", "email": "a@x.io", "details": {"a": ARRAYS[array], "b": [{"c": ARRAYS[array]}]}}
    found = parse_event(row)
    assert not isinstance(found, tuple), found
    assert json.loads(found.encode())["details"] == {"a": [1, 2], "b": [{"c": [1, 2]}]}


def test_items_of_an_array_are_values_like_any_other() -> None:
    """Nanoseconds are times, gaps are field errors at their places, tables within tables are lists within lists."""
    times = np.array(["2026-01-02T03:04:05.123456789"], dtype="datetime64[ns]")
    row = {"type": "x", "email": "a@x.io", "details": {"at": times, "table": np.array([[1, 2], [3, 4]])}}
    found = parse_event(row)
    assert not isinstance(found, tuple), found
    expected = {"at": ["2026-01-02T03:04:05.123456Z"], "table": [[1, 2], [3, 4]]}
    assert json.loads(found.encode())["details"] == expected
    bad = parse_event({"type": "x", "email": "a@x.io", "details": {"a": np.array([1.0, np.nan])}})
    assert isinstance(bad, tuple)
    assert [field_error.field for field_error in bad] == ["details.a[1]"]


def test_scalars_of_arrow_are_their_values() -> None:
    """Structs and maps are objects, null is nothing."""
    details = {"a": pa.scalar("x"), "b": pa.scalar({"c": 1}), "d": pa.scalar(None, pa.string())}
    found = parse_event({"type": "x", "email": "a@x.io", "details": details})
    assert not isinstance(found, tuple), found
    sent = json.loads(found.encode())["details"]
    assert {key: value for key, value in sent.items() if value is not None} == {"a": "x", "b": {"c": 1}}


@pytest.mark.parametrize("array", ARRAYS)
def test_array_as_a_custom_field_is_refused_as_a_list(array: str) -> None:
    """Custom fields are flat; the words say so."""
    found = parse_subscriber({"email": "a@x.io", "sizes": ARRAYS[array]})
    assert isinstance(found, tuple)
    assert [(field_error.field, "a list" in field_error.reason) for field_error in found] == [("sizes", True)]


@pytest.mark.parametrize(("key", "value"), [("seats", {}), ("command", 1), ("first_name", 7), ("tags", 7)])
def test_words_name_what_was_found(key: str, value: Any) -> None:
    """By its kind, as people call it."""
    found = parse_subscriber({"email": "a@x.io", key: value})
    assert isinstance(found, tuple)
    assert any(words in found[0].reason for words in ("a number", "a nested object"))
