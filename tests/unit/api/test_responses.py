"""Answers of the reading endpoints, through the generations."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import ListedBroadcast, Tag
from airflow_provider_bento.exceptions import BentoUnreachable

ANN = {
    "id": "236",
    "type": "visitors",
    "attributes": {
        "uuid": "0f56",
        "email": "ann@x.io",
        "fields": {"first_name": "Ann"},
        "cached_tag_ids": ["233", 7],
        "unsubscribed_at": None,
        "navigation_url": "https://app.bentonow.com/p/236",
    },
}


@pytest.mark.parametrize("answer", [{"data": ANN}, {"data": [ANN]}])
def test_a_person_is_read_in_every_envelope(answer: Any) -> None:
    """Tag ids are strings, whatever they come as; ``repr`` shows no person."""
    person = responses.person(answer)
    assert person is not None
    assert (person.id, person.email, person.fields, person.tag_ids) == (
        "236", "ann@x.io", {"first_name": "Ann"}, ("233", "7"),
    )  # fmt: skip
    assert person.unsubscribed_at is None
    assert "ann" not in repr(person).lower()


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": []}, {"data": {}}, [], None, "x", {"data": "x"}])
def test_nobody_is_none(answer: Any) -> None:
    """A miss is 200 with an empty object or null."""
    assert responses.person(answer) is None


def test_null_fields_and_tags_are_empty() -> None:
    """As fresh records have them."""
    person = responses.person({"data": {"id": 1, "attributes": {"email": "a@x.io", "fields": None}}})
    assert person is not None
    assert (person.id, person.uuid, person.fields, person.tag_ids) == ("1", None, {}, ())


def test_tags_are_listed_with_the_deleted_ones() -> None:
    """Null data is an empty list; one object is a list of one."""
    one = {"id": "174", "attributes": {"name": "VIP", "discarded_at": "2026-01-01T00:00:00Z"}}
    assert responses.tags({"data": [one]}) == (Tag("174", "VIP", "2026-01-01T00:00:00Z"),)
    assert responses.tags({"data": one}) == responses.tags([one]) == responses.tags({"data": [one]})
    assert responses.tags({"data": None}) == responses.tags({"data": []}) == responses.tags([]) == ()


@pytest.mark.parametrize(
    "answer", [None, {}, "x", 3, {"ok": True}, {"data": {}}, {"data": "x"}, {"data": [1]}, {"error": "no"}, ["odd"]]
)
@pytest.mark.parametrize("reading", [responses.tags, responses.broadcasts])
def test_what_is_no_list_is_no_empty_list(reading: Any, answer: Any) -> None:
    """A broadcast that is taken for missing would be made, and mailed, again."""
    with pytest.raises(BentoUnreachable, match="contains no list"):
        reading(answer)


def test_broadcasts_are_listed_in_both_envelopes() -> None:
    """``data`` with attributes, or ``broadcasts`` without; the dashboard's address before the public one."""
    deep = {"id": 9, "attributes": {"name": "n", "created_at": "2026-01-01T00:00:00Z", "share_url": "https://s"}}
    assert responses.broadcasts({"data": [deep]}) == (ListedBroadcast("9", "n", "2026-01-01T00:00:00Z", "https://s"),)
    flat = {"id": 9, "name": "n", "dashboard_url": "https://d", "share_url": "https://s"}
    assert responses.broadcasts({"broadcasts": [flat]}) == (ListedBroadcast("9", "n", None, "https://d"),)
    assert responses.broadcasts({"data": []}) == ()
