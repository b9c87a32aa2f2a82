"""How long a row takes to become a record's JSON, with every check on the way.

Run as ``python tests/benchmarks/bench_records.py [rounds]``. Beside each stands ``json.dumps`` of the same row, which
checks nothing: whoever pushed rows without this package would pay at least that. The two take turns, and processor time
is what counts, so that waiting for other processes is left out; the least of all rounds was disturbed least.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from airflow_provider_bento.api.records import parse_broadcast, parse_event, parse_subscriber

ROWS = 1000
BEGAN = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def subscriber(number: int) -> dict[str, Any]:
    """A row as a query of a shop's warehouse gives it: eleven columns."""
    return {
        "email": f"customer.{number}@example.com",
        "first_name": "Ann",
        "last_name": "Åkesson" if number % 4 == 0 else "Nilsson",
        "tags": ["customer", "newsletter"],
        "remove_tags": "lead,trial",
        "utm_source": "spring sale",
        "plan": "pro",
        "seats": number,
        "average_order": 19.5,
        "marketing_consent": True,
        "city": "Göteborg" if number % 4 == 1 else "Lund",
    }


def typed_subscriber(number: int) -> dict[str, Any]:
    """The same with what database drivers give: a ``Decimal``, a ``datetime``, a ``None``."""
    return subscriber(number) | {
        "average_order": Decimal("19.50"),
        "signed_up": BEGAN + timedelta(minutes=number),
        "city": None,
    }


def purchase(number: int) -> dict[str, Any]:
    """An order of four items."""
    names = ("Teapot", "Cup", "Saucer", "Spoon")
    items = [
        {
            "product_sku": f"SKU-{place}",
            "product_name": name,
            "quantity": 1,
            "product_price": 1999,
            "product_id": str(place),
        }
        for place, name in enumerate(names)
    ]
    return {
        "type": "$purchase",
        "email": f"customer.{number}@example.com",
        "date": "2026-01-31T09:30:00Z",
        "details": {
            "unique": {"key": f"order-{number}"},
            "value": {"currency": "USD", "amount": 7996},
            "cart": {"items": items, "abandoned_checkout_url": "https://shop.example.com/cart"},
        },
    }


def broadcast(number: int) -> dict[str, Any]:
    """A draft of ten kilobytes."""
    return {
        "name": f"News {number}",
        "subject": "What is new",
        "content": "<p>Dear {{ visitor.first_name }},</p>" + "<p>Something is new.</p>" * 400,
        "type": "raw",
        "from": {"email": "news@example.com", "name": "The shop"},
        "inclusive_tags": ["newsletter"],
    }


def bad_subscriber(number: int) -> dict[str, Any]:
    """A row with four invalid fields, as when a column is mixed up in the whole table."""
    return subscriber(number) | {"email": "nobody", "tags": ["a,b"], "seats": float("nan"), "plan": {"name": "pro"}}


# What is measured, and the most milliseconds that a thousand may take; ``None``: no target.
CASES: dict[str, tuple[Callable[[Any], Any], Callable[[int], dict[str, Any]], float | None]] = {
    "subscribers, 11 fields": (parse_subscriber, subscriber, 6.0),
    "subscribers with Decimal, datetime, None": (parse_subscriber, typed_subscriber, None),
    "purchases, a cart of 4 items": (parse_event, purchase, 15.0),
    "broadcasts, 10 kB": (parse_broadcast, broadcast, None),
    "subscribers with 4 errors each": (parse_subscriber, bad_subscriber, None),
}


def milliseconds(work: Callable[[], Any]) -> float:
    """Return the processor time of one call."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def measured(
    parse: Callable[[Any], Any], make: Callable[[int], dict[str, Any]], rounds: int
) -> tuple[list[float], list[float]]:
    """Return the times of a thousand rows: ours, and those of ``json.dumps``."""
    rows = [make(number) for number in range(ROWS)]
    ours, plain = [], []
    for _ in range(rounds):
        ours.append(
            milliseconds(lambda: [found if type(found := parse(row)) is tuple else found.encode() for row in rows])
        )
        plain.append(milliseconds(lambda: [json.dumps(row, default=str) for row in rows]))
    return ours, plain


def main(rounds: int = 25) -> None:
    """Print the table."""
    machine = f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"Milliseconds for {ROWS} rows, parsed and encoded; the least and the median of {rounds} rounds; {machine}\n")
    print(f"{'rows':<44}{'least':>8}{'median':>8}{'µs a row':>10}{'json.dumps':>12}{'times':>7}  target")
    for name, (parse, make, target) in CASES.items():
        ours, plain = measured(parse, make, rounds)
        least, dumps = min(ours), min(plain)
        verdict = "" if target is None else f"{target:g}: {'kept' if least <= target else 'MISSED'}"
        numbers = f"{least:>8.1f}{statistics.median(ours):>8.1f}{least * 1000 / ROWS:>10.1f}{dumps:>12.1f}"
        print(f"{name:<44}{numbers}{least / dumps:>7.1f}  {verdict}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
