"""Looking for broadcasts that may have been made: what cannot be read is not taken for what is not there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_bento.api import contract, responses, wire
from airflow_provider_bento.api.broadcast_lookup import MOST_LOOKED_AT, every_broadcast, find
from airflow_provider_bento.api.responses import ListedBroadcast
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoUnreachable

REQUEST = wire.Request(contract.LIST_BROADCASTS)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": "Unauthorized"}, 200),
        ({"data": [], "errors": ["search is down"]}, 200),
        ({"ok": True}, 200),
        ("hello", 200),
        (None, 200),
        ({"data": {}}, 200),
        ({"data": ["a"]}, 200),
        ({}, 500),
        ({}, 503),
    ],
)
def test_a_list_that_cannot_be_read_hides_no_broadcast(body: Any, status: int) -> None:
    """Made again, an approved one would be mailed twice; a later attempt looks again."""

    def list_page(*_: object) -> tuple[ListedBroadcast, ...]:
        return responses.broadcasts(wire.read(REQUEST, wire.Reply(status, {}, json.dumps(body).encode())))

    with pytest.raises(BentoUnreachable, match="a later attempt will try again"):
        find(list_page, ["spring"], 0.0)


def test_null_and_an_empty_list_hold_nothing() -> None:
    """As Bento answers where there is none."""
    for data in (None, []):
        assert find(lambda *_, data=data: responses.broadcasts({"data": data}), ["spring"], 0.0) == {}


def test_a_list_without_an_end_is_left_to_a_person() -> None:
    """What may be on its other pages is unknown."""
    pages = list[int]()

    def list_page(_: str, page: int) -> tuple[ListedBroadcast, ...]:
        pages.append(page)
        return (ListedBroadcast(str(page), "other"),)

    with pytest.raises(BentoOutcomeUnknown, match="pages of draft broadcasts"):
        find(list_page, ["spring"], 0.0)
    assert pages == list(range(1, MOST_LOOKED_AT + 1))


def test_a_broadcast_whose_stats_change_is_the_same() -> None:
    """A page that only shows newer counts brings nothing new."""
    rates = iter(range(100))

    def list_page(*_: object) -> tuple[ListedBroadcast, ...]:
        return (ListedBroadcast("1", "spring", open_rate=float(next(rates))),)

    assert [one.id for one in every_broadcast(list_page, "sent")] == ["1"]
    assert next(rates) == 3
