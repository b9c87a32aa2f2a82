"""The records of the cost's benchmark; imports nothing of this package, so that its peers can read them too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
ODD_EVERY = 100


def subscriber(number: int) -> Row:
    """Return a typical row of eleven fields."""
    extra = {f"field_{index}": f"value {number} {index}" for index in range(6)}
    return {
        "email": f"p{number}@x.example",
        "first_name": "Ann",
        "last_name": "Lee",
        "tags": "a,b",
        "n": number,
        **extra,
    }


def event(number: int) -> Row:
    """Return something done on a page, with three details."""
    details = {"page": f"/articles/{number}", "seconds": number % 90, "source": "newsletter"}
    return {"type": "$read", "email": f"p{number}@x.example", "date": "2026-01-02T03:04:05Z", "details": details}


def purchase(number: int) -> Row:
    """Return a purchase of four items."""
    items = [{"product_id": str(item), "product_price": 999, "quantity": 1} for item in range(4)]
    value = {"currency": "USD", "amount": number + 1}
    details = {"unique": {"key": f"o{number}"}, "value": value, "cart": {"items": items}}
    return {"type": "$purchase", "email": f"p{number}@x.example", "date": "2026-01-02T03:04:05Z", "details": details}


def spoiled(row: Row, number: int) -> Row:
    """Return the row; each hundredth one has a ``Decimal``, a ``datetime`` or an invalid value instead."""
    if number % ODD_EVERY:
        return row
    odd = (Decimal("19.90"), datetime(2026, 1, 2, tzinfo=UTC), float("nan"))[number // ODD_EVERY % 3]
    if "details" in row:
        return row | {"details": row["details"] | {"note": odd}}
    return row | {"n": odd}


KINDS: dict[str, tuple[str, Callable[[int], Row]]] = {
    "subscribers, 11 fields": ("subscribers", subscriber),
    "events, 3 details": ("events", event),
    "purchases, 4 items": ("events", purchase),
}
"""What is measured: the endpoint and the rows."""
