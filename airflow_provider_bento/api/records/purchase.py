"""What ``details`` of a ``$purchase`` must contain, so that Bento counts the revenue correctly and only once.

Source: docs, unique events; amounts are integers of the currency's smallest unit (Node SDK, Laravel SDK, OpenAPI file).

Tested by tests/unit/api/records/test_event_rows.py.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeGuard

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import other_spelling, shown
from airflow_provider_bento.api.records.keys import simplified
from airflow_provider_bento.api.records.values.numbers import whole_text

_CURRENCY: Final = re.compile("[A-Z]{3}")


def purchase_errors(details: dict[str, Any]) -> list[FieldError]:
    """Return what is wrong with the details of a purchase, whose values are each valid on their own.

    Whole numbers as text (``"1999"``), the form of files and BigQuery, become numbers in ``details``. No other amount
    is guessed: ``19.99``, ``1999.0``, ``"19.99"`` and ``Decimal("1999.00")`` may each mean dollars or cents. No key is
    guessed either: ``1001.0`` and ``1001`` would count the same order twice.
    """
    field_errors = [*_unique(details.get("unique")), *_value(details.get("value"))]
    if "cart" in details:
        field_errors += _cart(details["cart"])
    more = "cart" not in details and len(details) > 2
    return _with_slips(details, field_errors) if field_errors or more else field_errors


def is_text(value: Any) -> bool:
    """Whether it is text that is not blank."""
    return type(value) is str and value != "" and not value.isspace()


def _with_slips(details: dict[str, Any], field_errors: list[FieldError]) -> list[FieldError]:
    """Return the errors, those of misspelled keys reported as misspellings."""
    slips = dict[str, FieldError]()
    for path, given, known in (
        ("details", details, ("unique", "value", "cart")),
        ("details.unique", details.get("unique"), ("key",)),
        ("details.value", details.get("value"), ("currency", "amount")),
    ):
        meant = {simplified(name): name for name in known if isinstance(given, dict) and name not in given}
        for key in given if isinstance(given, dict) else ():
            if name := meant.get(simplified(key)):
                slips[f"{path}.{name}"] = FieldError(f"{path}.{shown(key)}", other_spelling(name))
    others = [
        field_error
        for field_error in field_errors
        if not any(f"{field_error.field}.".startswith(f"{path}.") for path in slips)
    ]
    return [*slips.values(), *others]


def _unique(unique: Any) -> list[FieldError]:
    key = unique.get("key") if isinstance(unique, dict) else None
    if is_text(key) or _is_whole(key):
        return []
    wanted = "must be the order's or invoice's own id, text or a whole number, so that it is counted only once"
    return [FieldError("details.unique.key", wanted)]


def _value(value: Any) -> list[FieldError]:
    if not isinstance(value, dict):
        return [FieldError("details.value", 'must be an object: {"currency": "USD", "amount": 1999}')]
    field_errors = []
    if not isinstance(value.get("currency"), str) or not _CURRENCY.fullmatch(value["currency"]):
        field_errors.append(
            FieldError("details.value.currency", "must be an ISO 4217 code of three capital letters, like USD")
        )
    amount = _counted(value, "amount")
    if not _is_whole(amount):
        wanted = "must be an integer in the currency's minor unit: 1999 for 19.99 dollars, 500 for 500 yen"
        given = "is text that is not a whole number: it " if isinstance(amount, str) else ""
        field_errors.append(FieldError("details.value.amount", f"{given}{wanted}"))
    elif amount < 0:
        wanted = "must not be negative: send a refund as an event of its own type, such as $OrderRefunded"
        field_errors.append(FieldError("details.value.amount", wanted))
    return field_errors


def _cart(cart: Any) -> list[FieldError]:
    if not isinstance(cart, dict):
        return [FieldError("details.cart", 'must be an object: {"items": [{…}, …]}')]
    items = cart.get("items", [])
    if not isinstance(items, list):
        return [FieldError("details.cart.items", "must be a list of objects, one per item")]
    field_errors = []
    for index, item in enumerate(items):
        if type(item) is dict and type(item.get("quantity")) is not str and type(item.get("product_price")) is not str:
            continue  # most items
        if field_error := _item(index, item):
            field_errors.append(field_error)
    return field_errors


def _item(index: int, item: Any) -> FieldError | None:
    path = f"details.cart.items[{index}]"
    if not isinstance(item, dict):
        return FieldError(path, 'must be an object, like {"product_sku": …, "quantity": 1}')
    _counted(item, "product_price")
    if isinstance(_counted(item, "quantity"), str):
        return FieldError(f"{path}.quantity", "is text that is not a whole number: it must be a number, like 2")
    return None


def _counted(given: dict[str, Any], key: str) -> Any:
    """Return the value of a key that Bento needs as an integer; whole-number text becomes one."""
    value = given.get(key)
    if type(value) is str and (number := whole_text(value)) is not None:
        given[key] = value = number
    return value


def _is_whole(value: Any) -> TypeGuard[int]:
    return type(value) is int
