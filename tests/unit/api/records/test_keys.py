"""Another spelling of a known key is a field error that names it; a key one letter away is one WARNING a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records import (
    Subscriber,
    broadcast,
    event,
    parse_broadcast,
    parse_event,
    parse_subscriber,
    subscriber,
)
from airflow_provider_bento.api.records.columns import event_parser, subscriber_parser
from airflow_provider_bento.api.records.keys import Keys, nearest, simplified
from airflow_provider_bento.api.records.near_misses import NearMisses

patient = settings(deadline=None)

BROADCAST = {"name": "n", "subject": "s", "type": "raw", "content": "c"}
EVENT = {"type": "x", "email": "a@x.io"}


def field_errors(found: Any) -> dict[str, str]:
    """Return what is wrong with an invalid row, by field."""
    assert isinstance(found, tuple), found
    return {field_error.field: field_error.reason for field_error in found}


@pytest.mark.parametrize(
    "key",
    [
        "FIRST_NAME", "First_Name", "First Name", "first name", "firstName", "FirstName", "first-name", "first.name",
        "firstname", " first_name", "first_name ", "\tfirst_name", "first_name\u00a0", "first\u00a0name", "first__name",
        "\ufefffirst_name", "\ufeff\ufefffirst_name", "first_name\u200b", "first\u200b_name", "first\u00adname",
        "\u2060first_name", "first_name\u200e", '"first_name"', "[first_name]", "first_name:", "first_name*",
        "ｆｉｒｓｔ＿ｎａｍｅ", "first\nname", "FİRST_NAME", "fırst_name",
    ],
)  # fmt: skip
def test_another_spelling_of_a_known_key_is_an_error_that_names_it(key: str) -> None:
    """Snowflake's capitals, Excel's titles, JavaScript's humps, marks and blanks that copied text brings along."""
    (reason,) = field_errors(parse_subscriber({"email": "a@x.io", key: "Ann"})).values()
    assert "did you mean first_name?" in reason


SUBSCRIBER_KEYS = [*contract.SUBSCRIBER_NAMES, *contract.UTM_NAMES]
ROWS: list[tuple[Any, dict[str, Any], list[str], str]] = [
    (parse_subscriber, {"email": "a@x.io"}, SUBSCRIBER_KEYS, ""),
    (parse_event, EVENT, list(contract.EVENT_KEYS), ""),
    (parse_broadcast, BROADCAST, list(contract.BROADCAST_KEYS), ""),
    (parse_broadcast, BROADCAST, ["email", "name"], "from"),
    (parse_event, EVENT, ["first_name", "last_name", *contract.UTM_NAMES], "fields"),
    (parse_event, EVENT, [contract.BYPASS_WORKFLOWS], "details"),
]
INVISIBLE = "\ufeff\u200b\u2060\u00ad\u200e"


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (subscriber.KEYS.known, SUBSCRIBER_KEYS),
        (event.KEYS.known, contract.EVENT_KEYS),
        (broadcast._KEYS.known, contract.BROADCAST_KEYS),
    ],
    ids=["subscriber", "event", "broadcast"],
)
def test_each_key_of_the_contract_has_a_check_and_no_other_has(keys: tuple[str, ...], names: Sequence[str]) -> None:
    """The contract's list of keys, which the redaction of replies reads too, is the one that rows are checked by."""
    assert sorted(keys) == sorted(names)


@st.composite
def spelled(draw: st.DrawFn, key: str) -> str:
    """Return a key in another case, with blanks, separators or invisible characters."""
    letters = []
    for letter in key:
        changed = draw(st.sampled_from([letter, letter.upper()]))
        if letter == "_":
            changed = draw(st.sampled_from(["_", "-", " ", ".", "", "\u00a0"]))
        letters.append(changed + draw(st.sampled_from(["", "", "", *INVISIBLE])))
    around = st.sampled_from(["", " ", "\u00a0", "\ufeff", "\u200b"])
    return draw(around) + "".join(letters) + draw(around)


@pytest.mark.parametrize(("parse", "row", "known", "inside"), ROWS)
@given(data=st.data())
@patient
def test_no_spelling_of_a_known_key_passes(
    parse: Any, row: dict[str, Any], known: list[str], inside: str, data: st.DataObject
) -> None:
    """At each place at which Bento gives keys a meaning, and each time, whether the key is new or was seen."""
    name = data.draw(st.sampled_from(known))
    key = data.draw(spelled(name))
    if key == name:
        return
    bad = {**row, inside: {key: "x"}} if inside else {**row, key: "x"}
    for _ in range(2):
        reported = field_errors(parse(bad)).values()
        assert any(f"did you mean {name}?" in reason or ("invisible" in reason and inside) for reason in reported)


