"""Judging columns and parsing rows one by one come to the same: same bytes, same field errors.

``make prove`` runs this over millions of rows.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from generated_rows import Row, block, event, subscriber
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records import parse_event, parse_subscriber
from airflow_provider_bento.api.records.columns import Block, BlockParser, event_parser, subscriber_parser

SEEDS = st.integers(0, 2**32)
SIZES = st.sampled_from([1, 2, 3, 50, 300])


def said(found: Any) -> Any:
    """Return what is compared of a record, or its field errors."""
    return found if isinstance(found, tuple) else (found.body, found.email, found.idempotent)


def verdicts(judged: Block, count: int) -> list[Any]:
    """Return what a block says about each row, in the order of the rows."""
    bodies = judged.lines.split(b"\n")
    assert bodies.pop() == b""
    good = zip(bodies, judged.emails, judged.idempotent, strict=True)
    found = [said(judged.alone[index]) if index in judged.alone else next(good) for index in range(count)]
    assert next(good, None) is None
    return found


def assert_same(parser: BlockParser, rows: list[Row]) -> None:
    """Compare both ways over the same rows, which stay as they were."""
    before = copy.deepcopy([list(row) for row in rows])
    assert verdicts(parser.block(rows), len(rows)) == [said(parser(row)) for row in rows]
    assert [list(row) for row in rows] == before


@given(SEEDS, SIZES)
@settings(deadline=None)
def test_subscribers_in_blocks(seed: int, size: int) -> None:
    """People of tables with odd values and odd keys."""
    assert_same(subscriber_parser(), block(seed, subscriber, size))


@given(SEEDS, SIZES)
@settings(deadline=None)
def test_events_in_blocks(seed: int, size: int) -> None:
    """Events and purchases, with their fields, details and carts."""
    assert_same(event_parser(), block(seed, event, size))


@pytest.mark.parametrize("size", [1, 500])
@pytest.mark.parametrize("make", [subscriber, event])
def test_the_parsers_of_blocks_are_those_of_rows(make: Any, size: int) -> None:
    """A row alone is parsed as ever."""
    parser, parse = (subscriber_parser(), parse_subscriber) if make is subscriber else (event_parser(), parse_event)
    for row in block(7, make, size):
        assert said(parser(row)) == said(parse(row))


def purchase(**details: Any) -> Row:
    """Return a purchase with other details."""
    usual = {"unique": {"key": "o1"}, "value": {"currency": "USD", "amount": 1999}}
    return {"type": "$purchase", "email": "a@x.io", "details": usual | details}


@pytest.mark.parametrize(
    "odd",
    [
        {"Cart": {"items": []}},
        {"note": "x", "CART": 1},
        {"value": {"currency": "USD", "amount": "1999"}},
        {"value": {"currency": "US", "amount": 1999}},
        {"value": {"currency": "USD\n", "amount": 1999}},
        {"value": {"currency": "USD\nEUR", "amount": 1999}},
        {"value": {"currency": "USD", "amount": -1}},
        {"value": {"currency": "USD", "amount": True}},
        {"unique": {"key": " "}},
        {"unique": {"key": 7.0}},
        {"cart": []},
        {"cart": {"items": {}}},
        {"cart": {"items": [{"quantity": "2"}]}},
        {"cart": {"items": [1]}},
        {"bypass_workflows": True},
        {"bypass_workflows": "false"},
        {"bypass_workflows": 1},
        {"Bypass Workflows": True},
    ],
)
def test_an_odd_purchase_among_others(odd: dict[str, Any]) -> None:
    """The others are judged at once all the same."""
    rows = [purchase() for _ in range(50)]
    rows[20] = purchase(**odd)
    assert_same(event_parser(), rows)
    assert set(event_parser().block(rows).alone) <= {20}


def test_an_address_that_contains_two_lines_is_not_two_addresses() -> None:
    """Addresses are matched together, each on a line of its own."""
    rows = [{"email": "a@x.io"}, {"email": "b@x.io\nc@x.io"}, {"email": "d@x.io"}]
    assert set(subscriber_parser().block(rows).alone) == {1}
    assert_same(subscriber_parser(), rows)


def test_rows_that_are_alike_are_judged_at_once() -> None:
    """Decimals, dates and gaps too; parsing a row alone costs three times as much."""
    rows = [row for seed in range(20) for row in block(seed, subscriber, 20) if "\0" not in repr(row)]
    alone = subscriber_parser().block([row for row in rows if isinstance(row.get("share"), float | int)]).alone
    assert len(alone) < len(rows) / 3
