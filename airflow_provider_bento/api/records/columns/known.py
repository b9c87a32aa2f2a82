"""Columns that Bento reads in its own way: email addresses, tags, commands, types of events, timestamps.

Tested by tests/unit/api/records/columns/test_known.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from airflow_provider_bento.api.records.columns.single import (
    NONE_ODD,
    NOTHING,
    TEXTS,
    Judged,
    Kinds,
    by_value,
    converted,
    where,
)
from airflow_provider_bento.api.records.values.email_and_tags import PATTERN, email, tags
from airflow_provider_bento.api.records.values.scalars import line
from airflow_provider_bento.api.records.values.timestamps import AS_SENT, FIRST_YEAR, LAST_YEAR, moment

_STR: Final = frozenset({str})
_LISTS: Final = frozenset({str, list, tuple, set, frozenset})
_MOMENTS: Final = frozenset({str, date, datetime})
_ALL_EMAILS: Final = re.compile(rf"(?:{PATTERN}\n)*+").fullmatch
_ALL_AS_SENT: Final = re.compile(rf"(?:{AS_SENT}\n)*+", re.ASCII).fullmatch
_COMMANDS: Final = frozenset({"subscribe", "unsubscribe", None})


def emails(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge addresses; most tables have nothing but valid ones without blanks around them."""
    if _STR.issuperset(kinds) and _all_match(_ALL_EMAILS, values):
        return values, NONE_ODD
    return _exactly(values, kinds, email, _STR)


def tag_lists(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge cells of tags: text, of which few differ, or lists."""
    if TEXTS.issuperset(kinds):
        return by_value(values, tags)
    return _exactly(values, kinds, tags, _LISTS)


def commands(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge ``subscribe`` and ``unsubscribe``."""
    if TEXTS.issuperset(kinds) and _COMMANDS.issuperset(values):
        return values, NONE_ODD
    return values, where(values, lambda value: type(value) not in TEXTS or value not in _COMMANDS)


def lines(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge the types of events."""
    if TEXTS.issuperset(kinds):
        return by_value(values, line)
    return _exactly(values, kinds, line, _STR)


def moments(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Judge the times of events; text as it is sent stays as it is."""
    if _STR.issuperset(kinds) and _all_match(_ALL_AS_SENT, values) and _exist(values):
        return values, NONE_ODD
    return _exactly(values, kinds, moment, _MOMENTS)


def _exactly(values: Sequence[Any], kinds: Kinds, convert: Callable[[Any], Any], of: frozenset[type]) -> Judged:
    """Judge values one by one; those of any other type than these are odd."""
    clean, odd = converted(values, convert, of=of)
    if kinds - of - {NOTHING}:
        odd |= where(values, lambda value: value is not None and type(value) not in of)
    return clean, odd


def _all_match(pattern: Callable[[str], object], values: Sequence[str]) -> bool:
    """Whether all values match.

    :param pattern: matches lines.
    """
    lines = "\n".join(values)
    return lines.count("\n") == len(values) - 1 and pattern(f"{lines}\n") is not None


def _exist(values: Sequence[str]) -> bool:
    """Whether there are such days and times, in the years that Bento takes."""
    if not str(FIRST_YEAR) <= min(values) <= max(values) < str(LAST_YEAR + 1):
        return False
    try:
        for _ in map(datetime.fromisoformat, values):
            pass
    except ValueError:
        return False
    return True