def test_misspelled_address_is_reported_once() -> None:
    """That the address is missing follows from it."""
    assert list(field_errors(parse_subscriber({"EMAIL": "a@x.io"}))) == ["EMAIL"]
    assert list(field_errors(parse_event({"E-Mail": "a@x.io", "type": "x"}))) == ["E-Mail"]


def test_empty_column_of_another_spelling_does_no_harm() -> None:
    """As with reserved names: only a value that would be lost is a field error."""
    assert isinstance(parse_subscriber({"email": "a@x.io", "TAGS": None, "ID": None}), Subscriber)


@pytest.mark.parametrize("key", ["ID", "Id", "UUID", "Created At", "createdAt", "CREATED_AT", "Site_UUID", "FIELDS"])
def test_reserved_name_is_reserved_in_each_spelling(key: str) -> None:
    """What Snowflake writes in capitals is the same column; the advice is the same as well."""
    (found,) = field_errors(parse_subscriber({"email": "a@x.io", key: 1})).values()
    name = {"createdat": "created_at", "siteuuid": "site_uuid"}.get(simplified(key), simplified(key))
    assert [found] == list(field_errors(parse_subscriber({"email": "a@x.io", name: 1})).values())
    assert "cannot be a custom field" in found


@pytest.mark.parametrize("key", ["Tags", "E-Mail", "REMOVE_TAGS", "Command"])
def test_fields_of_an_event_have_no_tags_in_any_spelling(key: str) -> None:
    """There they would become custom fields that do nothing."""
    (reason,) = field_errors(parse_event({**EVENT, "fields": {key: "x"}})).values()
    assert "cannot be a custom field" in reason


@pytest.mark.parametrize(
    "key", ["_id", "_tags", "tags_", "pet name", "email2", "customer id", "Größe", "日本", "user_email", "mail_tags"]
)
def test_other_keys_become_custom_fields_as_they_are(key: str) -> None:
    """Also those that begin or end with an underscore, which somebody named so on purpose."""
    found = parse_subscriber({"email": "a@x.io", key: "x"})
    assert isinstance(found, Subscriber), found
    assert json.loads(found.encode()) == {"email": "a@x.io", key: "x"}


@pytest.mark.parametrize("key", ["pl\u200ban", "plan\ufeff", "\u2060plan", "pl\u00adan", "plan\u200f"])
@pytest.mark.parametrize("inside", ["", "fields", "details"])
def test_invisible_character_in_any_key_is_an_error(key: str, inside: str) -> None:
    """There would be two fields of one look."""
    found = parse_event({**EVENT, inside: {key: 1}}) if inside else parse_subscriber({"email": "a@x.io", key: 1})
    assert "invisible" in next(iter(field_errors(found).values()))


def test_letters_that_only_join_others_stay() -> None:
    """Persian and emoji need them."""
    key = "نام\u200cخانوادگی"
    assert isinstance(parse_subscriber({"email": "a@x.io", key: "x"}), Subscriber)


def test_keys_are_remembered_up_to_a_limit() -> None:
    """Rows whose keys are all different cost time, never memory without end."""
    keys = Keys({"email": str}, str)
    for number in range(10_000):
        assert keys[f"k{number}"] is str
        assert keys["x" * 100 + str(number)] is str
    assert len(keys) <= 5000


# Warnings

BLOCKS: dict[str, Any] = {"subscribers": subscriber_parser, "events": event_parser}


def warned(caplog: pytest.LogCaptureFixture, endpoint: contract.Endpoint, *rows: Any) -> list[str]:
    """Return what one run over the rows warns about."""
    parse = {"subscribers": parse_subscriber, "events": parse_event, "broadcasts": parse_broadcast}[endpoint]
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        watched = NearMisses().watch(parse, endpoint)
        assert [type(watched(row)) for row in rows] == [type(parse(row)) for row in rows]
    lines = [record.getMessage() for record in caplog.records]
    if endpoint in BLOCKS and all(type(row) is dict for row in rows):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            NearMisses().watch(BLOCKS[endpoint](), endpoint).block(rows)  # type: ignore[attr-defined]  # as it was made
        assert sorted(record.getMessage() for record in caplog.records) == sorted(lines)
    return lines


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        *(("tag", "tags"), ("first_nmae", "first_name"), ("frist_name", "first_name"), ("remove_tag", "remove_tags")),
        *(("utm_sorce", "utm_source"), ("lastnme", "last_name"), ("tgas", "tags"), ("commands", "command")),
    ],
)
def test_key_one_letter_away_is_one_warning_a_run(caplog: pytest.LogCaptureFixture, key: str, meant: str) -> None:
    """It is taken as a custom field; each run says so once, a second one in the same process too."""
    row = {"email": "a@x.io", key: "x"}
    for _ in range(2):
        (line,) = warned(caplog, "subscribers", row, row, {"email": "b@x.io"}, row)
        assert key in line
        assert f"Did you mean {meant}?" in line


