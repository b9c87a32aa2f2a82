"""Retry-After in all spellings (RFC 9110 10.2.3)."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api.retry_after import LONGEST, retry_after

NOW = 1_700_000_000.0


def after(seconds: float) -> str:
    """Return a date this number of seconds from now."""
    return formatdate(NOW + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("1", 1.0), ("60", 60.0), (" 7 ", 7.0), ("1.5", 1.5), ("3600", 3600.0), ("604800", 604800.0),
        (after(30), 30.0), (after(-30), 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30.0), ("Tue Nov 14 22:13:50 2023", 30.0),
        ("5, 9", 9.0), ("9,5", 9.0), (f"{after(9)}, {after(5)}", 9.0),
        ("604801", None), (after(700_000), None), ("9" * 400, None),
        ("", None), ("soon", None), ("abc", None), ("-5", None), ("+5", None), ("1e3", None), ("inf", None),
        ("nan", None), ("5 seconds", None), ("5, soon", None), ("0x10", None), ("5.", None), ("20 Oct", None),
        ("\u0663", None), ("\uff13", None), ("Wed, \u0662\u0661 Oct 2015 07:28:00 GMT", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None), ("2026-01-01T00:00:00Z", None),
    ],
)  # fmt: skip
def test_every_spelling_is_read_or_left(text: str, seconds: float | None) -> None:
    """Seconds, dates in all three forms, past ones, several, nonsense, negative, too long."""
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_without_the_header_nothing_is_asked() -> None:
    """``None`` is not zero: the budget then closes for the rest of its window."""
    assert retry_after({}, NOW) is None


def test_a_date_is_measured_against_the_replys_own() -> None:
    """So that a wrong local clock does no harm."""
    headers = {"retry-after": after(90), "date": after(60)}
    assert retry_after(headers, NOW + 50_000) == 30.0
    assert retry_after({"retry-after": after(90), "date": "nonsense"}, NOW) == 90.0


@given(st.text(max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever a server writes there."""
    seconds = retry_after({"retry-after": text, "date": text}, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST
