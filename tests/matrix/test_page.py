"""The page with the tables: every cell is in it and passed, and every floor was installed in one of the cells."""

from __future__ import annotations

import pytest
from matrix.cells import CELLS
from matrix.floors import at_floor, floors
from matrix.page import PAGE, between, filled
from matrix.table import LIBRARIES


def rows() -> dict[str, list[list[str]]]:
    """Return the cells of the page's tables, by what is first in a row."""
    found: dict[str, list[list[str]]] = {}
    for line in between(PAGE.read_text(encoding="utf-8")).splitlines():
        if line.startswith("|"):
            name, *cells = [one.strip() for one in line.strip("|").split("|")]
            found.setdefault(name, []).append(cells)
    return found


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_page_says_that_the_cell_passed(cell: object) -> None:
    """As the run printed it: some thousand tests, no failure, and the DAG."""
    counts, libraries = rows()[getattr(cell, "name", "")]
    passed, failed, _, dag, result, *_ = counts[4:]
    assert (int(passed) > 2000, failed, dag, result) == (True, "0", "24 records, each once", "passed")
    assert len(libraries) == len(LIBRARIES)


def test_every_floor_was_tested() -> None:
    """What ``pyproject.toml`` allows was installed in one of the cells with the lowest versions."""
    table = rows()
    tested = set()
    for cell in CELLS:
        if cell.lowest:
            tested |= at_floor(dict(zip(LIBRARIES, table[cell.name][1], strict=True)), floors())
    assert tested == set(floors())


def test_the_page_names_no_cell_that_is_gone() -> None:
    """Nor one that was renamed."""
    assert {name for name in rows() if "-py" in name} == {cell.name for cell in CELLS}


def test_only_what_is_between_the_marks_is_replaced() -> None:
    """A run writes its tables there."""
    page = "before\n<!-- begin: make matrix -->\nold\n<!-- end: make matrix -->\nafter\n"
    new = filled(page, "| a |\n", "Run today.")
    assert new == "before\n<!-- begin: make matrix -->\n\nRun today.\n\n| a |\n<!-- end: make matrix -->\nafter\n"
    assert "| a |" in between(new)


def test_a_page_without_marks_is_not_written() -> None:
    """The tables would be lost without a word."""
    with pytest.raises(ValueError, match="the page needs the lines"):
        filled("no marks", "| a |", "Run today.")
