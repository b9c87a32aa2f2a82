"""The engines for the tests of this folder, and what the tests measured, at the end of their report."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from engines.running import engines

__all__ = ["engines"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what each test recorded; write it to the file that ``ENGINES_FACTS`` names, if any."""
    passed = [one for one in terminalreporter.stats.get("passed", []) if one.when == "call" and one.user_properties]
    for report in passed:
        told = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {told}")
    if path := os.environ.get("ENGINES_FACTS"):
        Path(path).write_text(json.dumps({name: value for report in passed for name, value in report.user_properties}))
