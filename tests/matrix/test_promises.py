"""How the table of what each Airflow supports is read, and that it is true of the Airflow that is installed here."""

from __future__ import annotations

import pytest
from installs.airflows import NEWEST
from matrix.promises import DECIDED_BY, PAGE, approves, promised, supported

PAGE_OF_TWO = """
## What each Airflow supports

| | 2.11, 3.0, 3.1 | 3.2 |
|---|---|---|
| waits | no: it blocks | yes, with a path |
| starts | from 3.0; misses some | the same |
"""


@pytest.mark.parametrize(
    ("row", "minor", "wanted"),
    [
        ("waits", "2.11", False),
        ("waits", "3.2", True),
        ("starts", "2.11", False),
        ("starts", "3.0", True),
        ("starts", "3.1", True),
        ("starts", "3.2", True),
    ],
)
def test_a_cell_says_yes_or_no_or_from_when(row: str, minor: str, wanted: object) -> None:
    """A column may be of several versions."""
    assert promised(row, minor, PAGE_OF_TWO) is wanted


@pytest.mark.parametrize("row", DECIDED_BY)
def test_the_page_has_each_row_for_each_airflow(row: str) -> None:
    """Each cell of the matrix looks for its own column."""
    text = PAGE.read_text(encoding="utf-8")
    assert promised(row, NEWEST[-1].minor, text) is True
    assert [promised(row, one.minor, text) for one in NEWEST] == sorted(
        promised(row, one.minor, text) for one in NEWEST
    )


@pytest.mark.parametrize("row", DECIDED_BY)
def test_the_newest_airflow_has_what_the_page_promises(row: str) -> None:
    """The suite runs with it; the others are asked in their cells."""
    assert supported(row)


def test_the_newest_airflow_has_approvals() -> None:
    """As the page says."""
    assert promised("a person approves", NEWEST[-1].minor, PAGE.read_text(encoding="utf-8")) is approves() is True
