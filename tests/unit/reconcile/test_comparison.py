"""Which fields of a person in Bento differ from a record."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api.records.subscriber import Subscriber, parse_subscriber
from airflow_provider_bento.api.responses import Person
from airflow_provider_bento.reconcile.comparison import differences


def person(*, unsubscribed: bool = False, email: str = "ann@x.io", **fields: Any) -> Person:
    """Return a person as Bento shows one."""
    since = "2026-01-01T00:00:00.000Z" if unsubscribed else None
    return Person(id="1", uuid="u", email=email, fields=fields, tag_ids=(), unsubscribed_at=since, url=None)


def differing(row: dict[str, Any], found: Person, *tags: str) -> dict[str, str]:
    """Return the fields that differ, with the reasons."""
    record = parse_subscriber({"email": "ann@x.io", **row})
    assert isinstance(record, Subscriber)
    return {one.field: one.reason for one in differences(record, found, frozenset(tags))}


def test_equal_people_have_no_difference() -> None:
    """What Bento has beyond the record does not count, nor does the case of names and addresses."""
    row = {"first_name": "Ann", "city": "Ghent", "age": 7, "tags": ["vip"], "nothing": None}
    found = person(email="ANN@x.io", first_name="ANN", city="Ghent", age="7", more="x")
    assert differing(row, found, "vip", "other") == {}


def test_fields_that_differ_say_what_bento_has() -> None:
    """A field that Bento does not have differs, unless the record clears it."""
    found = person(first_name="Bob", city="Ghent")
    row = {"first_name": "Ann", "city": "", "age": 7, "note": ""}
    assert differing(row, found) == {
        "first_name": 'Bento has "Bob"',
        "city": 'Bento has "Ghent"',
        "age": "Bento has no value",
    }


def test_keys_are_case_sensitive_as_in_bento() -> None:
    """Bento's docs, fields: "Field names are case-sensitive"."""
    assert differing({"City": "Ghent"}, person(city="Ghent")) == {"City": "Bento has no value"}


def test_tags_must_be_there_and_removed_tags_must_not() -> None:
    """The names that differ are listed."""
    row = {"tags": "vip,new,old", "remove_tags": ["trial", "lead"]}
    assert differing(row, person(), "vip", "trial", "other") == {
        "tags": 'Bento does not have ["new","old"]',
        "remove_tags": 'Bento still has ["trial"]',
    }


@pytest.mark.parametrize(
    ("command", "unsubscribed", "expected"),
    [
        ("subscribe", False, {}),
        ("subscribe", True, {"command": "the person is unsubscribed"}),
        ("unsubscribe", True, {}),
        ("unsubscribe", False, {"command": "the person is subscribed"}),
        (None, True, {}),
    ],
)
def test_a_command_must_have_taken_effect(command: str | None, unsubscribed: bool, expected: dict[str, str]) -> None:
    """Without one, being unsubscribed is no difference."""
    assert differing({"command": command}, person(unsubscribed=unsubscribed)) == expected


def test_attribution_is_compared_only_if_bento_shows_it() -> None:
    """Bento documents no way to read utm_*."""
    assert differing({"utm_source": "ad"}, person()) == {}
    assert differing({"utm_source": "ad"}, person(utm_source="x")) == {"utm_source": 'Bento has "x"'}


def test_the_address_itself_is_compared() -> None:
    """A reply that shows another address is another person; one without an address says nothing."""
    assert differing({}, person(email="bob@x.io")) == {"email": 'Bento has "bob@x.io"'}
    assert differing({}, person(email="")) == {}


def test_a_long_value_is_cut_and_no_repr_shows_one() -> None:
    """Logs print representations."""
    record = parse_subscriber({"email": "ann@x.io", "note": "short"})
    assert isinstance(record, Subscriber)
    [difference] = differences(record, person(note="planted " * 100), frozenset())
    assert len(difference.reason) < 250
    assert repr(difference) == "Difference(field='note')"
