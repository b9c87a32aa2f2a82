"""People in the envelopes of all generations."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses

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


@pytest.mark.parametrize(
    "answer", [{}, {"data": None}, {"data": []}, {"data": {}}, [], None, "x", {"data": "x"}, {"ok": True}]
)
def test_nobody_is_none(answer: Any) -> None:
    """A miss is 200 with an empty object or null; an object without a person is a miss, too."""
    assert responses.person(answer) is None


def test_null_fields_and_tags_are_empty() -> None:
    """As fresh records have them."""
    person = responses.person({"data": {"id": 1, "attributes": {"email": "a@x.io", "fields": None}}})
    assert person is not None
    assert (person.id, person.uuid, person.fields, person.tag_ids) == ("1", None, {}, ())


def test_a_page_of_people_shows_nobody_in_its_repr() -> None:
    """A result in a log is ids."""
    found = responses.people({"data": [ANN], "meta": {"page": 1, "query": {}}})
    assert [person.email for person in found] == ["ann@x.io"]
    assert repr(found) == "(Person(id='236'),)"
