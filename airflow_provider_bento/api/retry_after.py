"""The header ``Retry-After``: how long a server asks to wait (RFC 9110 10.2.3). Pure.

Tested by tests/unit/api/test_retry_after.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 7 * 86_400
"""Seconds; a longer wait is nonsense, not a plan."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of ``Retry-After``, in both of its spellings (RFC 9110 10.2.3).

    A past date is 0. Nonsense, a negative number and more than a week are ``None``. Of several, the longest counts.
    A date is measured against the reply's own ``Date``, so that a wrong local clock does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if not text.isascii():  # other scripts have digits, too
        return None
    if re.fullmatch(r"\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*", text):
        seconds = max(map(float, text.split(",")))
    elif (moment := _http_date(text)) is not None:
        seconds = max(0.0, moment - (_http_date(headers.get("date", "")) or now))
    else:
        return None
    return seconds if seconds <= LONGEST else None


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
