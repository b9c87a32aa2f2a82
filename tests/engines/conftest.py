"""The engines for the tests of this folder, and what the tests measured, at the end of their report."""

from __future__ import annotations

from typing import Any

from engines.running import engines

__all__ = ["engines"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what each test recorded."""
    for report in terminalreporter.stats.get("passed", []):
        if report.when == "call" and report.user_properties:
            told = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {told}")
