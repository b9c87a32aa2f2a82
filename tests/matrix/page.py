"""The page ``docs/matrix.md``: the tables of a run between two marks, with its date and machine.

Tested by tests/matrix/test_page.py.
"""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "matrix.md"
BEGIN: Final = "<!-- begin: make matrix -->"
END: Final = "<!-- end: make matrix -->"


def between(text: str, begin: str = BEGIN, end: str = END) -> str:
    """Return what is between the marks."""
    return text.partition(begin)[2].partition(end)[0]


def filled(text: str, tables: str, when: str) -> str:
    """Return the page with other tables.

    :raises ValueError: the page does not contain the marks.
    """
    if BEGIN not in text or END not in text.partition(BEGIN)[2]:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{text.partition(BEGIN)[0]}{BEGIN}\n\n{when}\n\n{tables}{END}{text.partition(END)[2]}"


def write(tables: str, path: Path = PAGE) -> None:
    """Put the tables of a run that ended now into the page."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    when = f"Written on {datetime.now(UTC):%Y-%m-%d}; run on {machine}, which also did other work."
    path.write_text(filled(path.read_text(encoding="utf-8"), tables, when), encoding="utf-8")
