"""How the DAG's run is judged: each record once, and a retry that resumes."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from installs.installs import DidNotWork
from matrix.end_to_end import EXPECTED, check, pushed

GOOD: dict[str, Any] = {"states": ["success"] * 9, "tries": 2, "summed": {"accepted": 6, "read": 6}}
TWICE = EXPECTED + Counter(["resumed resumed0@matrix.example"])
MISSING = EXPECTED - Counter(["north0@matrix.example"])


@pytest.mark.slow
def test_the_dag_delivers_each_record_once_in_this_airflow() -> None:
    """It runs in a process of its own, and what arrived is compared as a multiset."""
    assert pushed(Path(sys.executable)) == 24


def test_a_good_run_is_good() -> None:
    """So the refusals below are because of what differs from it."""
    check(GOOD, EXPECTED, 7)


@pytest.mark.parametrize(
    ("result", "got", "requests"),
    [
        (GOOD, TWICE, 7),
        (GOOD, MISSING, 7),
        (GOOD, EXPECTED, 8),
        ({**GOOD, "states": ["success", "failed"]}, EXPECTED, 7),
        ({**GOOD, "tries": 1}, EXPECTED, 7),
        ({**GOOD, "summed": {"accepted": 4, "read": 6}}, EXPECTED, 7),
    ],
    ids=["doubled", "missing", "sent again", "a task failed", "no retry", "another XCom"],
)
def test_any_difference_is_an_error(result: dict[str, Any], got: Counter[str], requests: int) -> None:
    """A record too many, one too few, a chunk that was confirmed and sent again."""
    with pytest.raises(DidNotWork):
        check(result, got, requests)
