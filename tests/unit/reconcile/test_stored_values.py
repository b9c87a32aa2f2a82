"""When a value in Bento is the one that was sent."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.reconcile.stored_values import is_same

EQUAL: list[tuple[Any, Any]] = [
    ("Ghent", "Ghent"),
    (" Ghent ", "Ghent"),
    ("", None),
    ("", "  "),
    (7, 7),
    (7, 7.0),
    (7, "7"),
    (7, "7.0"),
    (0.1, "0.1"),
    (12345678901234567890, "12345678901234567890"),
    ("7", 7),
    ("7", 7.0),
    ("4.5", 4.5),
    (True, True),
    (True, "true"),
    ("false", False),
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
    ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.000Z"),
    ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"),
]
DIFFERENT: list[tuple[Any, Any]] = [
    ("Ghent", "ghent"),
    ("Ghent", None),
    ("Ghent", ""),
    ("", "Ghent"),
    (0, None),
    (0, ""),
    (0, False),
    (1, True),
    (1, "true"),
    (False, None),
    (False, ""),
    (False, 0),
    (True, False),
    (True, "yes"),
    ("007", 7),
    (7, "seven"),
    (7, "NaN"),
    (7, "sNaN"),
    ("7", [7]),
    (7, [7]),
    (True, [True]),
    ("x", {"x": 1}),
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"),
    ("2026-01-02", "2026-01-02T00:00:00Z"),
    ("T", "TT"),
]


@pytest.mark.parametrize(("sent", "stored"), EQUAL)
def test_what_bento_may_show_of_a_value_is_the_same(sent: Any, stored: Any) -> None:
    """Text, numbers, truth and times, each as itself or as the text that spells it."""
    assert is_same(sent, stored)


@pytest.mark.parametrize(("sent", "stored"), DIFFERENT)
def test_another_value_is_not_the_same(sent: Any, stored: Any) -> None:
    """Nor is no value, a leading zero that was lost, or a list."""
    assert not is_same(sent, stored)


def test_case_counts_unless_it_is_to_be_ignored() -> None:
    """Names are compared without it."""
    assert is_same("STRASSE", "straße", ignore_case=True)
    assert not is_same("ANN", "Ann")
