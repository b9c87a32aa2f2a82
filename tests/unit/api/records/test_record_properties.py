"""Properties that hold for every row, generated."""

from __future__ import annotations

import enum
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records import parse_broadcast, parse_event, parse_subscriber
from airflow_provider_bento.api.records.parse import Record

PARSERS = {"subscriber": parse_subscriber, "event": parse_event, "broadcast": parse_broadcast}

# As many examples as the profile says (--hypothesis-profile); a shared machine may be slow at any of them.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


class Mood(enum.Enum):
    """An enumeration."""

    GOOD = "good"


class Odd(dict[str, Any]):
    """A dict that fails half of the time."""

    def items(self) -> Any:
        """Fail, or not."""
        if len(self) % 2:
            raise LookupError("planted")
        return super().items()


ADDRESSES = st.sampled_from(["ann@example.com", "Bob.B+x@sub.example.org", "c@d.e"])
# Without surrogates and NUL, as JSON from a well-behaved system has it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
SCALARS = st.one_of(
    TEXTS, st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    st.none() | SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
NASTY = st.one_of(
    st.text(st.characters(), max_size=5),  # surrogates too
    st.sampled_from(["\0", "\ud800", "a,b", " ", "true", "$purchase", "2026-02-30", "x@y"]),
    st.integers(),
    st.floats(),
    st.binary(max_size=3),
    st.decimals(),
    st.datetimes(timezones=st.none() | st.timezones()),
    st.dates(),
    st.timedeltas(),
    st.uuids(),
    st.complex_numbers(),
    st.sampled_from([Mood.GOOD, Mood, object(), ..., pd.NA, pd.NaT, np.array([1, 2]), np.int8(1), np.float64("nan")]),
    st.builds(np.datetime64, st.integers(-(2**63), 2**63 - 1), st.sampled_from(["D", "s", "ms", "us", "ns"])),
)
KNOWN = sorted({*contract.SUBSCRIBER_NAMES, *contract.EVENT_KEYS, *contract.BROADCAST_KEYS, *contract.FORBIDDEN_FIELDS})
INNER = ["unique", "key", "value", "amount", "currency", "cart", "items", "tag", "bypass_workflows", "name", "email"]
KEYS = (
    st.sampled_from([*KNOWN, *INNER])
    | st.text(st.characters(), max_size=6)
    | st.integers()
    | st.none()
    | st.binary(max_size=2)
)
ANYTHING = st.recursive(
    JSON | NASTY,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        st.dictionaries(NAMES, inner, max_size=3).map(Odd),
        st.tuples(inner, inner),
        st.sets(st.integers(), max_size=2),
    ),
    max_leaves=15,
)
GOOD_ROWS = st.sampled_from(
    [
        {"email": "ann@example.com", "tags": ["a"], "first_name": "Ann"},
        {"type": "x", "email": "ann@example.com", "fields": {"a": 1}, "details": {"b": [1]}},
        {
            "type": "$purchase",
            "email": "ann@example.com",
            "date": "2026-01-02",
            "details": {
                "unique": {"key": "k"},
                "value": {"currency": "EUR", "amount": 1},
                "cart": {"items": [{"a": 1}]},
            },
        },
        {
            "name": "n",
            "subject": "s",
            "content": "c",
            "type": "plain",
            "from": {"email": "ann@example.com", "name": "Ann"},
            "send_at": "2030-01-01",
            "approved": True,
        },
    ]
)
SPOILED = st.builds(lambda row, key, value: {**row, key: value}, GOOD_ROWS, st.sampled_from(KNOWN), ANYTHING)


def strict(body: bytes) -> Any:
    """Read JSON as its standard has it."""

    def never(constant: str) -> Any:
        raise AssertionError(constant)

    return json.loads(body.decode("utf-8"), parse_constant=never)


