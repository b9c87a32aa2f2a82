"""Times as databases, mail and frameworks write them are read if they can mean one moment only."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records import parse_event

patient = settings(deadline=None)


def sent(date: Any) -> str:
    """Return the time that travels for an event of this date."""
    found = parse_event({"type": "x", "email": "a@x.io", "date": date})
    assert not isinstance(found, tuple), (date, found)
    text: str = json.loads(found.encode())["date"]
    return text


def refused(date: Any) -> str:
    """Return why a date is refused."""
    found = parse_event({"type": "x", "email": "a@x.io", "date": date})
    assert isinstance(found, tuple), date
    (field_error,) = found
    assert field_error.field == "date"
    assert str(date) not in field_error.reason
    return field_error.reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31 10:00:00 UTC", "2024-01-31T10:00:00Z"),  # BigQuery's exports, Rails
        ("2024-01-31 10:00:00.123456 UTC", "2024-01-31T10:00:00.123Z"),
        ("2024-01-31 10:00:00+00", "2024-01-31T10:00:00Z"),  # BigQuery's console, Postgres
        ("2024-01-31 10:00:00.5+00", "2024-01-31T10:00:00.500Z"),
        ("2024-01-31 10:00:00+05:30", "2024-01-31T04:30:00Z"),
        ("2024-01-31 10:00:00.000 -0800", "2024-01-31T18:00:00Z"),  # Snowflake
        ("2024-01-31 10:00:00.123456789 +0100", "2024-01-31T09:00:00.123Z"),
        ("Wed, 31 Jan 2024 10:00:00 -0800", "2024-01-31T18:00:00Z"),  # Snowflake, older
        ("2024-01-31 10:00:00 +01:00", "2024-01-31T09:00:00Z"),
        ("2024-01-31 10:00:00 +0100", "2024-01-31T09:00:00Z"),  # Ruby
        ("2023-11-26 06:26:24 UTC", "2023-11-26T06:26:24Z"),
        ("2024-01-31 10:00:00", "2024-01-31T10:00:00Z"),  # MySQL, SQLite
        ("2024-01-31 10:00:00.000000", "2024-01-31T10:00:00Z"),
        ("2024-01-31t10:00:00z", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00:00.123456789Z", "2024-01-31T10:00:00.123Z"),
        ("2024-01-31T10:00:00 Z", "2024-01-31T10:00:00Z"),
        ("2024-01-31 10:00:00 gmt", "2024-01-31T10:00:00Z"),
        ("2024-01-31T11:00+01:00[Europe/Paris]", "2024-01-31T10:00:00Z"),  # Java
        ("2024-01-31T10:00:00Z[UTC]", "2024-01-31T10:00:00Z"),
        ("2024-01-31 10:00:00.5 +0000 UTC", "2024-01-31T10:00:00.500Z"),  # Go
        ("2024-06-30 10:00:00 -0400 EDT", "2024-06-30T14:00:00Z"),
        ("Sun, 26 Nov 2023 06:26:24 +0000", "2023-11-26T06:26:24Z"),  # RFC 5322
        ("Sun, 26 Nov 2023 06:26:24 +0000 (UTC)", "2023-11-26T06:26:24Z"),
        ("Sun, 26 Nov 2023 06:26:24 GMT", "2023-11-26T06:26:24Z"),  # HTTP
        ("26 Nov 2023 06:26 -0000", "2023-11-26T06:26:00Z"),
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        (" 2024-01-31 10:00 ", "2024-01-31T10:00:00Z"),
    ],
)
def test_time_of_a_warehouse_is_read(text: str, moment: str) -> None:
    """Each is in the documentation or an export of its system."""
    assert sent(text) == moment


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 3), datetime(2199, 12, 29), timezones=OFFSETS | st.just(UTC))  # noqa: DTZ001
WRITERS: dict[str, Callable[[datetime], str]] = {
    "Python": str,
    "ISO": datetime.isoformat,
    "Snowflake": lambda value: f"{value:%Y-%m-%d %H:%M:%S.%f %z}".replace(" +", "000 +").replace(" -", "000 -"),
    "Rails": lambda value: f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC",
    "Ruby": lambda value: f"{value:%Y-%m-%d %H:%M:%S.%f %z}",
    "BigQuery": lambda value: f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00",
    "MySQL": lambda value: f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}",
    "pandas": lambda value: str(pd.Timestamp(value)),
    "pandas, finer": lambda value: str(pd.Timestamp(value).as_unit("ns") + pd.Timedelta(1, "ns")),
    "small letters": lambda value: f"{value.astimezone(UTC):%Y-%m-%dt%H:%M:%S.%fz}",
}


@pytest.mark.parametrize("writer", WRITERS)
@given(value=MOMENTS)
@patient
def test_each_writer_means_the_moment_it_wrote(writer: str, value: datetime) -> None:
    """To the millisecond, whatever zone."""
    there = value.astimezone(UTC)
    text = WRITERS[writer](value)
    found = datetime.fromisoformat(sent(text))
    assert found == there - timedelta(microseconds=there.microsecond % 1000), text


@given(value=MOMENTS)
@patient
def test_mail_means_the_moment_it_wrote(value: datetime) -> None:
    """To the second, with the day of the week that it names."""
    assert datetime.fromisoformat(sent(format_datetime(value))) == value.replace(microsecond=0)


@pytest.mark.parametrize("text", ["01/02/2024", "1/2/2024 10:00", "31.01.2024", "01-02-2024", "2024/01/31", "01/02/24"])
def test_day_and_month_are_never_guessed_at(text: str) -> None:
    """Half the world would be wrong."""
    assert "ambiguous" in refused(text)


@pytest.mark.parametrize("value", ["1706695200", "1706695200000", "1706695200.5", "1.7e9", "-1", 1706695200, 1.7e9])
def test_numbers_are_never_guessed_at(value: Any) -> None:
    """Seconds or milliseconds: nobody knows."""
    assert "seconds or milliseconds" in refused(value)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31 10:00:00 America/New_York",
        "2024-01-31 10:00:00.000 Europe/Paris",
        "2024-01-31 10:00:00 PST",
        "2024-01-31T10:00:00 CET",
        "2024-01-31 10:00:00 Etc/GMT+5",
        "2024-01-31 10:00:00 UTC+5",
        "2024-01-31 10:00:00 EST5EDT",
    ],
)
def test_named_zone_is_refused_with_words(text: str) -> None:
    """Three letters mean several zones, and an hour may come twice in one."""
    assert "time zone" in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 26 Nov 2023 06:26:24 +0000",  # a Sunday
        "Sun, 26 Nov 2023 06:26:24",
        "Sun, 26 Nov 23 06:26:24 +0000",
        "Sun, 26 Nov 2023 06:26:24 EST",
        "So, 26 Nov 2023 06:26:24 +0000",
        "Sun, 26 Foo 2023 06:26:24 +0000",
        "Sun Nov 26 06:26:24 2023",
        "31 Feb 2024 10:00:00 +0000",
        "2024-01-31 10:00:00 AM",
        "2024-01-31 10:00 PM",
        "0044-03-15 00:00:00 BC",
        "infinity",
        "0000-00-00 00:00:00",
        "2024-02-30 10:00:00 UTC",
        "2024-01-31 25:00:00 UTC",
        "2024-01-31 10:00:00 +24:00",
        "2024-01-31 10:00:00  UTC",
        "31-JAN-24 10.00.00.000000 AM",
        "Jan 31, 2024",
        "2024-01-31T10:00:00[Europe/Paris]",
        "٢٠٢٤-٠١-٣١",
    ],
)
def test_what_may_mean_two_moments_or_none_is_refused(text: str) -> None:
    """It says what is wanted."""
    assert "2026-01-31T09:30:00Z" in refused(text)


@given(st.text("0123456789-:T Z+./,UTC", max_size=30) | st.text(max_size=20))
@patient
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing is raised, and what was read reads the same again."""
    found = parse_event({"type": "x", "email": "a@x.io", "date": text})
    if not isinstance(found, tuple):
        date = json.loads(found.encode())["date"]
        assert sent(date) == date
