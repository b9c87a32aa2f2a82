"""Anything as JSON that a person can read."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections import OrderedDict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pendulum
import pytest

from airflow_provider_bento.delivery.jsonable import to_jsonable


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int
    y: object


class Hostile:
    """An object that fails at everything."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class HostileDict(dict[str, int]):
    """A dict that cannot be read."""

    def __iter__(self) -> Any:
        raise OSError("gone")


CASES: list[tuple[object, Any]] = [
    ({"a": [1, None, True, 1.5, "é"]}, {"a": [1, None, True, 1.5, "é"]}),
    (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006+00:00"),
    (date(2026, 1, 2), "2026-01-02"),
    (time(3, 4), "03:04:00"),
    (pendulum.datetime(2026, 1, 2), "2026-01-02T00:00:00+00:00"),
    (Decimal("19.90"), "19.90"),
    (Decimal("NaN"), "NaN"),
    (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    (b"\xff\x00", "base64:/wA="),
    (bytearray(b"a"), "base64:YQ=="),
    (float("nan"), "nan"),
    (float("-inf"), "-inf"),
    (2**64 - 1, 2**64 - 1),
    (2**64, "18446744073709551616"),
    (1 << 20_000, hex(1 << 20_000)),
    ("\ud800x", "\\ud800x"),
    ({1: "a", "1": "b", None: "c", (1, 2): "d"}, {"1": "a", "1 (str)": "b", "None": "c", "(1, 2)": "d"}),
    ({"\udcff": 1}, {"\\udcff": 1}),
    ((1, 2), [1, 2]),
    ({7}, [7]),
    (Colour.RED, "red"),
    (Point(1, b"a"), {"x": 1, "y": "base64:YQ=="}),
    (OrderedDict(a=1), {"a": 1}),
    (np.int64(5), 5),
    (np.array([[1, 2]]), [[1, 2]]),
    (np.float64("nan"), "nan"),
    (pd.NaT, "NaT"),
    (pd.NA, "<NA>"),
    (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
    (Hostile(), "(a Hostile that cannot be read: RuntimeError)"),
    ({"x": Hostile(), "y": 1}, {"x": "(a Hostile that cannot be read: RuntimeError)", "y": 1}),
    (HostileDict(a=1), "(a HostileDict that cannot be read: OSError)"),
    ([], []),
    ("", ""),
]


@pytest.mark.parametrize(("value", "text"), CASES, ids=range(len(CASES)))
def test_every_value_has_a_plain_form(value: object, text: Any) -> None:
    """It is JSON, and says what the value was."""
    assert to_jsonable(value) == text
    assert msgspec.json.decode(msgspec.json.encode(to_jsonable(value))) == text


def test_deep_nesting_is_cut_with_a_note() -> None:
    """Ten thousand levels are no reason to lose the letter."""
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    assert b"nested deeper than 100 levels" in msgspec.json.encode(to_jsonable({"id": 1, "deep": value}))


def test_a_value_that_holds_itself_ends() -> None:
    """A loop is cut like deep nesting."""
    value: dict[str, Any] = {"id": 1}
    value["self"] = value
    assert to_jsonable(value)["self"]["self"]["id"] == 1


def test_a_value_that_multiplies_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small value that refers to itself many times does not become a file of gigabytes."""
    monkeypatch.setattr("airflow_provider_bento.delivery.jsonable.MOST_NODES", 10_000)
    value: list[Any] = ["x"]
    for _ in range(60):
        value = [value, value]
    assert len(msgspec.json.encode(to_jsonable(value))) < 10_000_000
