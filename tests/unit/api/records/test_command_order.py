"""Of one person, only commands that commute may travel in one push, because Bento keeps no order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from airflow_provider_bento.api.records import Command, command_parser, parse_command


def tag(verb: str, name: str = "vip", email: str = "a@x.io") -> dict[str, Any]:
    """Return a command about a tag."""
    return {"command": verb, "email": email, "query": name}


def field(value: Any, key: str = "plan", email: str = "a@x.io") -> dict[str, Any]:
    """Return a command that sets a field."""
    return {"command": "add_field", "email": email, "query": {"key": key, "value": value}}


def plain(verb: str, email: str = "a@x.io") -> dict[str, Any]:
    """Return a command without a query."""
    return {"command": verb, "email": email}


CLEAR = tag("remove_field", "plan")
EVENT = tag("add_tag_via_event", "started")
RENAME = tag("change_email", "new@x.io")

COMMUTE = {
    "two tags": (tag("add_tag"), tag("remove_tag", "trial")),
    "two fields": (field("pro"), field("Ann", "first_name")),
    "a tag, a field, the subscription": (tag("add_tag"), field("pro"), plain("unsubscribe")),
    "the same tag twice": (tag("add_tag"), tag("add_tag")),
    "the same value twice": (field("pro"), field("pro")),
    "subscribed twice": (plain("subscribe"), plain("subscribe", "A@x.io")),
    "two people": (plain("subscribe"), plain("unsubscribe", "b@x.io")),
    "a field of the name of a tag": (tag("add_tag", "plan"), CLEAR),
    "automations of two tags": (EVENT, tag("add_tag_via_event", "other")),
    "an automation and another tag": (EVENT, tag("remove_tag")),
    "two renamed people": (RENAME, tag("change_email", "d@x.io", email="c@x.io")),
}
DO_NOT = {
    "the same tag on and off": (tag("add_tag"), tag("remove_tag")),
    "the same tag in another case": (tag("add_tag", "VIP"), tag("remove_tag", "vip")),
    "the same tag with and without automations": (tag("add_tag", "started"), EVENT),
    "a field with two values": (field("pro"), field("free")),
    "a field with 1 and '1'": (field(1), field("1")),
    "a field set and cleared": (field("pro"), CLEAR),
    "subscribed and unsubscribed": (plain("subscribe"), plain("unsubscribe", "A@X.io")),
    "an automation and the subscription": (EVENT, plain("unsubscribe")),
    "an automation and a field": (EVENT, field("pro")),
    "an automation and a cleared field": (EVENT, CLEAR),
    "renamed, and a tag of the old address": (RENAME, tag("add_tag")),
    "renamed, and a tag of the new address": (RENAME, tag("add_tag", email="new@x.io")),
    "renamed twice": (RENAME, tag("change_email", "newer@x.io", email="new@x.io")),
    "two people who get one address": (RENAME, tag("change_email", "New@x.io", email="c@x.io")),
    "renamed twice to the same": (RENAME, RENAME),
}


def read(*commands: dict[str, Any]) -> list[bool]:
    """Return which commands may travel together."""
    parse = command_parser()
    return [isinstance(parse(command), Command) for command in commands]


@pytest.mark.parametrize("commands", COMMUTE.values(), ids=COMMUTE)
def test_commands_that_commute_travel_together(commands: tuple[dict[str, Any], ...]) -> None:
    """In every order."""
    for order in permutations(commands):
        assert all(read(*order))


@pytest.mark.parametrize("commands", DO_NOT.values(), ids=DO_NOT)
def test_of_commands_whose_order_matters_the_later_one_is_invalid(commands: tuple[dict[str, Any], ...]) -> None:
    """Whichever comes first; the reason says where to put it, and names nobody."""
    for order in permutations(commands):
        assert read(*order) == [True, False]
        parse = command_parser()
        parse(order[0])
        (error,) = parse(order[1])  # type: ignore[misc]  # it is invalid
        assert "put it into a task after this one" in error.reason
        assert "x.io" not in error.reason


def test_starting_the_same_automations_twice_is_a_duplicate() -> None:
    """Two identical commands of this verb would mail a person twice."""
    parse = command_parser()
    parse(EVENT)
    (error,) = parse(EVENT)  # type: ignore[misc]  # it is invalid
    assert error.field == "command"
    assert "twice: remove it" in error.reason


def test_what_follows_a_refused_command_is_refused_as_well() -> None:
    """On, off, on: without the second one the third would come too early."""
    assert read(tag("add_tag"), tag("remove_tag"), tag("add_tag")) == [True, False, False]
    assert read(tag("add_tag"), RENAME, tag("add_tag", "x", email="new@x.io")) == [True, False, False]


def test_each_reading_begins_anew() -> None:
    """A source that is read twice is not its own duplicate."""
    assert read(EVENT) == read(EVENT) == [True]


def test_a_command_alone_is_judged_by_itself() -> None:
    """The hook's parser remembers nothing."""
    assert isinstance(parse_command(EVENT), Command)
    assert isinstance(parse_command(EVENT), Command)


@pytest.mark.parametrize(
    ("command", "idempotent"),
    [(tag("add_tag"), True), (field(1), True), (plain("unsubscribe"), True), (EVENT, False), (RENAME, False)],
)
def test_a_command_is_idempotent_if_its_verb_is(command: dict[str, Any], idempotent: bool) -> None:
    """Automations start each time, and after a change the old address is unknown."""
    found = parse_command(command)
    assert isinstance(found, Command)
    assert found.idempotent is idempotent
    assert (found.verb, found.email) == (command["command"], "a@x.io")
    assert "a@x.io" not in repr(found)
