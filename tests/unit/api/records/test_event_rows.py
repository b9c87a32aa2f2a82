"""A row of events becomes a record or all its field errors."""

from __future__ import annotations

import copy
import enum
import json
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_bento.api.records import Event, parse_event
from airflow_provider_bento.api.records.values.nested import DEEPEST


def record(row: Any) -> Event:
    """Return the event of a valid row."""
    found = parse_event(row)
    assert isinstance(found, Event), found
    return found


def wire(row: Any) -> Any:
    """Return what travels to Bento for a valid row."""
    return json.loads(record(row).encode())


def field_errors(row: Any) -> dict[str, str]:
    """Return what is wrong with an invalid row, by field; no field is reported twice."""
    found = parse_event(row)
    assert isinstance(found, tuple), found
    assert len({field_error.field for field_error in found}) == len(found)
    return {field_error.field: field_error.reason for field_error in found}


def event(**more: Any) -> dict[str, Any]:
    """Return a small event and more."""
    return {"type": "signed_up", "email": "ann@example.com", **more}


def purchase(**details: Any) -> dict[str, Any]:
    """Return a valid purchase with some details replaced."""
    good = {"unique": {"key": "order-1"}, "value": {"currency": "EUR", "amount": 1999}}
    return {"type": "$purchase", "email": "ann@example.com", "details": {**good, **details}}


def test_event_travels_with_all_its_keys() -> None:
    """Fields stay flat, details nested, the date becomes UTC."""
    row = event(
        fields={"plan": "pro", "seats": 0},
        details={"a": {"b": [1, {"c": None, "d": []}, None, "x"]}, "e": {}},
        date=datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001  (no zone is the case)
    )
    sent = {**row, "details": {"a": {"b": [1, {"d": []}, None, "x"]}, "e": {}}, "date": "2026-01-02T03:04:05Z"}
    assert wire(row) == sent


def test_none_leaves_out_at_every_level() -> None:
    """None is no value in a row, in fields and in details; in a list it keeps its place."""
    row = event(fields={"a": None, "b": 0}, details={"c": None, "d": [None, False, ""]}, date=None)
    assert wire(row) == event(fields={"b": 0}, details={"d": [None, False, ""]})


def test_record_says_what_others_need() -> None:
    """An event knows its type and address, trimmed; an ordinary one may not be repeated."""
    found = record({"type": " signed_up ", "email": " ann@x.io "})
    assert (found.type, found.email, found.idempotent) == ("signed_up", "ann@x.io", False)


@pytest.mark.parametrize("missing", ["type", "email"])
@pytest.mark.parametrize("value", [None, ..., "", " "])
def test_type_and_address_are_required(missing: str, value: Any) -> None:
    """Bento needs both."""
    row = {key: item for key, item in event().items() if key != missing}
    assert list(field_errors(row if value is ... else {**row, missing: value})) == [missing]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("detail", "did you mean details?"),
        ("feilds", "did you mean fields?"),
        ("EMAIL", "did you mean email?"),
        ("e-mail", "did you mean email?"),
        ("zebra", "known keys: type, email"),
    ],
)
@pytest.mark.parametrize("value", [{"a": 1}, None])
def test_unknown_key_is_an_error_with_a_hint(key: str, hint: str, value: Any) -> None:
    """A slip of the pen is found in the first row, whether it holds a value there or not."""
    assert hint in field_errors(event() | {key: value})[key]


@pytest.mark.parametrize("kind", [7, True, ["x"], "two\nlines", "a\0", "\ud800", b"x"])
def test_type_is_one_line_of_text(kind: Any) -> None:
    """A name is a name."""
    assert list(field_errors(event(type=kind))) == ["type"]


@pytest.mark.parametrize("key", ["fields", "details"])
@pytest.mark.parametrize("value", ["x", 7, ["a"], True, '{"a": 1}', {"a"}])
def test_fields_and_details_are_objects(key: str, value: Any) -> None:
    """Neither is a list nor JSON text."""
    assert list(field_errors(event(**{key: value}))) == [key]


def test_fields_are_flat_and_not_reserved() -> None:
    """A nested or reserved field is named with its path."""
    row = event(fields={"a": {"b": 1}, "c": [1], "id": 7, "ok": 1, 3: 4})
    assert set(field_errors(row)) == {"fields.a", "fields.c", "fields.id", "fields.<key of type int>"}


