"""Mutants that no test notices, and why none needs to: the changed line, and the reason."""

from __future__ import annotations

from typing import Final

EXPLAINED: Final[dict[str, str]] = {}
