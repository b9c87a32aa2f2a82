"""What a cell's tests reported: counts, and why tests were skipped, from pytest's JUnit file.

Tested by tests/matrix/test_results.py.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

# A skip is right if the Airflow of the cell cannot do what is tested, or if the test says that it needs what no cell
# has. Any other reason means that a tool was not installed, and the cell did not test what it should.
_RIGHT: Final = re.compile(
    r"Airflow (2|2\.11|before|3|3\.\d)\b|before Airflow|this Airflow|only Airflow|root may write|beside this checkout"
    r"|could not import 'airflow\.sdk|NOT TESTED: only root"
)


@dataclass(frozen=True)
class Results:
    """What one run of pytest reported.

    :param skipped: how many tests were skipped, by reason.
    :param failed: the names of the tests that failed.
    """

    passed: int
    skipped: dict[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()

    @property
    def wrongly_skipped(self) -> dict[str, int]:
        """The reasons that are about the environment, not about the version of Airflow."""
        return {reason: count for reason, count in self.skipped.items() if not _RIGHT.search(reason)}


def read(junit: Path) -> Results:
    """Return what a JUnit file of pytest contains; a test that fails in its teardown too is one failed test."""
    outcomes: dict[str, tuple[str, str]] = {}
    for case in ET.parse(junit).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        outcomes[name] = max(outcomes.get(name, ("", "")), _outcome(case))
    kinds = Counter(kind for kind, _ in outcomes.values())
    skipped = dict(Counter(reason for kind, reason in outcomes.values() if kind == "2 skipped"))
    failed = tuple(name for name, (kind, _) in outcomes.items() if kind == "3 failed")
    return Results(kinds["1 passed"], skipped, failed)


def _outcome(case: ET.Element) -> tuple[str, str]:
    if case.find("failure") is not None or case.find("error") is not None:
        return "3 failed", ""
    skip = case.find("skipped")
    return ("1 passed", "") if skip is None else ("2 skipped", _reason(skip))


def _reason(skip: ET.Element) -> str:
    """The reason of a module that is skipped as a whole is in the text: path, line, reason."""
    message = skip.get("message") or ""
    if message != "collection skipped":
        return message
    return str(ast.literal_eval(skip.text or "")[2]).removeprefix("Skipped: ")