def test_values_in_details_have_their_exact_form() -> None:
    """What JSON has no word for becomes text or a number, at any depth."""
    values = [Decimal("19.90"), date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC), UUID(int=7)]
    sent = [19.9, "2026-01-02", "2026-01-02T00:00:00Z", "00000000-0000-0000-0000-000000000007"]
    assert wire(event(details={"a": [values, {"b": values[0]}]}))["details"] == {"a": [sent, {"b": 19.9}]}


@pytest.mark.parametrize("key", ["", " ", "a\0", "a\nb", "\ud800", 7, None, b"a", ("a",)])
@pytest.mark.parametrize("inside", [lambda bad: bad, lambda bad: {"a": [bad]}])
def test_keys_in_details_are_text(key: Any, inside: Any) -> None:
    """At any depth a key that JSON or a database cannot store is a field error."""
    (field,) = field_errors(event(details=inside({key: 1, "good": 2})))
    assert field.startswith("details.")


def test_keys_in_details_are_sent_as_they_are() -> None:
    """They come from other systems, and are no names of fields."""
    details = {" spaced ": {"a.b": 1, "日本": [{"with space": 2}]}}
    assert wire(event(details=details))["details"] == details


class Kind(enum.Enum):
    """Names of events."""

    SIGNED_UP = "signed_up"
    NUMBER = 7


def test_member_of_an_enumeration_is_its_text() -> None:
    """Also where text is wanted."""
    assert record(event(type=Kind.SIGNED_UP)).type == "signed_up"
    assert list(field_errors(event(type=Kind.NUMBER))) == ["type"]


def test_errors_in_details_have_their_paths() -> None:
    """Each invalid value is reported with its path, and further rules are still checked."""
    details = {"value": {"currency": "eur", "amount": float("nan")}, "cart": {"items": [{"a": b"x"}, {"b": {1}}]}}
    assert set(field_errors({**purchase(), "details": details})) == {
        "details.unique.key",
        "details.value.currency",
        "details.value.amount",
        "details.cart.items[0].a",
        "details.cart.items[1].b",
    }


def test_errors_elsewhere_do_not_hide_those_of_a_purchase() -> None:
    """All is reported at once."""
    row = {**purchase(value={"currency": "EUR", "amount": 19.99}), "email": "no", "date": "soon", "detail": {}}
    assert set(field_errors(row)) == {"email", "date", "detail", "details.value.amount"}


def test_details_that_are_no_object_are_reported_once() -> None:
    """Where the details cannot be looked at, their rules add nothing."""
    assert list(field_errors({**purchase(), "details": "x"})) == ["details"]


@pytest.mark.parametrize("amount", [0, 1, 1999, 10**12, Decimal(1999), Decimal("2E+3")])
def test_whole_amount_is_taken(amount: Any) -> None:
    """Integers of the minor unit travel exactly, free orders too."""
    sent = wire(purchase(value={"currency": "JPY", "amount": amount}))["details"]["value"]["amount"]
    assert sent == int(amount)
    assert type(sent) is int


@pytest.mark.parametrize(
    "amount",
    [
        19.99,
        1999.0,
        "19.99",
        "1,999",
        "1e3",
        "1999.0",
        True,
        None,
        Decimal("19.99"),
        Decimal("1999.00"),
        [1999],
        {},
        float("inf"),
        2**64,
    ],
)
def test_amount_that_may_mean_dollars_or_cents_is_an_error(amount: Any) -> None:
    """No amount is guessed at."""
    found = field_errors(purchase(value={"currency": "EUR", "amount": amount}))
    assert list(found) == ["details.value.amount"]


def test_error_of_an_amount_says_what_is_wanted() -> None:
    """The author of the DAG learns about minor units."""
    found = field_errors(purchase(value={"currency": "EUR", "amount": 12.34}))
    assert "minor unit" in found["details.value.amount"]
    assert "1999" in found["details.value.amount"]
    assert "12" not in found["details.value.amount"]


def test_negative_amount_is_an_error() -> None:
    """A refund is no purchase."""
    assert "refund" in field_errors(purchase(value={"currency": "EUR", "amount": -1}))["details.value.amount"]


