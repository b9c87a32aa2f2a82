"""What a field error advises if a common mistake has a fix of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records import parse_broadcast, parse_event, parse_subscriber


def only_fault(found: Any) -> FieldError:
    """Return the one field error of an invalid row."""
    assert isinstance(found, tuple), found
    assert len(found) == 1, found
    field_error: FieldError = found[0]
    return field_error


@pytest.mark.parametrize(
    "address", ["ann@münchen.de", "ann@例え.jp", "ånn@example.com", "ann@example.com\u200b", "\ufeffa@x.io"]
)
def test_error_for_an_address_outside_ascii_says_how_to_write_it(address: str) -> None:
    """International domains have an ASCII form; invisible characters come with copied text."""
    reason = only_fault(parse_subscriber({"email": address})).reason
    assert "xn--" in reason
    assert "invisible" in reason


def test_ascii_form_of_an_international_domain_is_an_address() -> None:
    """The advised form is accepted."""
    assert not isinstance(parse_subscriber({"email": "ann@xn--mnchen-3ya.de"}), tuple)


@pytest.mark.parametrize(
    "missing", [float("nan"), np.float64("nan"), np.float32("nan"), pd.NaT, pd.NA, np.datetime64("NaT", "s")]
)
def test_error_for_a_missing_value_of_a_frame_asks_for_none(missing: Any) -> None:
    """A frame's gaps reach text, custom fields, details and dates alike; ``None`` is what to pass."""
    row = {"type": "x", "email": "a@x.io", "fields": {"a": missing}, "details": {"b": [missing]}, "date": missing}
    found = parse_event(row)
    assert isinstance(found, tuple)
    assert [
        field_error.field for field_error in found if "None" in field_error.reason or field_error.field == "date"
    ] == [
        "fields.a",
        "details.b[0]",
        "date",
    ]


@pytest.mark.parametrize("missing", [float("nan"), np.float64("nan"), pd.NaT, pd.NA])
@pytest.mark.parametrize("key", ["first_name", "utm_source", "tags", "command"])
def test_error_for_a_missing_text_asks_for_none(key: str, missing: Any) -> None:
    """``must be text, not a float`` would send its reader to look for a number."""
    field_error = only_fault(parse_subscriber({"email": "a@x.io", key: missing}))
    assert field_error.field == key
    assert "pass None" in field_error.reason


@pytest.mark.parametrize("name", ["email", "tags", "remove_tags", "command"])
def test_what_a_subscriber_says_beside_its_fields_is_no_field_of_an_event(name: str) -> None:
    """Inside ``fields`` it would become a custom field that does nothing."""
    field_error = only_fault(
        parse_event({"type": "x", "email": "a@x.io", "fields": {name: "vip", "first_name": "Ann"}})
    )
    assert field_error.field == f"fields.{name}"


def test_invalid_field_of_an_update_is_reported_once() -> None:
    """That nothing is left to update is no second field error."""
    row = {"type": "$update_fields", "email": "a@x.io", "fields": {"plan": ["pro"]}}
    assert only_fault(parse_event(row)).field == "fields.plan"


@pytest.mark.parametrize("zone", ["+02:60", "-0099", "+24:00"])
def test_zone_that_no_clock_shows_is_an_error(zone: str) -> None:
    """Some Pythons would take the minutes for an hour more."""
    row = {"name": "n", "subject": "s", "type": "raw", "content": "c", "send_at": f"2026-01-01T10:00:00{zone}"}
    assert only_fault(parse_broadcast(row)).field == "send_at"


def test_items_after_an_invalid_one_keep_their_places() -> None:
    """Rules over a list count as its author does."""
    items = [{"quantity": 1}, {"quantity": float("nan")}, object(), 5, {"quantity": 2}]
    details = {"unique": {"key": "k"}, "value": {"currency": "EUR", "amount": 1}, "cart": {"items": items}}
    found = parse_event({"type": "$purchase", "email": "a@x.io", "details": details})
    assert isinstance(found, tuple)
    assert sorted(field_error.field for field_error in found) == [
        "details.cart.items[1].quantity",
        "details.cart.items[2]",
        "details.cart.items[3]",
    ]


def test_row_changed_while_it_is_read_is_an_error() -> None:
    """A value whose own code adds a key ends the reading of the row, not the task."""
    row: dict[str, Any] = {"type": "x", "email": "a@x.io"}

    class Growing(dict[str, Any]):
        def items(self) -> Any:
            row["later"] = 1
            return super().items()

    row |= {"details": Growing(a=1), "date": "2026-01-01"}
    field_error = only_fault(parse_event(row))
    assert (field_error.field, "RuntimeError" in field_error.reason) == ("", True)


@pytest.mark.parametrize("text", ["P1D", "10:30", "2026-W05-1", "2026-031", "tomorrow"])
def test_other_forms_of_iso_8601_are_no_moment(text: str) -> None:
    """Durations, times of day, weeks and days of the year are slips here."""
    field_error = only_fault(parse_event({"type": "x", "email": "a@x.io", "date": text}))
    assert (field_error.field, "2026-01-31T09:30:00Z" in field_error.reason) == ("date", True)
