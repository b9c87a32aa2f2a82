"""Single values: what has an exact form in JSON is sent, the rest is a field error."""

from __future__ import annotations

import enum
import json
from collections import namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pendulum
import pytest

from airflow_provider_bento.api.records import Event, Subscriber, parse_event, parse_subscriber


class Colour(enum.Enum):
    """Words."""

    RED = "red"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    """Numbers."""

    HIGH = 3


class Word(str):
    """Text with another idea of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "other"


class Many(int):
    """A number with another idea of itself."""

    def __add__(self, other: int) -> int:
        return 99


class Part(float):
    """A fraction with another idea of itself."""

    def __repr__(self) -> str:
        return "other"


Pair = namedtuple("Pair", "a b")  # noqa: PYI024  (as drivers make them)


def sent(value: Any) -> Any:
    """Return what a custom field of this value is sent as."""
    record = parse_subscriber({"email": "a@x.io", "x": value})
    assert isinstance(record, Subscriber), record
    return json.loads(record.encode(), parse_float=Decimal)["x"]


def reason(value: Any) -> str:
    """Return what is wrong with a custom field of this value."""
    found = parse_subscriber({"email": "a@x.io", "x": value})
    assert isinstance(found, tuple), found
    assert [field_error.field for field_error in found] == ["x"]
    return found[0].reason


def when(value: Any) -> str:
    """Return what an event's date is sent as."""
    record = parse_event({"type": "x", "email": "a@x.io", "date": value})
    assert isinstance(record, Event), record
    return str(json.loads(record.encode())["date"])


def no_time(value: Any) -> str:
    """Return what is wrong with an event's date."""
    found = parse_event({"type": "x", "email": "a@x.io", "date": value})
    assert isinstance(found, tuple), found
    assert [field_error.field for field_error in found] == ["date"]
    return found[0].reason


@pytest.mark.parametrize(
    ("value", "as_sent"),
    [
        ("", ""),
        (0, 0),
        (False, False),
        (2**64 - 1, 2**64 - 1),
        (-(2**63), -(2**63)),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Word("mine"), "mine"),
        (Many(7), 7),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05Z"),  # noqa: DTZ001  (no zone is the case)
        (datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "2026-01-02T03:04:05.678901Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (pendulum.datetime(2026, 7, 1, 12, tz="Europe/Paris"), "2026-07-01T10:00:00Z"),
        (pendulum.date(2026, 7, 1), "2026-07-01"),
        ("line one\nline two\t\x01", "line one\nline two\t\x01"),
        ("😀 \u2028", "😀 \u2028"),
        (np.int64(-5), -5),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.array(7), 7),
        (np.datetime64("2026-01-02T03:04:05.123456789"), "2026-01-02T03:04:05.123456Z"),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (np.datetime64("2026-01-02T03:04:05", "s"), "2026-01-02T03:04:05Z"),
        (np.array("2026-01-02T03:04", "M8[25ns]"), "2026-01-02T03:04:00Z"),
        (pd.Timestamp("2026-01-02 03:04", tz="America/New_York"), "2026-01-02T08:04:00Z"),
    ],
)
def test_value_travels_in_its_exact_form(value: Any, as_sent: Any) -> None:
    """What Python has more kinds of than JSON."""
    assert sent(value) == as_sent
    assert type(sent(value)) is type(as_sent)


@pytest.mark.parametrize(
    "text",
    ["0", "1", "-7", "19.90", "0.1", "1999", "1E+3", "1E-7", "12345678901234.56", "9007199254740993", "1e300", "-0.5"],
)
def test_decimal_that_every_reader_reads_alike_is_a_number(text: str) -> None:
    """Neither the writer nor a reader by way of a double changes it."""
    value = sent(Decimal(text))
    assert value == Decimal(text) if not isinstance(value, str) else text == "1e300"
    if isinstance(value, Decimal):
        assert Decimal(repr(float(value))) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    ["0.1234567890123456789", "12345678901234567.5", "99999999999999999999999", "1E+300", "1E-1000000", "1E+1000000"],
)
def test_decimal_that_readers_would_change_travels_as_text(text: str) -> None:
    """All digits arrive."""
    assert sent(Decimal(text)) == text


def test_whole_decimal_is_a_whole_number() -> None:
    """1999 is no 1999.0; 5.00 said that it has fractions."""
    assert type(sent(Decimal(1999))) is int
    assert sent(Decimal("5.00")) == Decimal("5.0")


@pytest.mark.parametrize("number", [0.1, 1e308, 5e-324, -0.0, 1e16, Part(0.1), np.float64(0.1), np.float32(0.1)])
def test_float_travels_exactly(number: float) -> None:
    """It is read back as the same double."""
    assert float(sent(number)) == float(number)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        np.float64("nan"),
        np.float32("inf"),
        pd.NaT,
        pd.NA,
        np.datetime64("NaT", "s"),
    ],
)
def test_missing_and_infinite_values_are_errors(value: Any) -> None:
    """JSON has no word for them; None leaves a field out."""
    assert "None" in reason(value)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 10**30, pytest.param(10**5000, id="huge")])