@pytest.mark.parametrize("currency", ["eur", "EURO", "", None, 978, "E1R", "ÄÖÜ", "EUR\n", " EUR"])
def test_currency_is_three_capital_letters(currency: Any) -> None:
    """ISO 4217 writes them so."""
    assert list(field_errors(purchase(value={"currency": currency, "amount": 1}))) == ["details.value.currency"]


@pytest.mark.parametrize("key", ["order-1", "0", 1, 0, Decimal(7), UUID(int=7)])
def test_key_of_a_purchase_is_text_or_a_whole_number(key: Any) -> None:
    """A stable id of the business."""
    assert record(purchase(unique={"key": key})).idempotent


@pytest.mark.parametrize(
    "unique", [None, {}, "order-1", {"key": None}, {"key": ""}, {"key": " "}, {"key": True}, {"key": 1.0}, {"key": []}]
)
def test_purchase_without_a_stable_key_is_an_error(unique: Any) -> None:
    """Without it a repeat would count twice; a number with a fraction is not the same as without."""
    assert set(field_errors(purchase(unique=unique))) == {"details.unique.key"}


@pytest.mark.parametrize("value", [None, 99.0, "99", [], {}])
def test_purchase_without_a_value_is_an_error(value: Any) -> None:
    """The flat form of an old page is not taken."""
    assert {field.rsplit(".", 1)[0] for field in field_errors(purchase(value=value))} <= {"details", "details.value"}


@pytest.mark.parametrize(
    ("details", "path", "meant"),
    [
        ({"unique": {"key": "1"}, "Value": {"currency": "USD", "amount": 1}}, "details.Value", "value"),
        ({"unique": {"key": "1"}, "value": {"Currency": "USD", "amount": 1}}, "details.value.Currency", "currency"),
        ({"unique": {"key": "1"}, "value": {"currency": "USD", "AMOUNT": 1}}, "details.value.AMOUNT", "amount"),
        ({"unique": {"Key": "1"}, "value": {"currency": "USD", "amount": 1}}, "details.unique.Key", "key"),
        ({"UNIQUE": {"key": "1"}, "value": {"currency": "USD", "amount": 1}}, "details.UNIQUE", "unique"),
    ],
)
def test_key_of_a_purchase_in_another_spelling_is_reported_as_that(details: Any, path: str, meant: str) -> None:
    """A warehouse writes capitals: what would be missing is there under another name."""
    found = field_errors({"type": "$purchase", "email": "ann@example.com", "details": details})
    assert list(found) == [path]
    assert f"did you mean {meant}?" in found[path]
    assert "columns=" in found[path]


def test_errors_of_a_purchase_without_details_say_what_it_needs() -> None:
    """Both parts are named."""
    assert set(field_errors({"type": "$purchase", "email": "a@x.io"})) == {"details.unique.key", "details.value"}


@pytest.mark.parametrize(
    ("cart", "field"),
    [
        ([], "details.cart"),
        ("x", "details.cart"),
        ({"items": {}}, "details.cart.items"),
        ({"items": [{}, 7]}, "details.cart.items[1]"),
        ({"items": [None]}, "details.cart.items[0]"),
    ],
)
def test_cart_contains_a_list_of_objects(cart: Any, field: str) -> None:
    """A bare list is the wrong shape of an old example."""
    assert list(field_errors(purchase(cart=cart))) == [field]


def test_cart_travels_as_it_is() -> None:
    """Items may hold anything more, and so may the cart."""
    cart = {"items": [{"product_sku": "s", "quantity": 1, "more": {"x": [1]}}], "abandoned_checkout_url": "u"}
    assert wire(purchase(cart=cart))["details"]["cart"] == cart


@pytest.mark.parametrize("kind", ["purchase", "$OrderPlaced", "$Purchase"])
def test_other_events_need_no_key(kind: str) -> None:
    """Only Bento's own purchase is counted as revenue, and only it may be repeated."""
    assert not record(event(type=kind)).idempotent


def test_spaces_around_the_type_do_not_hide_a_purchase() -> None:
    """What is sent is what is checked."""
    assert "details.value" in field_errors({"type": " $purchase ", "email": "a@x.io"})


