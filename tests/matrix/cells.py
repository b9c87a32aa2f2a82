"""The cells of the matrix: each Airflow on each Python that it knows, and two with the lowest versions allowed.

Tested by tests/matrix/test_cells.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from installs.airflows import FIRST, NEWEST, Airflow

PYTHONS: Final = ((3, 11), (3, 12), (3, 13))  # what the package's classifiers name

_UNIT: Final = (
    "assets", "connection", "decorators", "filesystem", "hooks", "lineage", "links", "notifications", "operators",
    "plugins", "sensors", "sources", "stores", "sync", "transfers", "triggers", "test_provider_info.py",
    "test_version_compat.py",
)  # fmt: skip
_CONFORMANCE: Final = ("dead_letter_sink", "key_value_store", "pacer", "source", "transfer")
TESTS: Final = (
    *(f"tests/unit/{name}" for name in _UNIT),
    *(f"tests/conformance/test_{name}_conformance.py" for name in _CONFORMANCE),
)
WITHOUT_AIRFLOW: Final = ("tests/unit/api", "tests/unit/delivery", "tests/network", "tests/sandbox")


@dataclass(frozen=True)
class Cell:
    """One environment: an Airflow, a Python, and how old its libraries are.

    :param lowest: whether each dependency that the package names has the lowest version that is allowed.
    """

    airflow: Airflow
    python: tuple[int, int]
    lowest: bool = False

    @property
    def python_name(self) -> str:
        """The Python as people write it."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def name(self) -> str:
        """The name of its folder and of its row in the table."""
        return f"{self.airflow.version}-py{self.python_name}{'-lowest' if self.lowest else ''}"

    def tests(self, *, quick: bool = False) -> tuple[str, ...]:
        """Return pytest's arguments: old libraries are also tested without Airflow, unless it must be quick."""
        if quick:
            return (*TESTS, "-m", "not slow")
        return (*TESTS, *WITHOUT_AIRFLOW) if self.lowest else TESTS


def _every_cell() -> tuple[Cell, ...]:
    dated = tuple(Cell(one, python) for one in NEWEST for python in PYTHONS if python <= one.newest_python)
    lowest = (Cell(FIRST[0], PYTHONS[0], lowest=True), Cell(NEWEST[-1], PYTHONS[0], lowest=True))
    return (*dated, *lowest)


CELLS: Final = _every_cell()
_CORNERS: Final = ("2.11.0-py3.11-lowest", "3.0.6-py3.12", "3.3.2-py3.13")
CORNERS: Final = tuple(cell for cell in CELLS if cell.name in _CORNERS)


def corners(has: Callable[[tuple[int, int]], bool]) -> tuple[Cell, ...]:
    """Return the corners, and for each whose Python is missing another cell of that Airflow.

    :param has: whether this machine has a Python.
    """
    chosen = list(CORNERS)
    for corner in CORNERS:
        if not has(corner.python):
            chosen += [one for one in CELLS if one.airflow.minor == corner.airflow.minor and has(one.python)][:1]
    return tuple(chosen)
