"""Rows are copied before the next one is read: whoever yields them may reuse them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from airflow_provider_bento.api.records.columns import event_parser
from airflow_provider_bento.delivery.row_copies import as_taken, is_large, is_still, seen
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import ValidRows
from airflow_provider_bento.delivery.validation import validated_rows
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.functions import GeneratorSource
from airflow_provider_bento.sources.iterables import IterableSource
from airflow_provider_bento.sources.mapping import MappedSource


class Mood(Enum):
    """An enumeration."""

    GOOD = "good"


def test_a_change_of_a_row_is_seen() -> None:
    """At any depth; and what it was can be read."""
    row: dict[str, Any] = {"n": Decimal("1.5"), "a": {"b": [{"c": 1}]}}
    copied, before = dict(row), seen(row)
    assert is_still(copied, before)
    row["a"]["b"][0]["c"] = 2
    assert not is_still(copied, before)
    assert as_taken(copied, before, 7) == {"n": Decimal("1.5"), "a": {"b": [{"c": 1}]}}


def test_a_copy_of_a_flat_row_cannot_change() -> None:
    """It is not looked at again."""
    assert is_still({"a": 1, "at": datetime(2026, 1, 2, tzinfo=UTC), "n": Decimal("1.50")}, b"")


@pytest.mark.parametrize("odd", [Decimal("1.5"), {1: 2}, Mood.GOOD, ("a",)])
def test_what_json_does_not_tell_is_not_guessed(odd: Any) -> None:
    """The function is to be changed; nothing of the row is sent."""
    row = {"a": {"b": odd}}
    before = seen(row)
    row["a"]["c"] = 1
    with pytest.raises(BentoSetupError, match=r"position 1,007 was changed after it was yielded\. Yield a new dict"):
        as_taken(row, before, 1007)


def test_large_rows() -> None:
    """Measured as JSON; what has no such form may be anything."""
    assert not is_large({"a": "x" * 60_000})
    assert is_large({"a": "x" * 70_000})
    assert is_large({"a": object()})


def nested_again() -> Iterator[Any]:
    """Yield one dict again and again, changed at all depths."""
    row: dict[str, Any] = {"type": "$purchase", "details": {"unique": {}, "value": {"currency": "USD"}}}
    for number in range(30):
        row["email"] = f"p{number}@x.io"
        row["details"]["unique"]["key"] = f"o{number}"
        row["details"]["value"]["amount"] = number
        yield row


def cleared() -> Iterator[Any]:
    """Yield new dicts, and empty each after it was taken."""
    for row in map(dict, nested_again()):
        row["details"] = {
            **row["details"],
            "unique": dict(row["details"]["unique"]),
            "value": dict(row["details"]["value"]),
        }
        yield row
        row["details"]["unique"].clear()
        row.clear()


def of_another_class() -> Iterator[Any]:
    """Yield one mapping that is no dict again and again."""
    row: OrderedDict[str, Any] = OrderedDict()
    for one in nested_again():
        row.update(one)
        yield row


class OwnSource(ListSource):
    """A source of somebody else, which reuses its rows."""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield them."""
        return (Row(position, data) for position, data in enumerate(nested_again()))


class Again:
    """An object that can be iterated over repeatedly."""

    def __iter__(self) -> Iterator[Any]:
        return nested_again()


def template() -> Callable[[Any], Any]:
    """Return a function for columns= that fills one record again and again."""
    record: dict[str, Any] = {"type": "$purchase", "details": {"unique": {}, "value": {"currency": "USD"}}}

    def fill(number: Any) -> Any:
        record["email"] = f"p{number['n']}@x.io"
        record["details"]["unique"]["key"] = f"o{number['n']}"
        record["details"]["value"]["amount"] = number["n"]
        return record

    return fill


@pytest.mark.parametrize(
    "source",
    [
        GeneratorSource(nested_again),
        GeneratorSource(cleared),
        GeneratorSource(of_another_class),
        IterableSource(Again()),
        OwnSource([]),
        MappedSource(ListSource([{"n": number} for number in range(30)]), template()),
    ],
)
def test_rows_that_are_reused_reach_the_right_people(source: Any) -> None:
    """Each purchase once, with its own key and amount."""
    sent = []
    for item in validated_rows(source, Cursor(), event_parser(), 10, max_bytes=9999):
        rows = item if isinstance(item, ValidRows) else [item]
        sent += [one.body.decode() for one in rows]  # type: ignore[union-attr]  # all are valid
    assert [f'"p{number}@x.io"' in one and f'"o{number}"' in one and f'"amount":{number}}}' in one
            for number, one in enumerate(sent)] == [True] * 30  # fmt: skip


def test_a_row_that_was_changed_is_read_one_by_one_from_then_on() -> None:
    """So that nothing of it is ever read too late."""
    asked: list[int] = []

    def rows() -> Iterator[Any]:
        for number, row in enumerate(nested_again()):
            asked.append(number)
            yield row

    ahead = []
    for number, _ in enumerate(validated_rows(GeneratorSource(rows), Cursor(), event_parser(), 10, max_bytes=9999)):
        ahead.append(len(asked) - number)
    assert ahead == [4, 3, 2, *[1] * 27]
