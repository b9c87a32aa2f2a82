"""Records counted by the reason for which they were invalid or rejected: few kinds, short, without any value. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from airflow_provider_bento.api.field_error import FieldError

MOST_KINDS: Final = 10
"""The number of kinds that are counted apart: the first ones that come."""

OTHER_KINDS: Final = "other kinds"
"""What the records of all other kinds are counted under."""

MOST_BYTES: Final = 96
"""Of one reason, as Airflow writes it: between quotes, and nothing but ASCII."""

ALL_BYTES: Final = (MOST_KINDS + 1) * (MOST_BYTES + len(": 1000000000, "))
"""What all of them take at most."""

_NUMBER: Final = re.compile(r"(?<!\w)\d+(?:[.,:]\d+)*(?!\w)")


def of_field_errors(field_errors: Iterable[FieldError]) -> dict[str, int]:
    """Return the kinds of one record's field errors, each counted once."""
    return {shortened(f"{field_error.field or 'record'}: {field_error.reason}"): 1 for field_error in field_errors}


def added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return both together. Two reasons that differ only by numbers, such as that of a line, are of one kind."""
    result = dict(counts)
    for reason, number in sorted(more.items(), key=lambda item: -item[1]):
        kind = _kind(result, shortened(reason))
        result[kind] = result.get(kind, 0) + number
    return result


def shortened(reason: str) -> str:
    """Return it on one line, and short enough; what has to be cut has its numbers blanked first, since the length of a
    line's number would decide where.
    """
    words = " ".join(reason.split())
    if len(json.dumps(words)) <= MOST_BYTES:
        return words
    words = _blanked(words)[:MOST_BYTES]
    while len(json.dumps(f"{words}…")) > MOST_BYTES:
        words = words[:-1]
    return f"{words.rstrip()}…"


def by_reason(counts: Mapping[str, int]) -> list[str]:
    """Return the counts as lines below a heading, the most frequent kind first; none, if there is nothing to count."""
    ordered = sorted(counts.items(), key=lambda item: (item[0] == OTHER_KINDS, -item[1]))
    lines = [f"  {number:,} × {reason}" for reason, number in ordered]
    return ["Records by reason:", *lines] if lines else []


def _kind(counts: dict[str, int], reason: str) -> str:
    """Return under which kind a reason is counted; one that now stands for several gets its numbers blanked."""
    if reason in counts:
        return reason
    blank = _blanked(reason)
    for kind in counts:
        if _blanked(kind) == blank:
            counts[blank] = counts.pop(kind)
            return blank
    return reason if len(counts.keys() - {OTHER_KINDS}) < MOST_KINDS else OTHER_KINDS


def _blanked(reason: str) -> str:
    return _NUMBER.sub("N", reason)
