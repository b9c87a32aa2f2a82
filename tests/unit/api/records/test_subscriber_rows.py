"""A row of subscribers becomes a record or all its field errors."""

from __future__ import annotations

import json
from collections import OrderedDict, UserDict
from types import MappingProxyType
from typing import Any

import pytest

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records import Subscriber, parse_subscriber


def wire(row: Any) -> Any:
    """Return what travels to Bento for a valid row."""
    record = parse_subscriber(row)
    assert isinstance(record, Subscriber), record
    return json.loads(record.encode())


def field_errors(row: Any) -> dict[str, str]:
    """Return what is wrong with an invalid row, by field."""
    found = parse_subscriber(row)
    assert isinstance(found, tuple), found
    return {field_error.field: field_error.reason for field_error in found}


def person(**more: Any) -> dict[str, Any]:
    """Return a row with an address and more."""
    return {"email": "ann@example.com", **more}


def test_row_travels_flat() -> None:
    """Custom fields are beside the email, lists of tags become Bento's comma text."""
    row = person(first_name="Ann", tags=["vip", "eu"], remove_tags="lead, old", utm_source="x", city="Köln", visits=3)
    expected = person(first_name="Ann", tags="vip,eu", remove_tags="lead,old", utm_source="x", city="Köln", visits=3)
    assert wire(row) == expected


def test_record_says_what_others_need() -> None:
    """A subscriber knows its address and may be repeated."""
    record = parse_subscriber({"email": " Ann@Example.com\n"})
    assert isinstance(record, Subscriber)
    assert (record.email, record.idempotent) == ("Ann@Example.com", True)
    assert wire({"email": " Ann@Example.com\n"}) == {"email": "Ann@Example.com"}


def test_none_leaves_out_and_falsy_values_stay() -> None:
    """None is no value; zero, False and empty text are."""
    assert wire(person(a=None, b=0, c=False, d="", e=0.0, first_name=None, tags=None)) == person(
        b=0, c=False, d="", e=0.0
    )


def test_row_is_not_changed() -> None:
    """Reading a row leaves it as it was."""
    row = person(tags=["a", "b"], x=None)
    parse_subscriber(row)
    assert row == person(tags=["a", "b"], x=None)


def test_record_keeps_no_part_of_the_row() -> None:
    """What changes in the row afterwards does not change what is sent."""
    row = person(tags=["a"], x=1)
    record = parse_subscriber(row)
    row["x"] = 2
    row["tags"].append("b")
    assert isinstance(record, Subscriber)
    assert json.loads(record.encode()) == person(tags="a", x=1)


@pytest.mark.parametrize("kind", [dict, OrderedDict, UserDict, MappingProxyType])
def test_any_mapping_is_a_row(kind: Any) -> None:
    """Rows need not be dicts."""
    assert wire(kind(person(x=1))) == person(x=1)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.c",
        "ann@xn--mnchen-3ya.de",
        "A.b+c@sub.example.co.uk",
        "!#$%&'*+/=?^_`{|}~-@x.io",
        "x" * 64 + "@" + ".".join(["y" * 63] * 3),
        "..@x.io",
        "1@2.3",
    ],
)
def test_address_of_whatwg_is_taken(address: str) -> None:
    """What a browser takes for an email address is one."""
    assert wire({"email": address})["email"] == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "ann",
        "@x.io",
        "ann@",
        "ann@@x.io",
        "a n@x.io",
        "ann@x..io",
        "ann@-x.io",
        "ann@x-.io",
        "ann@" + "x" * 64 + ".io",
        "ann@x.io.",
        "Ann <ann@x.io>",
        "ann@x.io,bob@x.io",
        '"ann"@x.io',
        "änn@x.io",
        "ann@exämple.com",
        "ann@x.io\nBcc: b@x.io",
        "ann@[127.0.0.1]",
        "ann@gmail",
        "root@localhost",
        "ann\0@x.io",
        "ann@x.io\ud800",
        b"ann@x.io",
        7,
        ["ann@x.io"],
    ],
)
def test_what_is_no_address_is_an_error(address: Any) -> None:
    """Everything else is not, and the field error does not repeat it."""
    found = field_errors({"email": address})
    assert list(found) == ["email"]
    assert "ann@x.io" not in found["email"]


@pytest.mark.parametrize("row", [{}, {"email": None}, {"name": "Ann"}, {"Email": None}])
def test_missing_address_is_an_error(row: dict[str, Any]) -> None:
    """Bento finds people by email."""
    assert list(field_errors(row)) == ["email"]
    assert "lower case" in field_errors(row)["email"]


@pytest.mark.parametrize(
    ("tags", "sent"),
    [
        ("vip", "vip"),
        ("vip,eu", "vip,eu"),
        (" vip , eu ,", "vip,eu"),
        (",,a,,", "a"),
        (["vip", " eu "], "vip,eu"),
        (("vip",), "vip"),
        (["vip", None], "vip"),
        (["größe 4", "日本"], "größe 4,日本"),
        ("", None),
        (" , ", None),
        ([], None),
        ([None], None),
    ],
)
def test_tags_become_comma_text(tags: Any, sent: str | None) -> None:
    """Tags are trimmed; no tags at all leave the key out."""
    assert wire(person(tags=tags, remove_tags=tags)) == (person(tags=sent, remove_tags=sent) if sent else person())


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        (["a", "b,c"], "tags[1]"),
        (["a", ""], "tags[1]"),
        (["a", "  "], "tags[1]"),
        ([7], "tags[0]"),
        ([["a"]], "tags[0]"),
        (["a\nb"], "tags[0]"),
        (["a\0"], "tags[0]"),
        (["\ud800"], "tags[0]"),
        ("a,b\0", "tags"),
        (7, "tags"),
        ({"a": 1}, "tags"),
        (b"a", "tags"),
        (True, "tags"),
    ],
)
def test_tag_that_cannot_be_said_is_an_error(tags: Any, field: str) -> None:
    """A comma in a list item would be two tags; an empty or strange item is a slip."""
    assert list(field_errors(person(tags=tags))) == [field]


