"""People in the envelopes of all generations."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
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


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": []}, {"data": {}}, []])
def test_nobody_is_none(answer: Any) -> None:
    """A miss is 200 with an empty object or null."""
    assert responses.person(answer) is responses.created_person(answer) is None


@pytest.mark.parametrize("answer", [None, "x", 7, {"data": "x"}, {"ok": True}, {"data": [7]}, {"data": [ANN, ANN]}])
def test_what_is_no_person_is_not_nobody(answer: Any) -> None:
    """Somebody would be taken for missing, or for somebody else."""
    with pytest.raises(BentoUnreachable, match="shows no person"):
        responses.person(answer)
    assert responses.created_person(answer) is None


def test_null_is_never_a_text() -> None:
    """A person without an address has none, and an id is a text or a whole number."""
    nobody = {"id": {"of": "ann@x.io"}, "attributes": {"email": None, "cached_tag_ids": [None, 7, {}, True, "8"]}}
    (person,) = responses.people({"data": [nobody]})
    assert (person.id, person.email, person.tag_ids) == ("", "", ("7", "8"))


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
