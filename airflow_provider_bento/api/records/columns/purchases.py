"""Purchases of a block as columns: which of them need a closer look.

Tested by tests/unit/api/records/columns/test_same_verdicts.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from airflow_provider_bento.api.records.keys import simplified
from airflow_provider_bento.api.records.purchase import is_text

_REMEMBERED: Final = 5000
_STR: Final = frozenset({str})
_INT: Final = frozenset({int})
_DICT: Final = frozenset({dict})
_LIST: Final = frozenset({list})
_CURRENCY: Final = re.compile("[A-Z]{3}").fullmatch
_no_cart: Final = set[str]()


def odd_purchases(rows: Sequence[dict[str, Any]], places: Sequence[int]) -> set[int]:
    """Return which of the rows at these places are to be parsed alone.

    :param rows: clean.
    """
    details = [rows[place].get("details") for place in places]
    if _are_plain(details):
        return set()
    return {place for place, one in zip(places, details, strict=True) if not _are_plain([one])}


def _are_plain(details: Sequence[Any]) -> bool:
    """Whether nothing is wrong with these purchases, and none contains a number as text."""
    if not _DICT.issuperset(map(type, details)):
        return False
    try:
        uniques, values = list(map(itemgetter("unique"), details)), list(map(itemgetter("value"), details))
        if not (_DICT.issuperset(map(type, uniques)) and _DICT.issuperset(map(type, values))):
            return False
        keys = list(map(itemgetter("key"), uniques))
        currencies, amounts = list(map(itemgetter("currency"), values)), list(map(itemgetter("amount"), values))
    except KeyError:
        return False
    return _are_keys(keys) and _are_currencies(currencies) and _are_amounts(amounts) and _are_carts(details)


def _are_keys(keys: Sequence[Any]) -> bool:
    kinds = set(map(type, keys))
    if kinds == _STR:
        return all(map(str.strip, keys))
    return kinds == _INT or (kinds <= _STR | _INT and all(type(key) is int or is_text(key) for key in keys))


def _are_currencies(currencies: Sequence[Any]) -> bool:
    few = set(currencies)
    return _STR.issuperset(map(type, few)) and all(map(_CURRENCY, few))


def _are_amounts(amounts: Sequence[Any]) -> bool:
    return _INT.issuperset(map(type, amounts)) and min(amounts) >= 0


def _are_carts(details: Sequence[dict[str, Any]]) -> bool:
    carts = [one["cart"] for one in details if "cart" in one]
    if not carts:
        return _lack_no_cart(set().union(*details))
    if not _DICT.issuperset(map(type, carts)):
        return False
    items = [cart["items"] for cart in carts if "items" in cart]
    if not _LIST.issuperset(map(type, items)) or not _are_items(list(chain.from_iterable(items))):
        return False
    return len(carts) == len(details) or _lack_no_cart(chain.from_iterable(one for one in details if "cart" not in one))


def _are_items(items: Sequence[Any]) -> bool:
    if not _DICT.issuperset(map(type, items)):
        return False
    try:
        counted = chain(map(itemgetter("quantity"), items), map(itemgetter("product_price"), items))
        return str not in set(map(type, counted))
    except KeyError:
        return all(
            type(item.get("quantity")) is not str and type(item.get("product_price")) is not str for item in items
        )


def _lack_no_cart(names: Iterable[str]) -> bool:
    """Whether none of the names is another spelling of ``cart``."""
    new = set(names) - _no_cart
    if any(simplified(name) == "cart" for name in new):
        return False
    _remember(new)
    return True


def _remember(names: Collection[str]) -> None:
    if len(_no_cart) < _REMEMBERED:
        _no_cart.update(names)