def test_all_invalid_tags_are_reported() -> None:
    """Each invalid item has its own field error."""
    assert set(field_errors(person(tags=["", "ok", "a,b", 1]))) == {"tags[0]", "tags[2]", "tags[3]"}


@pytest.mark.parametrize("value", [{"zip": 1}, [1], (1,), {}, []])
def test_nested_custom_field_is_an_error_that_names_the_key(value: Any) -> None:
    """Custom fields are flat."""
    assert list(field_errors(person(address=value))) == ["address"]


@pytest.mark.parametrize("name", sorted(contract.FORBIDDEN_FIELDS))
def test_reserved_name_is_an_error_that_says_what_to_use(name: str) -> None:
    """Names with a meaning elsewhere are refused with another suggestion each."""
    assert name in field_errors(person(**{name: "x"}))
    assert not field_errors(person(**{name: "x"}))[name].endswith("use another name")


def test_reserved_name_without_a_value_is_left_out() -> None:
    """A column that is empty in this row does no harm."""
    assert wire(person(id=None, created_at=None)) == person()


@pytest.mark.parametrize("name", ["first_name", "last_name", *contract.UTM_NAMES])
@pytest.mark.parametrize("value", [7, True, ["x"], {"x": 1}, 1.5])
def test_names_and_sources_are_text(name: str, value: Any) -> None:
    """Bento documents these as strings."""
    assert list(field_errors(person(**{name: value}))) == [name]


@pytest.mark.parametrize("verb", ["subscribe", "unsubscribe"])
def test_command_is_one_of_two_words(verb: str) -> None:
    """Both verbs of the import travel as they are."""
    assert wire(person(command=verb)) == person(command=verb)


@pytest.mark.parametrize("verb", ["", "Subscribe", "delete", True, ["subscribe"]])
def test_other_commands_are_errors(verb: Any) -> None:
    """Everything else would change nothing, or the wrong thing."""
    assert list(field_errors(person(command=verb))) == ["command"]


@pytest.mark.parametrize("row", [None, "a@x.io", 7, [], ["a@x.io"], (("email", "a@x.io"),), {"a@x.io"}, b"{}"])
def test_what_is_no_mapping_is_an_error(row: Any) -> None:
    """A row has keys."""
    assert list(field_errors(row)) == [""]
    assert "dict" in field_errors(row)[""]


@pytest.mark.parametrize("key", [7, None, ("a",), b"city", 1.5, True])
def test_key_that_is_no_text_is_an_error(key: Any) -> None:
    """Keys are strings; a key of another type is reported by its type only."""
    found = field_errors(person() | {key: 1})
    assert list(found) == [f"<key of type {type(key).__name__}>"]


@pytest.mark.parametrize("key", ["", " ", "city ", "\tcity", "a\nb", "a\0b", "a\x7f", "\ud800", "a\u0085b"])
def test_key_that_is_no_name_is_an_error(key: str) -> None:
    """Empty keys, keys with spaces at their ends and with control characters are slips of an export."""
    (found,) = field_errors(person() | {key: 1})
    assert found.isprintable()


def test_key_of_other_scripts_and_with_signs_is_a_name() -> None:
    """Columns may be called anything readable."""
    row = person() | {"prénom": 1, "日本": 2, "pet name": 3, "a.b-c/d": 4, "2nd": 5}
    assert wire(row) == row


def test_all_field_errors_are_reported_at_once() -> None:
    """One reading of the row finds everything."""
    row = {"email": "no", "tags": ["a,b"], "id": 1, "x": [1], "y": float("nan"), 3: 4}
    assert set(field_errors(row)) == {"email", "tags[0]", "id", "x", "y", "<key of type int>"}


def test_rows_in_equal_order_give_equal_bytes() -> None:
    """Encoding is deterministic."""
    first, second = parse_subscriber(person(a=1, b="x")), parse_subscriber(person(a=1, b="x"))
    assert isinstance(first, Subscriber)
    assert first == second
    assert first.encode() == b'{"email":"ann@example.com","a":1,"b":"x"}'


def test_large_text_is_fine() -> None:
    """A mebibyte is only text; what fits into a request is for the caller to say."""
    assert wire(person(bio="ä" * 2**20)) == person(bio="ä" * 2**20)


def test_printing_a_record_shows_nobody() -> None:
    """Neither repr nor rich's way to print shows an address."""
    record = parse_subscriber(person(secret="planted"))
    assert isinstance(record, Subscriber)
    assert repr(record) == str(record) == f"<Subscriber of {len(record.encode())} bytes>"
    assert record.__rich_repr__() == []
