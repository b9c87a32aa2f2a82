"""Whatever a row is and does, it becomes a record or field errors: no traceback, no endless walk, no value shown."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records import parse_broadcast, parse_event, parse_subscriber
from airflow_provider_bento.api.records.invalid import MOST_ERRORS

PARSERS = [parse_subscriber, parse_event, parse_broadcast]


class Raising(dict[str, Any]):
    """A dict that cannot be read."""

    def items(self) -> Any:
        """Fail."""
        raise RuntimeError("planted@x.io")


class RaisingMapping(Mapping[str, Any]):
    """A mapping whose values are gone."""

    def __getitem__(self, key: str) -> Any:
        raise OSError("planted@x.io")

    def __iter__(self) -> Iterator[str]:
        return iter(["email"])

    def __len__(self) -> int:
        return 1


class Endless(dict[str, Any]):
    """A dict with ever more keys."""

    def items(self) -> Any:
        """Never end."""
        return ((f"k{number}", 1) for number in itertools.count())


class EndlessList(list[Any]):
    """A list that says it is short."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        return itertools.repeat("x")


class Twice(dict[str, Any]):
    """A dict that returns a key twice."""

    def items(self) -> Any:
        """Return two addresses."""
        return [("email", "a@x.io"), ("type", "x"), ("email", "b@x.io")]


class NotPairs(dict[str, Any]):
    """A dict whose items are none."""

    def items(self) -> Any:
        """Return what dict() would take for pairs."""
        return ["ab", "cd", 7]


class Contrary:
    """An object that fails at every question."""

    def _fail(self, *_: object) -> Any:
        raise ValueError("planted@x.io")

    __eq__ = __bool__ = __str__ = __repr__ = __len__ = __iter__ = __float__ = __int__ = __getattr__ = _fail
    __hash__ = None  # type: ignore[assignment]  # unhashable on purpose


class Pretender:
    """An object that claims to be of another class."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    @property
    def __class__(self) -> Any:
        return self.kind


class Undecided:
    """An object that does not say of which class it is."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("planted@x.io")


def reported(found: Any) -> tuple[FieldError, ...]:
    """Return the field errors of an invalid row, after checking that they can be shown."""
    assert isinstance(found, tuple), found
    assert found
    for field_error in found:
        assert field_error.field.isprintable()
        assert len(field_error.field) < 250
        assert "planted" not in field_error.field + field_error.reason
        field_error.reason.encode()
    return found


def nested(levels: int, make: Callable[[Any], Any]) -> Any:
    """Return one value inside this number of containers."""
    inner: Any = 1
    for _ in range(levels):
        inner = make(inner)
    return inner


# Made inside the tests: a test's report must not look at them.
ROWS: dict[str, Callable[[], Any]] = {
    "raising": lambda: Raising(email="a@x.io"),
    "raising mapping": RaisingMapping,
    "endless": Endless,
    "twice": Twice,
    "not pairs": NotPairs,
    "contrary": Contrary,
    "undecided": Undecided,
    **{f"like {kind.__name__}": partial(Pretender, kind) for kind in (dict, Mapping, list, str, type(None))},
    "array": lambda: np.array({"email": "a@x.io"}, dtype=object),
    "series": lambda: pd.Series({"email": "a@x.io"}),
    "class like an address": type("planted@x.io", (), {}),
    "class with lines": type("x\n" * 500, (), {}),
}

VALUES: dict[str, Callable[[], Any]] = ROWS | {
    "series": lambda: pd.Series([b"planted"]),
    **{f"like {kind.__name__}": partial(Pretender, kind) for kind in (int, float, bool, bytes, date, Decimal)},
    "raising": lambda: Raising(a=1),
    "array": lambda: np.array([1j, 2]),
    "array of bytes": lambda: np.array([b"planted"]),
    "NA": lambda: pd.NA,
    "NaT": lambda: pd.NaT,
    "frame": lambda: pd.DataFrame({"planted": [1]}),
    "endless list": lambda: EndlessList([1]),
    "NUL": lambda: "planted\0",
    "surrogate": lambda: "planted\ud800",
    "deep objects": lambda: nested(10_000, lambda inner: {"a": inner}),
    "deep lists": lambda: nested(10_000, lambda inner: [inner]),
}


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("name", ROWS)
def test_row_of_any_class_becomes_errors(parse: Any, name: str) -> None:
    """A row that cannot be read has one error; what its own code raised and its class name are not repeated."""
    reported(parse(ROWS[name]()))


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("key", ["email", "tags", "first_name", "command", "city"])
def test_strange_value_of_a_subscriber_is_reported_at_its_key(name: str, key: str) -> None:
    """Every key of a subscriber, and a custom field."""
    found = reported(parse_subscriber({"email": "a@x.io", key: VALUES[name]()}))
    assert {field_error.field.split("[")[0] for field_error in found} == {key}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("key", ["type", "email", "fields", "details", "date"])
