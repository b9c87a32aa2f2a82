"""Rates as people write them."""

from __future__ import annotations

import pytest

from airflow_provider_bento.api.rates import LARGEST, Rate, parse_rates
from airflow_provider_bento.exceptions import BentoSetupError


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("100/minute", (Rate(100, 60.0),)),
        (" 60 / Minutes ", (Rate(60, 60.0),)),
        ("5/10s", (Rate(5, 10.0),)),
        ("2/0.5s", (Rate(2, 0.5),)),
        ("100/minute, 500/hour", (Rate(100, 60.0), Rate(500, 3600.0))),
    ],
)
def test_a_rate_is_read(text: str, rates: tuple[Rate, ...]) -> None:
    """One, or several with commas."""
    assert parse_rates(text) == rates


def test_the_shortest_window_comes_first() -> None:
    """A 429 teaches about that one, in whatever order they were written."""
    assert parse_rates("500/hour, 100/minute") == parse_rates("100/minute, 500/hour")


@pytest.mark.parametrize("text", ["", "100", "0/minute", "5/0s", "-1/minute", "100/week", "100/minute,", "١٠٠/minut"])
def test_what_is_no_rate_is_turned_away(text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(BentoSetupError):
        parse_rates(text)


def test_more_than_can_be_remembered_is_turned_away() -> None:
    """The message says what to write instead."""
    assert parse_rates(f"{LARGEST}/hour")
    with pytest.raises(BentoSetupError, match="shorter"):
        parse_rates(f"{LARGEST + 1}/hour")