@pytest.mark.parametrize(
    "key", ["bags", "rags", "email2", "utm_content_id", "firm_name", "host_name", "comment", "stage", "plan", "tagline"]
)
def test_other_words_are_no_slips(caplog: pytest.LogCaptureFixture, key: str) -> None:
    """A warning that is wrong each day is read by nobody."""
    assert not warned(caplog, "subscribers", {"email": "a@x.io", key: "x"})


def test_slip_beside_the_key_itself_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """Who has both means both."""
    assert not warned(caplog, "subscribers", {"email": "a@x.io", "tags": "a", "tag": "b"})


def test_slips_of_events(caplog: pytest.LogCaptureFixture) -> None:
    """In the type, the fields and the details."""
    row = {**EVENT, "type": "purchase", "fields": {"frist_name": "x"}, "details": {"uniqe": 1, "bypass_workflow": True}}
    lines = warned(caplog, "events", row, row)
    meant = ["$purchase?", "fields.first_name?", "details.unique?", "details.bypass_workflows?"]
    assert sorted(line.split()[-1] for line in lines) == sorted(meant)


@pytest.mark.parametrize("kind", ["purchase", "Purchase", "$Purchase", "$purchse", "tag", "UNSUBSCRIBE", "remove_tag"])
def test_type_near_one_of_bentos_own_is_a_warning(caplog: pytest.LogCaptureFixture, kind: str) -> None:
    """The event would be recorded, and nothing would come of it."""
    assert len(warned(caplog, "events", {**EVENT, "type": kind}, {**EVENT, "type": kind})) == 1


@pytest.mark.parametrize("kind", ["order", "$OrderPlaced", "tagged", "seen", "subscription"])
def test_other_types_are_no_slips(caplog: pytest.LogCaptureFixture, kind: str) -> None:
    """Names of one's own are what events are for."""
    assert not warned(caplog, "events", {**EVENT, "type": kind, "details": {"values": 1, "tags": ["x"], "card": 1}})


def test_type_of_a_broadcast_one_letter_away_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Any type is passed on."""
    assert len(warned(caplog, "broadcasts", {**BROADCAST, "type": "htlm"})) == 1
    assert not warned(caplog, "broadcasts", BROADCAST, {**BROADCAST, "type": "fancy"}, {**BROADCAST, "type": "amp"})


def test_invalid_rows_and_strange_rows_warn_about_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A key with a field error needs no warning."""

    class Strange(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            raise RuntimeError

    assert not warned(caplog, "subscribers", {"email": "nobody", "tag": "x"}, None, 7)
    assert not warned(caplog, "subscribers", Strange(email="a@x.io", tag="x"))


def test_warning_names_no_person(caplog: pytest.LogCaptureFixture) -> None:
    """A key may be one."""
    assert not any("@" in line for line in warned(caplog, "subscribers", {"email": "a@x.io", "tag": "x", "e@mail": 1}))


def test_blanks_around_one_of_bentos_own_types_are_no_slip(caplog: pytest.LogCaptureFixture) -> None:
    """They are not sent."""
    watched = NearMisses().watch(parse_event, "events")
    with caplog.at_level(logging.WARNING):
        watched({"type": " $subscribe ", "email": "a@x.io"})
    assert not caplog.messages


@pytest.mark.parametrize(
    ("name", "found"), [("", None), ("abc" * 99, None), ("ab", "abc"), ("acb", "abc"), ("abc", None)]
)
def test_nearest_name(name: str, found: str | None) -> None:
    """Empty and long names are near nothing."""
    assert nearest(name, ["abc"]) == found


def test_a_type_that_raises_when_it_is_hashed_is_a_field_error() -> None:
    """As a proxy outside of its context does; the other rows of the block become records."""

    class Proxy:
        def __hash__(self) -> int:
            raise RuntimeError("outside of request context")

    rows: list[Any] = [{"type": Proxy(), "email": "a@x.io"}, {"type": "seen", "email": "b@x.io"}]
    watched: Any = NearMisses().watch(event_parser(), "events")
    block = watched.block(rows)
    assert [found[0].field for found in block.alone.values() if isinstance(found, tuple)] == ["type"]
    assert block.lines.count(b"\n") + len(block.alone) == 2
