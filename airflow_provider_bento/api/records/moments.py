"""Moments in time, as Bento wants them: ISO 8601 in UTC with Z (docs: events; zone-less times are ambiguous there)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from airflow_provider_bento.api.records.checks import MISSING, Faults

_YEARS: Final = range(1900, 2200)
_LOOKS_LIKE_A_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}($|[T ]\d{2}:\d{2})")
_WANTED: Final = "must be a datetime, a date, or ISO 8601 text like 2026-01-31T09:30:00Z"


def moment(value: Any, path: str, faults: Faults) -> Any:
    """Return a moment as ISO text in UTC, with milliseconds where there are any.

    Takes datetimes (pendulum's too), dates and ISO text; without a zone it is taken as UTC, a date as its midnight.
    """
    if isinstance(value, str):
        return _of_text(value.strip(), path, faults)
    if isinstance(value, datetime):
        return _utc(value, path, faults)
    if isinstance(value, date):
        return _utc(datetime(value.year, value.month, value.day, tzinfo=UTC), path, faults)
    return faults.add(path, _WANTED)


def iso(value: date, path: str, faults: Faults) -> Any:
    """Return a date or datetime inside a field or a detail as text; a date stays a date."""
    if isinstance(value, datetime):
        return _utc(value, path, faults)
    return value.isoformat()


def _of_text(value: str, path: str, faults: Faults) -> Any:
    if not _LOOKS_LIKE_A_DATE.match(value):
        return faults.add(path, _WANTED)
    try:
        return _utc(datetime.fromisoformat(value), path, faults)
    except ValueError:
        return _of_rare_text(value, path, faults)


def _of_rare_text(value: str, path: str, faults: Faults) -> Any:
    """ISO in forms that the standard library does not read, such as a comma before the fraction or a short one."""
    import pendulum
    from pendulum.parsing.exceptions import ParserError

    try:
        found: object = pendulum.parse(value)
    except (ParserError, ValueError, OverflowError):
        return faults.add(path, f"is no date that exists; {_WANTED}")
    return _utc(found, path, faults) if isinstance(found, datetime) else faults.add(path, _WANTED)


def _utc(value: datetime, path: str, faults: Faults) -> Any:
    try:
        there = value.astimezone(UTC) if value.utcoffset() is not None else value.replace(tzinfo=UTC)
        if there.year not in _YEARS:
            return faults.add(path, "must lie between the years 1900 and 2199")
        precise = "milliseconds" if there.microsecond else "seconds"
        return f"{datetime.isoformat(there.replace(tzinfo=None), timespec=precise)}Z"
    except (ValueError, OverflowError):
        return faults.add(path, _WANTED) or MISSING