def test_whole_number_beyond_64_bits_is_an_error(value: int) -> None:
    """Readers lose its digits; as text it keeps them."""
    assert "as text" in reason(value)


@pytest.mark.parametrize(
    "value",
    [
        b"x",
        bytearray(b"x"),
        memoryview(b"x"),
        {1},
        frozenset(),
        timedelta(1),
        1j,
        Fraction(1, 3),
        range(3),
        object(),
        Pair(1, 2),
        Colour.PAIR,
        Colour,
        np.array([1, 2]),
        np.array([]),
        np.timedelta64(1, "D"),
        np.timedelta64(1, "ns"),
        np.complex128(1),
        np.longdouble(1),
        np.bytes_(b"x"),
        np.array({"a": 1}, dtype=object),
        np.datetime64(2**62, "s"),
        pd.Series([1]),
        pd.DataFrame({"a": [1]}),
        pd.Timedelta(1),
        iter([1]),
        lambda: 1,
    ],
)
def test_other_kinds_are_errors(value: Any) -> None:
    """What has no exact form is not guessed at."""
    assert reason(value)


@pytest.mark.parametrize("value", ["a\0b", "\0", "\ud800", "ok \udfff", "é\0"])
def test_text_that_cannot_be_stored_is_an_error(value: str) -> None:
    """NUL and half surrogate pairs, with what to do."""
    assert "contain" in reason(value)


@pytest.mark.parametrize(
    ("value", "as_sent"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123Z"),
        ("2026-01-02T03:04:05.000400Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05.500Z"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
        (" 2026-01-02 03:04 ", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-02T03:04:05-0930", "2026-01-02T12:34:05Z"),
        ("2026-01-02 03:04:05+00", "2026-01-02T03:04:05Z"),
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("1900-01-01", "1900-01-01T00:00:00Z"),
        ("2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z"),
        (date(2026, 1, 2), "2026-01-02T00:00:00Z"),
        (datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00Z"),  # noqa: DTZ001  (no zone is the case)
        (datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=5, minutes=45))), "2026-01-01T21:19:00Z"),
        (datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris")), "2026-07-01T10:00:00Z"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=0), "2026-10-25T00:30:00Z"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1), "2026-10-25T01:30:00Z"),
        (pendulum.datetime(2026, 1, 2, 3, 4, 5, 678000), "2026-01-02T03:04:05.678Z"),
        (pendulum.naive(2026, 1, 2), "2026-01-02T00:00:00Z"),
        (pd.Timestamp("2026-01-02T03:04:05.678901234"), "2026-01-02T03:04:05.678Z"),
        (np.datetime64("2026-01-02T03:04:05", "ns"), "2026-01-02T03:04:05Z"),
        (np.datetime64("2026-01-02"), "2026-01-02T00:00:00Z"),
    ],
)
def test_moment_is_sent_in_utc(value: Any, as_sent: str) -> None:
    """Without a zone it is UTC; milliseconds only where there are any."""
    assert when(value) == as_sent


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "2026-01-02T25:00:00Z",
        "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:05+25:00",
        "0000-01-01",
        "20260102",
        "2026-W05-1",
        "2026-W05-1T03:04:05Z",
        "2026-032",
        "2026-01-02x03:04",
        "2026-01-02T030405.1Z",
        "2026-01-02T03",
        "2026-1-2",
        "02.01.2026",
        "01/02/2026",
        "tomorrow",
        "now",
        "",
        " ",
        "１９99-01-01",
        "2026-01-02\0",
        "2026-01-02T03:04:05Z\ud800",
        1767323045,
        1767323045.5,
        True,
        b"2026-01-02",
        ["2026-01-02"],
        {"$date": "2026-01-02"},
        time(3, 4),
        timedelta(1),
        pd.NaT,
        np.datetime64("NaT", "s"),
    ],
)
def test_nonsense_is_no_moment(value: Any) -> None:
    """Days that do not exist, other notations and numbers of seconds are field errors."""
    assert no_time(value)


@pytest.mark.parametrize(
    "value",
    [
        "1899-12-31T23:59:59Z",
        "2200-01-01",
        "9999-12-31",
        "0001-01-01",
        "1900-01-01T00:00:00+01:00",
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        date.max,
        np.datetime64("-5000-01-01"),
        np.datetime64(2**62, "s"),
        np.datetime64(2**62, "Y"),
    ],
)
def test_years_out_of_range_are_errors(value: Any) -> None:
    """A unit mixed up, or a database's end of time, in whatever zone."""
    assert "years" in no_time(value)


class Broken(tzinfo):
    """A zone that fails."""

    def utcoffset(self, when: datetime | None) -> timedelta:
        """Fail."""
        raise RuntimeError("planted")


def test_zone_that_fails_is_an_error() -> None:
    """The field error names the kind of error, not its words."""
    assert "RuntimeError" in no_time(datetime(2026, 1, 2, tzinfo=Broken()))
    assert "planted" not in no_time(datetime(2026, 1, 2, tzinfo=Broken()))