def test_strange_value_of_an_event_is_reported_at_its_key(name: str, key: str) -> None:
    """Every key of an event."""
    found = reported(parse_event({"type": "x", "email": "a@x.io", key: VALUES[name]()}))
    assert all(field_error.field.startswith(key) for field_error in found)


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("key", ["unique", "value", "cart", "bypass_workflows", "anything"])
def test_strange_value_of_a_purchase_is_reported_in_its_details(name: str, key: str) -> None:
    """Every part of a purchase, and any other detail."""
    details = {"unique": {"key": 1}, "value": {"currency": "EUR", "amount": 1}, key: VALUES[name]()}
    found = reported(parse_event({"type": "$purchase", "email": "a@x.io", "details": details}))
    assert all(
        field_error.field == "details" or field_error.field.startswith(f"details.{key}") for field_error in found
    )


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("key", [key for key in contract.BROADCAST_KEYS if key != "content"])
def test_strange_value_of_a_broadcast_is_reported_at_its_key(name: str, key: str) -> None:
    """Every key of a broadcast."""
    row = {"name": "n", "subject": "s", "content": "c", "type": "plain", key: VALUES[name]()}
    assert {re.split(r"[.[]", field_error.field)[0] for field_error in reported(parse_broadcast(row))} == {key}


def test_value_that_contains_itself_is_one_error() -> None:
    """A loop ends at the limit of depth, also one that doubles at every level."""
    loop: list[Any] = []
    loop += [loop, loop]
    around: dict[str, Any] = {"x": 1}
    around["again"] = [around, loop]
    for value in ({"a": loop}, around):
        assert [
            field_error.field
            for field_error in reported(parse_event({"type": "x", "email": "a@x.io", "details": value}))
        ] == ["details"]


@pytest.mark.parametrize("double", [lambda part: [part, part], lambda part: {"a": part, "b": part}])
def test_parts_shared_a_million_times_are_one_error(double: Callable[[Any], Any]) -> None:
    """Thirty doublings are more values than a record can have."""
    shared: Any = ["x"]
    for _ in range(30):
        shared = double(shared)
    (field_error,) = reported(parse_event({"type": "x", "email": "a@x.io", "details": {"a": shared}}))
    assert (field_error.field, "values" in field_error.reason) == ("details", True)


def test_many_errors_are_cut() -> None:
    """The first hundred are reported, of the others only that there are more; the paths stay short."""
    details = {"k" * 300: {"l" * 300: [{"a": [float("nan")] * 5000}]}}
    found = reported(parse_event({"type": "x", "email": "a@x.io", "details": details}))
    assert len(found) == MOST_ERRORS + 1
    assert found[-1] == FieldError("", f"has more than {MOST_ERRORS} field errors")


@pytest.mark.parametrize(
    "key",
    [
        "planted@example.com",
        "planted@example.com" + "x" * 5000,
        "x" * 5000 + "planted@example.com",
        "planted%40example.com",
        "planted\uff20example.com",
        "a planted@example.com b",
    ],
)
def test_key_that_is_an_address_is_not_shown(key: str) -> None:
    """A pivoted table has people for columns."""
    reported(parse_subscriber({"email": "a@x.io", key: [1]}))
    reported(parse_event({"type": "x", "email": "a@x.io", "details": {key: b""}, key: 1}))


def test_key_is_shown_short_and_printable() -> None:
    """Huge keys and keys with control characters leave a path that can be printed."""
    keys = ["k" * 10**6, "a\nb\x1b[31m", "\ud800", "\u202e\u200b", ""]
    found = reported(parse_subscriber({"email": "a@x.io", **{key: [1] for key in keys}}))
    assert len(found) == len(keys)
    assert max(len(field_error.field) for field_error in found) == 41


def test_long_path_is_shown_by_its_ends() -> None:
    """A path of many long keys keeps its beginning and its last key."""
    details = nested(20, lambda inner: {"k" * 30: inner}) | {"x": 1}
    inside = details
    while isinstance(inside["k" * 30], dict):
        inside = inside["k" * 30]
    inside["last"] = b"x"
    (field_error,) = reported(parse_event({"type": "x", "email": "a@x.io", "details": details}))
    assert field_error.field.startswith("details.kkk")
    assert field_error.field.endswith("kkk.last")


def test_strange_keys_of_any_class_are_reported_by_type() -> None:
    """Also where comparing them fails."""
    found = reported(parse_subscriber({"email": "a@x.io", (1, "planted"): 1, frozenset({"planted"}): 2, 1.5: 3}))
    assert {field_error.field for field_error in found} == {
        f"<key of type {kind}>" for kind in ("tuple", "frozenset", "float")
    }


class Impostor(str):
    """A key that is found under another name than its own."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash("email")

    def __eq__(self, other: object) -> bool:
        return other == "email"


@pytest.mark.parametrize("parse", PARSERS)
def test_key_under_a_false_name_leaves_an_error(parse: Any) -> None:
    """No row ends without a record and without a field error."""
    reported(parse({Impostor("other"): "a@x.io", "type": "x"}))


def test_numpy_text_may_be_a_key() -> None:
    """Columns of a frame are of numpy's class."""
    record = parse_subscriber({np.str_("email"): np.str_("a@x.io"), np.str_("city"): np.int32(1)})
    assert not isinstance(record, tuple)
    assert json.loads(record.encode()) == {"email": "a@x.io", "city": 1}
