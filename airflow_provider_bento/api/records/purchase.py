"""What ``details`` of a ``$purchase`` must hold, so that Bento counts the revenue, rightly and once.

Source: docs, unique events; amounts are integers of the currency's smallest unit (Node SDK, Laravel SDK, OpenAPI file).
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeGuard

from airflow_provider_bento.api.faults import Fault

_CURRENCY: Final = re.compile("[A-Z]{3}")


def purchase_faults(details: dict[str, Any]) -> list[Fault]:
    """Return what is wrong with the details of a purchase, all of whose values are good as such.

    An amount is never guessed at: ``19.99``, ``1999.0``, ``Decimal("1999.00")`` and ``"1999"`` may each mean dollars or
    cents. Neither is a key: ``1001.0`` and ``1001`` would count the same order twice.
    """
    faults = [*_unique(details.get("unique")), *_value(details.get("value"))]
    if "cart" in details:
        faults += _cart(details["cart"])
    return faults


def is_text(value: Any) -> bool:
    """Whether it is text that is not blank."""
    return type(value) is str and value != "" and not value.isspace()


def _unique(unique: Any) -> list[Fault]:
    key = unique.get("key") if isinstance(unique, dict) else None
    if is_text(key) or _is_whole(key):
        return []
    wanted = "must be the order's or invoice's own id, text or a whole number, so that it is counted once"
    return [Fault("details.unique.key", wanted)]


def _value(value: Any) -> list[Fault]:
    if not isinstance(value, dict):
        return [Fault("details.value", 'must be an object: {"currency": "USD", "amount": 1999}')]
    faults = []
    if not isinstance(value.get("currency"), str) or not _CURRENCY.fullmatch(value["currency"]):
        faults.append(Fault("details.value.currency", "must be an ISO 4217 code of three capital letters, like USD"))
    amount = value.get("amount")
    if not _is_whole(amount):
        wanted = "must be an integer of the currency's minor unit: 1999 for 19.99 dollars, 500 for 500 yen"
        faults.append(Fault("details.value.amount", wanted))
    elif amount < 0:
        wanted = "must not be negative: send a refund as an event of its own type, such as $OrderRefunded"
        faults.append(Fault("details.value.amount", wanted))
    return faults


def _cart(cart: Any) -> list[Fault]:
    if not isinstance(cart, dict):
        return [Fault("details.cart", 'must be an object: {"items": [{…}, …]}')]
    items = cart.get("items", [])
    if not isinstance(items, list):
        return [Fault("details.cart.items", "must be a list of objects, one an item")]
    return [
        Fault(f"details.cart.items[{index}]", 'must be an object, like {"product_sku": …, "quantity": 1}')
        for index, item in enumerate(items)
        if not isinstance(item, dict)
    ]


def _is_whole(value: Any) -> TypeGuard[int]:
    return type(value) is int
