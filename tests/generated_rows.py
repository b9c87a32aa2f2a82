"""Rows as tables, documents and mistakes make them: most alike, some odd in one value, some odd in their keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any

Row = dict[Any, Any]


class Name(str):
    """Text of another class."""

    __slots__ = ()


class Plan(Enum):
    """A word of the author's."""

    PRO = "pro"


NAIVE = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001  (databases return such, and they count as UTC)
TEXTS = [
    "",
    " ",
    "x",
    "a,b",
    "null",
    "a\0b",
    "a\\u0000b",
    "\ud800",
    "ünï",
    "a\nb",
    "\u2028",
    "{{ x }}",
    '["a"]',
    "{a,b}",
]
MORE_TEXTS = [
    "nan",
    "true",
    "false",
    "1999",
    " 12 ",
    "19.99",
    "USD",
    "usd",
    "a@x.io",
    " A@x.io ",
    "a@x",
    "a@x.io\nb@x.io",
]
DATES = [
    "2026-01-31",
    "2026-01-31T09:30:00Z",
    "2026-02-30T09:30:00Z",
    "1899-01-01T00:00:00Z",
    "2199-12-31T23:59:59.999Z",
]
NUMBERS = [0, 1, -1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**400, 0.0, 1.5, -0.0, 1e308, float("nan"), float("inf")]
DECIMALS = [Decimal(text) for text in ("1.10", "5", "NaN", "0.1234567890123456789", "1E+30", "-0")]
MOMENTS = [
    NAIVE,
    datetime(2026, 1, 2, 3, 4, 5, 678, UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
    datetime(2200, 1, 1, tzinfo=UTC),
    date(2026, 1, 2),
    date(1800, 1, 1),
    time(3, 4),
]
OTHERS = [None, True, False, uuid.UUID(int=7), Plan.PRO, Name("x"), b"x", bytearray(b"x"), object(), 1j, range(3)]
LISTS = [
    [],
    ["a"],
    ["a", None],
    ["a,b"],
    [1],
    ("a", "b"),
    {"a"},
    frozenset({"b", "a"}),
    [[1, [2]]],
    [{"a": 1}, {"b": "\0"}],
]
OBJECTS = [{}, {"a": 1}, {"a": {"b": [1, {"c": None}]}}, {1: 2}, {"": 1}, {" a": 1}]
ODD_VALUES: list[Any] = [
    *(*TEXTS, *MORE_TEXTS, *DATES, "31/01/2026", "subscribe"),
    *(*NUMBERS, *DECIMALS, *MOMENTS, *OTHERS, *LISTS, *OBJECTS),
]
ODD_KEYS: list[Any] = [
    *(
        "n",
        "Tags",
        "first_nmae",
        "tag",
        "id",
        "fields",
        "email2",
        "E-Mail",
        "a.b",
        "x@y.io",
        "details",
        "date",
        "command",
    ),
    *(" x", "x ", "", "a b", "ünï", "a\0", "\ud800", "k" * 70, "\u200bx", 1, None, Name("email"), Name("x")),
    *("Cart", "Unique", "VALUE", "bypass_workflows", "Bypass Workflows", "bypass_workflow", "utm_source", "created_at"),
]
TYPES = ["$read", "$purchase", "$tag", "$remove_tag", "$update_fields", "purchase", " signed up ", "$Purchase", "read"]
USUAL: dict[str, list[Any]] = {
    "first_name": ["Ann", "Åsa", "", None],
    "tags": ["a,b", "vip", None, ["x", "y"], ""],
    "remove_tags": ["lead", None],
    "command": ["subscribe", "unsubscribe", None],
    "plan": ["pro", None],
    "seats": [1, 250, None],
    "share": [0.5, Decimal("0.5"), 2],
    "since": [datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), "2026-01-02"],
    "active": [True, False],
}


def subscriber(random: Random, number: int) -> Row:
    """A row of a table of people."""
    row: Row = {"email": f"p{number}@x.example"}
    return row | {name: random.choice(values) for name, values in USUAL.items() if random.random() < 0.8}


def event(random: Random, number: int) -> Row:
    """A row of a table of events."""
    kind = random.choice(TYPES) if random.random() < 0.5 else "$purchase"
    row: Row = {"type": kind, "email": f"p{number}@x.example"}
    if random.random() < 0.7:
        row["date"] = random.choice(["2026-01-02T03:04:05Z", "2026-01-02 03:04", NAIVE, date(2026, 1, 2)])
    if random.random() < 0.5:
        row["fields"] = {"plan": "pro", "seats": number, "since": date(2026, 1, 2)}
    if random.random() < 0.95:
        row["details"] = _details(random, kind, number)
    return row


def _details(random: Random, kind: str, number: int) -> Row:
    details: Row = {"page": f"/{number}", "seconds": number, "parts": [{"a": 1}, {"a": None}]}
    if kind == "$purchase":
        details = {"unique": {"key": f"o{number}"}, "value": {"currency": "USD", "amount": number}}
        if random.random() < 0.7:
            details["cart"] = {"items": [_item(random, item) for item in range(random.randrange(4))]}
        if random.random() < 0.3:
            details["note"] = "x"
    if kind in ("$tag", "$remove_tag"):
        details["tag"] = random.choice(["vip", "a,b", ["vip"], None])
    if random.random() < 0.2:
        details["bypass_workflows"] = random.choice([True, False, "true", "false", None, 1])
    return details


def _item(random: Random, item: int) -> Row:
    found: Row = {"product_id": str(item), "product_price": 999, "quantity": random.choice([1, 2, 1, 1, "2", "x"])}
    if random.random() < 0.1:
        del found["quantity"]
    return found


def spoiled(random: Random, row: Row) -> Row:
    """The row with one value, at any depth, or one key replaced by an odd one, or one key missing."""
    one = random.choice(_objects(row, [row]))
    if one and random.random() < 0.75:
        one[random.choice(list(one))] = random.choice(ODD_VALUES)
    elif one and random.random() < 0.3:
        del one[random.choice(list(one))]
    else:
        one[random.choice(ODD_KEYS)] = random.choice(ODD_VALUES)
    return row


def _objects(value: Any, found: list[Row]) -> list[Row]:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, dict):
            found.append(item)
        _objects(item, found)
    return found


def block(seed: int, make: Callable[[Random, int], Row], size: int) -> list[Row]:
    """A block of rows: all alike, or each with its own keys; none, few or many of them odd."""
    random = Random(seed)
    share, alike, state = random.choice([0.0, 0.01, 0.1, 0.5]), random.random() < 0.5, random.getrandbits(32)
    rows = [make(Random(state) if alike else random, number) for number in range(size)]
    return [spoiled(random, row) if random.random() < share else row for row in rows]