@pytest.mark.parametrize("name", PARSERS)
@given(row=ANYTHING | st.dictionaries(KEYS, ANYTHING, max_size=8) | SPOILED)
@patient
def test_any_row_becomes_a_record_or_errors(name: str, row: Any) -> None:
    """Nothing is raised; field errors can be printed; a record is JSON that parses to itself."""
    found = PARSERS[name](row)
    if isinstance(found, Record):
        wire = strict(found.encode())
        again = PARSERS[name](wire)
        assert isinstance(again, Record), again
        assert again.encode() == found.encode()
        assert again.idempotent == found.idempotent
        return
    assert found
    assert all(
        isinstance(field_error, FieldError) and field_error.field.isprintable() and field_error.reason
        for field_error in found
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
@patient
def test_no_value_is_in_an_error(name: str, data: st.DataObject) -> None:
    """Whatever is wrong, the text found there is not repeated."""
    planted = st.sampled_from(["planted@x\0.io", "planted@\ud800", "\0planted", "\ud800 planted\n"])
    values = st.recursive(
        planted | st.builds(Decimal, st.just("NaN")) | st.floats(allow_nan=True) | st.just(b"planted"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=3),
        max_leaves=6,
    )
    found = PARSERS[name](
        data.draw(st.dictionaries(st.sampled_from([*KNOWN, "planted@x.io"]), values, min_size=1, max_size=6))
    )
    assert isinstance(found, tuple)
    assert not [
        field_error
        for field_error in found
        if "planted" in field_error.field + field_error.reason or "@x" in field_error.field
    ]


@given(
    email=ADDRESSES,
    fields=st.dictionaries(NAMES.filter(lambda name: name.casefold() not in KNOWN), st.none() | SCALARS, max_size=8),
    tags=st.none() | st.lists(NAMES, max_size=3),
)
@patient
def test_clean_subscriber_travels_as_expected(email: str, fields: dict[str, Any], tags: list[str] | None) -> None:
    """What is sent is the row without its Nones, tags joined."""
    found = parse_subscriber({"email": f" {email} ", "tags": tags, **fields})
    assert isinstance(found, Record), found
    expected = {key: value for key, value in fields.items() if value is not None} | {"email": email}
    assert strict(found.encode()) == expected | ({"tags": ",".join(tags)} if tags else {})


def without_none(value: Any) -> Any:
    """Return nested JSON as it should travel."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


@given(email=ADDRESSES, details=st.dictionaries(NAMES, JSON, max_size=5))
@patient
def test_clean_event_travels_as_expected(email: str, details: dict[str, Any]) -> None:
    """Details are nested freely and arrive as they are, keys without a value left out."""
    found = parse_event({"type": "x", "email": email, "details": details})
    assert isinstance(found, Record), found
    assert strict(found.encode()) == {"type": "x", "email": email, "details": without_none(details)}


PATHS: list[tuple[str | int, ...]] = [
    ("email",),
    ("type",),
    ("date",),
    ("details",),
    ("details", "unique"),
    ("details", "unique", "key"),
    ("details", "value", "amount"),
    ("details", "value", "currency"),
    ("details", "cart", "items", 1),
    ("details", "cart", "items", 0, "quantity"),
    ("details", "more", 0, 1, "deep"),
    ("fields", "plan"),
]


@given(paths=st.sets(st.sampled_from(PATHS), min_size=1), bad=st.sampled_from([object(), b"x", {1}, 1j, float("nan")]))
@patient
def test_each_spoiled_value_is_reported_at_its_path(paths: set[tuple[str | int, ...]], bad: Any) -> None:
    """All invalid values are reported, and no valid one: a field error each, unless one lies inside another."""
    row: dict[str, Any] = {
        "type": "$purchase",
        "email": "ann@example.com",
        "date": "2026-01-02",
        "fields": {"plan": "pro"},
        "details": {
            "unique": {"key": "k"},
            "value": {"currency": "EUR", "amount": 1},
            "cart": {"items": [{"quantity": 1}, {"quantity": 2}]},
            "more": [[0, {"deep": 1}]],
        },
    }
    outermost = {path for path in paths if not any(path[:size] in paths for size in range(1, len(path)))}
    for path in outermost:
        inside: Any = row
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = bad
    found = parse_event(row)
    assert isinstance(found, tuple)
    written = {re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path))) for path in outermost}
    assert {field_error.field for field_error in found} == written
    assert len(found) == len(written)


@given(value=st.decimals(allow_nan=False, allow_infinity=False))
@example(value=Decimal("0E+1000"))
@example(value=Decimal(2**64))
@example(value=Decimal("-1E-400"))
@patient
def test_decimal_arrives_exactly(value: Decimal) -> None:
    """Read as text, as a decimal or by way of a double, it is the same number."""
    found = parse_subscriber({"email": "a@x.io", "x": value})
    assert isinstance(found, Record), found
    sent = strict(found.encode())["x"]
    if isinstance(sent, str):
        assert Decimal(sent) == value
    else:
        assert Decimal(repr(sent)) == value
        assert json.loads(found.encode(), parse_float=Decimal, parse_int=Decimal)["x"] == value


@given(value=st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.none() | st.timezones()))  # noqa: DTZ001
@patient
def test_moment_arrives_to_the_millisecond(value: datetime) -> None:
    """What is read back is the same moment, whatever zone it was said in, as a datetime and as text."""
    there = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    expected = there - timedelta(microseconds=there.microsecond % 1000)
    texts = [] if (value.utcoffset() or timedelta()) % timedelta(minutes=1) else [value.isoformat()]
    for said in (value, *texts):
        found = parse_event({"type": "x", "email": "a@x.io", "date": said})
        assert isinstance(found, Record), found
        date = strict(found.encode())["date"]
        assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{3})?Z", date)
        assert datetime.fromisoformat(date) == expected


# https://html.spec.whatwg.org/multipage/input.html#valid-email-address, with a dot in the domain as Bento's CLI has it
WHATWG = re.compile(
    r"^[a-zA-Z0-9.!#$%&'*+\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+\Z"
)


@given(st.text("aZ0@@..-_+'é \n\t", max_size=12) | st.builds("{}@{}".format, st.text("a-." * 9), st.text("b-." * 30)))
@patient
def test_address_is_what_whatwg_says(text: str) -> None:
    """After trimming, exactly the browsers' pattern is taken."""
    found = parse_subscriber({"email": text})
    assert isinstance(found, Record) == bool(WHATWG.match(text.strip()))
