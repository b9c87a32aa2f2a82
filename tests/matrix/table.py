"""The table of the matrix: what each cell reported, as Markdown.

Tested by tests/matrix/test_table.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from matrix.cells import Cell
from matrix.results import Results

LIBRARIES: Final = (
    "requests", "urllib3", "pendulum", "msgspec", "filelock", "cryptography", "pyarrow", "duckdb", "redis",
    "zstandard", "starlette", "uvicorn", "jinja2",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What a cell reported, or why it did not run.

    :param error: what did not work; ``""`` if everything did.
    :param not_run: why nothing ran, as when there is no such Python.
    :param on: the date of the run.
    :param quick: whether the tests that are marked as slow were left out.
    :param arrived: how many records the DAG delivered, each once; 0 if it did not work.
    """

    cell: Cell
    results: Results = field(default_factory=lambda: Results(0))
    versions: dict[str, str] = field(default_factory=dict)
    arrived: int = 0
    seconds: float = 0.0
    error: str = ""
    not_run: str = ""
    on: str = ""
    quick: bool = False

    @property
    def good(self) -> bool:
        """Whether everything ran and passed."""
        tests = self.results
        return bool(tests.passed and self.arrived) and not (
            self.error or self.not_run or tests.failed or tests.wrongly_skipped
        )


def kept(report: Report, folder: Path) -> Report:
    """Write a report into a folder; return it."""
    (folder / f"{report.cell.name}.json").write_bytes(msgspec.json.encode(report))
    return report


def latest(cell: Cell, folder: Path) -> Report | None:
    """Return the report of a cell that was kept last, or ``None``."""
    path = folder / f"{cell.name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Report) if path.exists() else None


def markdown(reports: Sequence[Report]) -> str:
    """Return the tables: counts of each cell, its libraries, and the reasons of what was skipped."""
    return "\n".join([*_counts(reports), "", *_libraries(reports), "", *_skips(reports)]) + "\n"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(one).replace('|', '/') for one in cells)} |"


def _counts(reports: Sequence[Report]) -> list[str]:
    head = (
        "cell",
        "Airflow",
        "Python",
        "libraries",
        "tests",
        "passed",
        "failed",
        "skipped",
        "DAG end to end",
        "result",
        "seconds",
        "run on",
    )
    return [_row(*head), "|" + "---|" * len(head), *(_row(*_count(one)) for one in reports)]


def _count(report: Report) -> tuple[object, ...]:
    cell, tests = report.cell, report.results
    libraries = f"{'lowest, others ' if cell.lowest else ''}as of {cell.airflow.as_of}"
    start = (cell.name, cell.airflow.version, cell.python_name, libraries)
    if report.not_run:
        return (*start, "", "", "", "", "", f"NOT RUN: {report.not_run}", "", "")
    dag = f"{report.arrived} records, each once" if report.arrived else "failed"
    verdict = "passed" if report.good else "FAILED"
    return (
        *start,
        "without slow ones" if report.quick else "all",
        tests.passed,
        len(tests.failed),
        sum(tests.skipped.values()),
        dag,
        verdict,
        f"{report.seconds:.0f}",
        report.on,
    )


def _libraries(reports: Sequence[Report]) -> list[str]:
    rows = [_row(one.cell.name, *(one.versions.get(name, "") for name in LIBRARIES)) for one in reports if one.versions]
    return [_row("cell", *LIBRARIES), "|" + "---|" * (len(LIBRARIES) + 1), *rows]


def _skips(reports: Sequence[Report]) -> list[str]:
    reasons = sorted({reason for one in reports for reason in one.results.skipped})
    rows = [
        _row(
            reason,
            ", ".join(
                f"{one.cell.name} {one.results.skipped[reason]}" for one in reports if reason in one.results.skipped
            ),
        )
        for reason in reasons
    ]
    return [_row("reason of a skip", "cells and counts"), "|---|---|", *rows]
