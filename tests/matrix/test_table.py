"""When a cell counts as passed, and what its row says."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix.cells import CELLS
from matrix.results import Results
from matrix.table import Report, kept, latest, markdown

CELL = CELLS[0]
PASSED = Results(3000, {"Airflow 2.11 has no page": 2})


def test_a_cell_passes_if_tests_and_dag_passed() -> None:
    """Nothing failed, nothing was skipped wrongly, and the DAG delivered."""
    assert Report(CELL, PASSED, {"requests": "2.32.5"}, 24, 100.0).good


@pytest.mark.parametrize(
    "report",
    [
        Report(CELL, Results(0), arrived=24),
        Report(CELL, Results(9, failed=("test_a",)), arrived=24),
        Report(CELL, Results(9, {"s3fs is not installed": 1}), arrived=24),
        Report(CELL, PASSED, arrived=0),
        Report(CELL, PASSED, arrived=24, error="pytest ended with 3"),
        Report(CELL, not_run="no Python 3.13 on this machine"),
    ],
    ids=["no test", "a failure", "a tool missing", "no DAG", "an error", "not run"],
)
def test_a_cell_does_not_pass_otherwise(report: Report) -> None:
    """Not even if most of it did."""
    assert not report.good
    assert "| passed |" not in markdown([report]).splitlines()[2]


def test_the_row_shows_counts_versions_and_reasons() -> None:
    """One table for each."""
    text = markdown([Report(CELL, PASSED, {"requests": "2.32.5"}, 24, 99.6, on="2026-11-28")])
    row = [
        CELL.name,
        "2.11.2",
        "3.11",
        "as of 2026-03-21",
        "all",
        "3000",
        "0",
        "2",
        "24 records, each once",
        "passed",
        "100",
    ]
    assert f"| {' | '.join([*row, '2026-11-28'])} |" in text
    assert f"| {CELL.name} | 2.32.5 |" in text
    assert f"| Airflow 2.11 has no page | {CELL.name} 2 |" in text


def test_the_latest_report_of_a_cell_is_kept(tmp_path: Path) -> None:
    """So that one cell can be run again, and the page be written from all."""
    assert latest(CELL, tmp_path) is None
    kept(Report(CELL, error="broken"), tmp_path)
    report = kept(Report(CELL, PASSED, {"requests": "2.32.5"}, 24, 99.6, on="2026-11-28"), tmp_path)
    assert latest(CELL, tmp_path) == report
    assert latest(CELLS[1], tmp_path) is None


def test_a_cell_that_did_not_run_says_so() -> None:
    """Loudly, in the column of the results."""
    assert "| NOT RUN: no Python 3.13 |" in markdown([Report(CELL, not_run="no Python 3.13")])
