"""``make matrix``: the wheel in each Airflow on each Python, with libraries of its date: tests, and a DAG end to end.

Two cells run at a time. A cell whose Python is not on this machine is reported as NOT RUN: the whole matrix then fails,
but the corners (``--corners``) do not; they leave out the slow tests. ``--write`` puts the latest report of each cell
into ``docs/matrix.md``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # this folder, whose matrix.py would hide the folder itself
    sys.path[0] = str(Path(__file__).parents[1])

from distributions import built
from installs.installs import DidNotWork
from matrix import end_to_end, page
from matrix.cells import CELLS, Cell, corners
from matrix.environments import CHECKOUT, FOLDER, built_environment, checkout, versions
from matrix.pythons import found
from matrix.results import Results, read
from matrix.table import Report, kept, latest, markdown


def results_of(cell: Cell, interpreter: Path, *, quick: bool) -> tuple[Results, str]:
    """Run the cell's tests; return what they reported, and the output if the run itself did not work."""
    junit, log = FOLDER / f"{cell.name}.xml", FOLDER / f"{cell.name}.log"
    junit.unlink(missing_ok=True)
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONSAFEPATH"}}
    options = ("-p", "no:cacheprovider", f"--junitxml={junit}")
    command = [interpreter, "-P", "-m", "pytest", *options, "tests/matrix/in_cell.py", *cell.tests(quick=quick)]
    with log.open("wb") as output:
        status = subprocess.run(
            command, cwd=CHECKOUT, env={**env, "MATRIX_CELL": cell.name}, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, timeout=3600, check=False,
        ).returncode  # fmt: skip
    wrong = "" if status == 0 else f"pytest ended with {status}: {log}\n{log.read_text(errors='replace')[-4000:]}"
    return (read(junit) if junit.exists() else Results(0)), wrong


def report_of(cell: Cell, *, wheel: Path, quick: bool) -> Report:
    """Return what a cell reports; a failure is a part of the report."""
    python = found(cell.python)
    if python is None:
        return Report(cell, not_run=f"no Python {cell.python_name} on this machine")
    begun, today = time.monotonic(), f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        interpreter = built_environment(cell, python, wheel)
        installed = versions(interpreter)
        results, error = results_of(cell, interpreter, quick=quick)
        arrived, other = _pushed(interpreter)
    except (DidNotWork, RuntimeError, subprocess.TimeoutExpired) as wrong:
        return Report(cell, error=str(wrong), seconds=time.monotonic() - begun, on=today, quick=quick)
    error = "\n".join(filter(None, (error, other)))
    return Report(cell, results, installed, arrived, time.monotonic() - begun, error, on=today, quick=quick)


def _pushed(interpreter: Path) -> tuple[int, str]:
    try:
        return end_to_end.pushed(interpreter), ""
    except DidNotWork as wrong:
        return 0, str(wrong)


def _say(report: Report) -> Report:
    tests = report.results
    verdict = (report.not_run and f"NOT RUN: {report.not_run}") or ("passed" if report.good else "FAILED")
    counts = f"{tests.passed} passed, {len(tests.failed)} failed, {sum(tests.skipped.values())} skipped"
    lines = [f"{report.cell.name}: {verdict}; {counts}; {report.arrived} records arrived; {report.seconds:.0f} s"]
    lines += [report.error, *(f"  skipped {count}: {why}" for why, count in tests.wrongly_skipped.items())]
    sys.stdout.write("\n".join(filter(None, lines)) + "\n")
    sys.stdout.flush()
    return report


def chosen(names: Sequence[str], *, of_corners: bool) -> tuple[Cell, ...]:
    """Return the cells to run.

    :raises SystemExit: there is no such cell.
    """
    known = {cell.name: cell for cell in CELLS}
    if unknown := set(names) - set(known):
        raise SystemExit(f"No such cells: {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
    if names:
        return tuple(known[name] for name in names)
    return corners(lambda python: found(python) is not None) if of_corners else CELLS


def main() -> int:
    """Run the cells; return the exit status."""
    parser = argparse.ArgumentParser(prog="make matrix", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the tests that are marked as slow")
    parser.add_argument("--corners", action="store_true", help="three cells that this machine can run, quickly")
    parser.add_argument("--only", nargs="+", default=[], metavar="CELL", help="these cells, like 3.0.6-py3.12")
    parser.add_argument("--write", action="store_true", help="put the latest report of each cell into docs/matrix.md")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    checkout()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        wheel = built(Path(folder)).wheel
        cells = chosen(given.only, of_corners=given.corners)
        run = partial(report_of, wheel=wheel, quick=given.quick or given.corners)
        reports = list(pool.map(lambda cell: kept(_say(run(cell)), FOLDER), cells))
    sys.stdout.write(f"\n{markdown(reports)}")
    if given.write:
        page.write(markdown([latest(cell, FOLDER) or Report(cell, not_run="no report") for cell in CELLS]))
    required = [one for one in reports if not (given.corners and one.not_run)]
    return 0 if required and all(one.good for one in required) else 1


if __name__ == "__main__":
    sys.exit(main())
