"""Timestamps in the formats that databases and mail write, converted to ISO 8601; nothing is guessed.

A text is accepted if its year, month, day and zone are unambiguous: the year is first, or the month is a word.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from airflow_provider_bento.api.records.invalid import invalid

WANTED: Final = "must be a datetime, a date, or ISO 8601 text like 2026-01-31T09:30:00Z"

# fromisoformat also reads 20260131, week dates and any letter between date and time, which are slips here. A zone's
# name after an offset, as Java (in brackets) and Go write it, says nothing new.
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)"
    r"(?: ?(?:(Z|UTC|GMT|[+-]\d\d(?::?[0-5]\d)?)(?:\[[A-Z_+\-/0-9]{1,40}\])?"
    r"|([+-]00:?00) (?:UTC|GMT)|([+-]\d\d:?[0-5]\d) (?!UTC|GMT)[A-Z]{3,5}))?)?",
    re.ASCII,
)
# RFC 5322, as mail, HTTP, and Snowflake in its older settings write it.
_MAIL: Final = re.compile(
    r"(?:([A-Z]{3}), )?(\d\d?) ([A-Z]{3}) (\d{4}) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|GMT|UT|[+-]\d\d:?[0-5]\d)"
    r"(?: \([A-Z ]{1,40}\))?",
    re.ASCII,
)
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ZERO: Final = frozenset({"Z", "UTC", "GMT", "UT"})

_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:E[+-]?\d+)?", re.ASCII)
_ORDERLESS: Final = re.compile(r"(?!\d{4}-)\d{1,4}([/.-])\d{1,2}\1\d{1,4}(?!\d).*", re.ASCII | re.DOTALL)
_NAMED: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.,]*+(?: ?[+-]\d\d:?\d\d)? ?\(?(?!(?:[AP]M|AD|BC)\b)[A-Z][A-Z0-9_+\-/ ()]*",
    re.ASCII,
)


def iso(text: str) -> str:
    """Return the text in the ISO 8601 form that Python reads; whether such a day exists is checked elsewhere.

    :param text: without blanks around it, in capitals.
    :raises InvalidValue: it is in none of the forms; says which mistake it looks like.
    """
    if found := _ISO.fullmatch(text):
        day, time, *zones = found.groups()
        zone = next(filter(None, zones), None)
        return day if time is None else f"{day}T{time}{'Z' if zone in _ZERO else zone or ''}"
    if found := _MAIL.fullmatch(text):
        return _of_mail(found)
    raise invalid(_why(text))


def _of_mail(found: re.Match[str]) -> str:
    weekday, day, month, year, time, zone = found.groups()
    if month not in _MONTHS or (weekday is not None and weekday not in _DAYS):
        raise invalid(WANTED)
    number = _MONTHS.index(month) + 1
    if weekday is not None and not _is_day(weekday, int(year), number, int(day)):
        raise invalid(f"has a day of the week that does not match its date; it {WANTED}")
    return f"{year}-{number:02}-{int(day):02}T{time}{'Z' if zone in _ZERO else zone}"


def _is_day(weekday: str, year: int, month: int, day: int) -> bool:
    try:
        return _DAYS[date(year, month, day).weekday()] == weekday
    except ValueError:  # no existing day, which is reported elsewhere
        return True


def _why(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return f"is a number as text, which could be seconds or milliseconds; it {WANTED}"
    if _NAMED.fullmatch(text):
        return (
            "has a named time zone other than UTC: write its offset, like 2026-01-31T09:30:00-05:00, or a time in UTC"
        )
    if _ORDERLESS.fullmatch(text):
        return f"is ambiguous (day or month first?); it {WANTED}"
    return WANTED