@pytest.mark.parametrize("kind", ["$tag", "$remove_tag"])
@pytest.mark.parametrize("details", [None, {}, {"tag": ""}, {"tag": " "}, {"tag": 7}, {"tag": []}, {"tag": "null"}])
def test_tag_events_need_the_name_of_the_tag(kind: str, details: Any) -> None:
    """Bento finds it in details.tag."""
    assert list(field_errors(event(type=kind, details=details))) == ["details.tag"]
    assert wire(event(type=kind, details={"tag": "vip"}))["details"] == {"tag": "vip"}


def test_update_of_no_fields_is_an_error() -> None:
    """The event sets fields; without any it says nothing."""
    assert list(field_errors(event(type="$update_fields", fields={"a": None}))) == ["fields"]
    assert wire(event(type="$update_fields", fields={"a": 0}))["fields"] == {"a": 0}


@pytest.mark.parametrize("yes", [True, "true"])
def test_bypass_travels_as_a_word_and_makes_repeating_harmless(yes: Any) -> None:
    """Bento knows the string only."""
    found = record(event(details={"bypass_workflows": yes, "a": 1}))
    assert json.loads(found.encode())["details"] == {"bypass_workflows": "true", "a": 1}
    assert found.idempotent


@pytest.mark.parametrize(("said", "as_sent"), [(True, {"bypass_workflows": "true"}), (False, {})])
def test_bypass_of_a_purchase_is_rewritten_too(said: bool, as_sent: dict[str, str]) -> None:
    """A purchase is harmless to repeat either way; what Bento gets is the word."""
    found = record(purchase(bypass_workflows=said))
    details = json.loads(found.encode())["details"]
    assert {key: value for key, value in details.items() if key == "bypass_workflows"} == as_sent
    assert found.idempotent


@pytest.mark.parametrize("no", [False, "false", None])
def test_no_bypass_leaves_the_key_out(no: Any) -> None:
    """No is the absence of yes."""
    found = record(event(details={"bypass_workflows": no}))
    assert json.loads(found.encode())["details"] == {}
    assert not found.idempotent


@pytest.mark.parametrize("unclear", ["yes", "True", "", 1, 0, 1.0, [], {}, {"a": 1}])
def test_unclear_bypass_is_an_error(unclear: Any) -> None:
    """Taken for a no, it would mail people."""
    assert list(field_errors(event(details={"bypass_workflows": unclear}))) == ["details.bypass_workflows"]


def test_bypass_deeper_down_is_an_ordinary_detail() -> None:
    """Only the one in details itself counts."""
    found = record(event(details={"a": {"bypass_workflows": True}}))
    assert not found.idempotent
    assert json.loads(found.encode())["details"] == {"a": {"bypass_workflows": True}}


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1])
@pytest.mark.parametrize("make", [lambda inner: {"a": inner}, lambda inner: [inner]])
def test_nesting_ends_at_a_limit(levels: int, make: Any) -> None:
    """At the limit it is fine, one level deeper it is one field error."""
    inner: Any = 1
    for _ in range(levels - 1):
        inner = make(inner)
    found = parse_event(event(details={"a": inner}))
    assert isinstance(found, Event) == (levels == DEEPEST)


def test_row_and_its_details_are_not_changed() -> None:
    """Also where something is left out or rewritten."""
    row = purchase(bypass_workflows=False, a=None, b=[None, {"c": None}])
    before = copy.deepcopy(row)
    parse_event(row)
    assert row == before


def test_mappings_are_objects_at_every_level() -> None:
    """Rows of a database driver need not be dicts."""
    row = MappingProxyType(event(details=MappingProxyType({"a": (MappingProxyType({"b": 1}),)})))
    assert wire(row) == event(details={"a": [{"b": 1}]})


def test_printing_an_event_shows_nobody() -> None:
    """Only its size is shown; it survives pickling."""
    found = record(purchase())
    assert repr(found) == f"<Event of {len(found.encode())} bytes>"
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("key", ["Cart", "CART", "c-a-r-t"])
def test_cart_in_another_spelling_is_reported(key: str) -> None:
    """It would be stored, and no item counted."""
    found = field_errors({**purchase(), "details": {**purchase()["details"], key: {"items": []}}})
    assert list(found) == [f"details.{key}"]
    assert "did you mean cart?" in found[f"details.{key}"]
