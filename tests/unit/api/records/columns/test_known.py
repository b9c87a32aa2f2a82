"""Columns that Bento reads in its own way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from airflow_provider_bento.api.records.columns.known import commands, emails, lines, moments, tag_lists


def judged(judge: Any, values: list[Any]) -> tuple[list[Any], set[int]]:
    """Return the clean values and the odd indexes."""
    clean, odd = judge(values, set(map(type, values)))
    return list(clean), set(odd)


def test_addresses() -> None:
    """Blanks around them are removed; whatever is no address is odd."""
    assert judged(emails, ["a@x.io", "b@x.io"]) == (["a@x.io", "b@x.io"], set())
    clean, odd = judged(emails, [" a@x.io ", "b@x", "c@x.io\nd@x.io", 7])
    assert (clean[0], odd) == ("a@x.io", {1, 2, 3})


def test_tags() -> None:
    """Text or lists; no tag at all is left out."""
    assert judged(tag_lists, ["a, b", "", None]) == (["a,b", None, None], set())
    assert judged(tag_lists, [["a", "b"], {"c"}, []]) == (["a,b", "c", None], set())
    assert judged(tag_lists, ["a", ["b,c"], range(2)])[1] == {1, 2}


def test_commands_and_types() -> None:
    """One word of two; one line each, trimmed."""
    assert judged(commands, ["subscribe", None, "Subscribe", 1])[1] == {2, 3}
    assert judged(lines, [" read ", "read"]) == (["read", "read"], set())
    assert judged(lines, ["read", "a\nb", 7])[1] == {1, 2}


@pytest.mark.parametrize("odd", ["2026-02-30T00:00:00Z", "1899-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "x", 7])
def test_moments(odd: Any) -> None:
    """Text as it is sent stays; other forms become it; what does not exist, or nobody can mean, is odd."""
    sent = ["2026-01-02T03:04:05Z", "2199-12-31T23:59:59.999Z", "1900-01-01T00:00:00Z"]
    assert moments(sent, {str})[0] is sent
    clean, found = judged(moments, [date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02 03:04", odd])
    assert clean[:3] == ["2026-01-02T00:00:00Z", "2026-01-02T03:00:00Z", "2026-01-02T03:04:00Z"]
    assert found == {3}
    assert judged(moments, [sent[0], odd])[1] == {1}
