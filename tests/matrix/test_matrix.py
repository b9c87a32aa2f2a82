"""``make matrix`` itself: which cells it takes, and that a missing Python is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix import matrix
from matrix.cells import CELLS, CORNERS


def test_all_cells_are_run_unless_some_are_named() -> None:
    """In the order of their names on the command line."""
    assert matrix.chosen([], of_corners=False) == CELLS
    names = [CELLS[3].name, CELLS[1].name]
    assert [cell.name for cell in matrix.chosen(names, of_corners=False)] == names


def test_an_unknown_cell_ends_it() -> None:
    """With the names that there are."""
    with pytest.raises(SystemExit, match=r"No such cells: 9\.9-py3\.11\. There are: 2\.11\.2-py3\.11"):
        matrix.chosen(["9.9-py3.11"], of_corners=False)


def test_the_corners_are_among_what_is_quick() -> None:
    """Whatever Pythons this machine has."""
    assert set(CORNERS) <= set(matrix.chosen([], of_corners=True))


def test_a_cell_without_its_python_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And does not count as passed."""
    monkeypatch.setattr(matrix, "found", lambda _: None)
    report = matrix.report_of(CELLS[0], wheel=tmp_path / "no.whl", quick=False)
    assert report.not_run == "no Python 3.11 on this machine"
    assert not report.good
