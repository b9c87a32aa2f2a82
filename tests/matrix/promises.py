"""The table "What each Airflow supports" of ``docs/install.md``, and what an installed Airflow can do.

Tested by tests/matrix/test_promises.py.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, Final

from packaging.version import Version

PAGE: Final = Path(__file__).parents[2] / "docs" / "install.md"
_BEGIN: Final = "## What each Airflow supports"
_YES: Final = ("yes", "always", "also", "the same")

# Each row that a name of Airflow decides: the beginning of its first cell, and that name in version_compat.
DECIDED_BY: Final = {
    "a retry continues": "NEVER_EXPIRE",
    "a long wait": "HEEDS_RESCHEDULE_DATES",
    "a retry waits": "RetryPolicy",
    "sensors in the triggerer": "BaseTrigger",
    "a DAG that starts": "BaseEventTrigger",
}


def promised(row: str, minor: str, text: str) -> bool:
    """Return whether the table of a page says that a minor version of Airflow supports something.

    :param row: the beginning of the first cell of its row.
    :raises StopIteration: there is no such row, or no such column.
    """
    lines = [line for line in text.partition(_BEGIN)[2].splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    column = next(index for index, head in enumerate(rows[0]) if minor in head.split(", "))
    cell = next(cells for cells in rows if cells[0].startswith(row))[column]
    since = re.match(r"from (\d+\.\d+)", cell)
    return Version(minor) >= Version(since[1]) if since else cell.startswith(_YES)


def supported(row: str) -> bool:
    """Return whether the Airflow that is installed here has what a row needs."""
    compat: Any = importlib.import_module("airflow_provider_bento.version_compat")
    return bool(getattr(compat, DECIDED_BY[row]))


def approves() -> bool:
    """Return whether the Airflow that is installed here has operators that ask a person for approval."""
    try:
        importlib.import_module("airflow.providers.standard.operators.hitl")
    except Exception:  # noqa: BLE001 - before Airflow 3.1 the provider raises an error of its own, or has no such module
        return False
    return True
