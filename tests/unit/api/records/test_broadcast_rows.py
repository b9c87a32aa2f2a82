"""A row of broadcasts becomes a record or all its field errors, and needs an argument to mail people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records import Broadcast, broadcast_guard, broadcast_parser, parse_broadcast


def broadcast(**more: Any) -> dict[str, Any]:
    """Return a small draft and more; ``...`` leaves a key out."""
    row = {"name": "Digest", "subject": "News", "content": "<p>{{ visitor.first_name }}</p>", "type": "plain", **more}
    return {key: value for key, value in row.items() if value is not ...}


def record(**more: Any) -> Broadcast:
    """Return the broadcast of a valid row."""
    found = parse_broadcast(broadcast(**more))
    assert isinstance(found, Broadcast), found
    return found


def wire(**more: Any) -> Any:
    """Return what travels to Bento for a valid row."""
    return json.loads(record(**more).encode())


def field_errors(**more: Any) -> dict[str, str]:
    """Return what is wrong with an invalid row, by field."""
    found = parse_broadcast(broadcast(**more))
    assert isinstance(found, tuple), found
    return {field_error.field: field_error.reason for field_error in found}


def fields(found: Any) -> list[str]:
    """Return the fields that have errors."""
    assert isinstance(found, tuple), found
    return [field_error.field for field_error in found]


def test_broadcast_travels_with_all_its_keys() -> None:
    """Everything that Bento knows is passed on."""
    row = {
        "from": {"email": " Ann@x.io ", "name": "Ann"},
        "inclusive_tags": ["vip", "eu"],
        "exclusive_tags": "lead, old",
        "segment_id": "segment_1",
        "batch_size_per_hour": 1500,
        "send_at": datetime(2030, 1, 2, 3, 4, tzinfo=UTC),
        "approved": True,
    }
    sent = broadcast(**row) | {
        "from": {"email": "Ann@x.io", "name": "Ann"},
        "inclusive_tags": "vip,eu",
        "exclusive_tags": "lead,old",
        "send_at": "2030-01-02T03:04:00Z",
    }
    assert wire(**row) == sent


def test_every_key_of_the_contract_has_a_check() -> None:
    """None of Bento's keys is refused as unknown."""
    found = parse_broadcast(dict.fromkeys(contract.BROADCAST_KEYS, object()))
    assert isinstance(found, tuple)
    assert not [field_error for field_error in found if "known" in field_error.reason]


def test_record_says_what_others_need() -> None:
    """A draft to nobody in particular, and a sending to a tag."""
    draft = record(name=" Digest ")
    assert (draft.name, draft.approved, draft.has_audience, draft.send_at) == ("Digest", False, False, None)
    sent = record(approved=True, send_at="2030-01-01", inclusive_tags="a")
    assert (sent.approved, sent.has_audience, sent.send_at) == (True, True, "2030-01-01T00:00:00Z")
    assert not sent.idempotent


@pytest.mark.parametrize("audience", [{"inclusive_tags": "a"}, {"inclusive_tags": ["a"]}, {"segment_id": "s"}])
def test_tags_and_segments_are_an_audience(audience: Any) -> None:
    """Either says who gets it."""
    assert record(**audience).has_audience


@pytest.mark.parametrize("nobody", [{"inclusive_tags": ""}, {"inclusive_tags": []}, {"exclusive_tags": "a"}])
def test_empty_tags_and_exclusions_are_no_audience(nobody: Any) -> None:
    """Everybody but some is still everybody."""
    assert not record(**nobody).has_audience


@pytest.mark.parametrize(
    "nothing", ["None", "none", "null", "NULL", "nan", "undefined", r"\N", "[]", "{}", "\u200b", "a,b"]
)
def test_a_word_for_nothing_is_no_segment(nothing: str) -> None:
    """It would pass for an audience, and the mail might go to everybody."""
    assert list(field_errors(segment_id=nothing)) == ["segment_id"]


@pytest.mark.parametrize("key", ["name", "subject", "content", "type"])
@pytest.mark.parametrize("value", [..., None, "", "  ", 7])
def test_required_text_is_required(key: str, value: Any) -> None:
    """Missing, empty and other than text are field errors of that key alone."""
    assert list(field_errors(**{key: value})) == [key]


@pytest.mark.parametrize("key", ["name", "subject", "type", "segment_id", "layout_id"])
def test_names_and_subject_are_one_line(key: str) -> None:
    """A line break in a subject would be a header of its own."""
    assert list(field_errors(**{key: "a\r\nBcc: b"})) == [key]


@pytest.mark.parametrize("kind", [*sorted(set(contract.BROADCAST_TYPES) - {"layout"}), "something_new"])
def test_any_type_is_passed_on(kind: str) -> None:
    """Sources disagree about the values; Bento decides."""
    assert wire(type=kind)["type"] == kind


def test_layout_has_an_id_and_no_content() -> None:
    """The layout is the content."""
    assert wire(type="layout", layout_id="layout_1", content=...)["layout_id"] == "layout_1"
    assert set(field_errors(type="layout")) == {"layout_id", "content"}
    assert set(field_errors(type=" layout ", layout_id="l")) == {"content"}


