"""Moments in time as ISO 8601 text in UTC with Z (docs: events; times without a zone are read differently there).

Tested by tests/unit/api/records/values/test_written_timestamps.py.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import invalid
from airflow_provider_bento.api.records.values.numpy_scalars import unwrapped
from airflow_provider_bento.api.records.values.written_timestamps import WANTED, iso

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""No event and no broadcast lies outside; a unit mixed up, or a database's year 9999, does."""

AS_SENT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z"
_AS_SENT: Final = re.compile(AS_SENT, re.ASCII)
_NO_TIME: Final = timedelta(0)


def moment(value: Any) -> str:
    """Return the time of an event or a sending, to the millisecond.

    Takes datetimes (pendulum's and pandas' too), dates, and text that :func:`~.written_timestamps.iso` reads. Without a
    zone it is UTC; a date becomes midnight.
    """
    if type(value) is str and _AS_SENT.fullmatch(value):
        _in_range(_existing(value))
        return value
    found = _in_range(_utc(_of_text(value) if isinstance(value, str) else _of_date(unwrapped(value))))
    return found.isoformat(timespec="milliseconds" if found.microsecond >= 1000 else "seconds") + "Z"


def exact_moment(value: datetime) -> str:
    """Return a datetime inside a field or a detail, to the microsecond."""
    found = _utc(value)
    precise = "microseconds" if found.microsecond % 1000 else "milliseconds"
    return found.isoformat(timespec=precise if found.microsecond else "seconds") + "Z"


def exact_date(value: date) -> str:
    """Return a date inside a field or a detail; it stays a date."""
    return date(value.year, value.month, value.day).isoformat()


def _in_range(value: datetime) -> datetime:
    if FIRST_YEAR <= value.year <= LAST_YEAR:
        return value
    raise invalid(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")


def _of_text(value: str) -> datetime:
    return _existing(iso(str.__str__(value).strip().upper()))


def _existing(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise invalid(f"is not an existing date or time; it {WANTED}") from None


def _of_date(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (without a zone it counts as UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise invalid(f"is a number, which could be seconds or milliseconds; it {WANTED}")
    raise invalid(WANTED)


def _utc(value: datetime) -> datetime:
    """Return it in UTC without a zone, as the plain class: subclasses print and convert in their own ways."""
    year, month, day = value.year, value.month, value.day
    plain = datetime(year, month, day, value.hour, value.minute, value.second, value.microsecond)  # noqa: DTZ001  (UTC once its offset is subtracted)
    try:
        return plain - (value.utcoffset() or _NO_TIME)
    except OverflowError:
        raise invalid("is a time outside the years 1 to 9999") from None