@pytest.mark.parametrize(
    ("sender", "field"),
    [
        ({"email": "ann@x.io"}, "from.name"),
        ({"name": "Ann"}, "from.email"),
        ({"email": "no", "name": "Ann"}, "from.email"),
        ({"email": "ann@x.io", "name": ""}, "from.name"),
        ({"email": "ann@x.io", "name": "Ann", "reply_to": "x"}, "from.reply_to"),
        ({"email": "ann@x.io", "name": "Ann\nBcc: b"}, "from.name"),
        ("Ann <ann@x.io>", "from"),
        (["ann@x.io"], "from"),
    ],
)
def test_sender_has_both_address_and_name(sender: Any, field: str) -> None:
    """The older guide's own sample lacks one of them and does not work."""
    assert list(field_errors(**{"from": sender})) == [field]


@pytest.mark.parametrize("size", [10, 1000, 250_000, np.int64(1000)])
def test_batch_size_in_range_is_taken(size: Any) -> None:
    """Both ends belong to the range."""
    assert wire(batch_size_per_hour=size)["batch_size_per_hour"] == int(size)


@pytest.mark.parametrize("size", [9, 250_001, 0, -10, 1000.0, "1000.0", "9", True, [], 10**30])
def test_batch_size_out_of_range_is_an_error(size: Any) -> None:
    """Bento would refuse it later, without the rest of the row's field errors."""
    assert list(field_errors(batch_size_per_hour=size)) == ["batch_size_per_hour"]


@pytest.mark.parametrize("approved", [1, 0, "true", "false", "", [], 1.0])
def test_approval_is_true_or_false(approved: Any) -> None:
    """Nothing else mails people, and nothing else is taken for a draft."""
    assert list(field_errors(approved=approved, send_at="2030-01-01")) == ["approved"]


@pytest.mark.parametrize("approved", [True, np.True_])
def test_approval_needs_a_time(approved: Any) -> None:
    """What happens without one is unknown."""
    assert list(field_errors(approved=approved)) == ["send_at"]
    assert list(field_errors(approved=approved, send_at="soon")) == ["send_at"]
    assert record(approved=approved, send_at="2030-01-01").approved


@pytest.mark.parametrize(
    ("key", "hint"),
    [("segement_id", "did you mean segment_id?"), ("Subject", "did you mean subject?"), ("zebra", "known keys: name")],
)
def test_unknown_key_is_an_error_with_a_hint(key: str, hint: str) -> None:
    """The misspelling of old samples is caught."""
    assert hint in field_errors(**{key: "x"})[key]


def test_all_field_errors_are_reported_at_once() -> None:
    """Checks of values and rules between them."""
    found = field_errors(subject="", type="layout", approved=True, batch_size_per_hour=1, tilte="x", **{"from": {}})
    assert set(found) == {
        "subject",
        "layout_id",
        "content",
        "send_at",
        "batch_size_per_hour",
        "tilte",
        "from.email",
        "from.name",
    }


@pytest.mark.parametrize("allow_send", [True, False])
@pytest.mark.parametrize("to_everyone", [True, False])
def test_guard_wants_each_word_twice(allow_send: bool, to_everyone: bool) -> None:
    """Mailing, and mailing everybody, are said in the record and on the operator."""
    found = record(approved=True, send_at="2030-01-01")
    reported = {
        field_error.field for field_error in broadcast_guard(found, allow_send=allow_send, to_everyone=to_everyone)
    }
    assert reported == ({"approved"} if not allow_send else set()) | ({"inclusive_tags"} if not to_everyone else set())


def test_guard_names_the_argument() -> None:
    """The author learns which argument to pass."""
    reported = broadcast_guard(record(approved=True, send_at="2030-01-01"), allow_send=False, to_everyone=False)
    assert ["allow_send=True" in reported[0].reason, "to_everyone=True" in reported[1].reason] == [True, True]


def test_screen_takes_each_name_once() -> None:
    """A second broadcast of the same name is a field error; another reading starts afresh."""
    new_parser = broadcast_parser(allow_send=False, to_everyone=True)
    assert isinstance(new_parser(broadcast()), Broadcast)
    assert fields(new_parser(broadcast(name=" Digest "))) == ["name"]
    assert isinstance(new_parser(broadcast(name="digest")), Broadcast)
    assert isinstance(broadcast_parser(allow_send=False, to_everyone=True)(broadcast()), Broadcast)


def test_parser_passes_errors_on_and_guards() -> None:
    """It is the parser, with the guards behind it."""
    new_parser = broadcast_parser(allow_send=False, to_everyone=False)
    assert fields(new_parser({})) == ["name", "subject", "type", "content"]
    assert fields(new_parser(broadcast(approved=True, send_at="2030-01-01"))) == ["approved", "inclusive_tags"]


def test_large_content_is_fine() -> None:
    """A mebibyte of HTML with line breaks travels as it is."""
    content = "<p>ä</p>\r\n" * 100_000
    assert wire(content=content)["content"] == content
