"""Parameters that clients send in the query string or in the body, and pages of lists.

Tested by tests/sandbox/test_sandbox_experimental.py.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_bento.sandbox.bento_api.body import decoded_any
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask


def parameter(ask: Ask, name: str) -> Any:
    """Return a parameter of the body, or else of the query string; ``None`` if neither has it."""
    if name in ask.envelope:
        value = decoded_any(ask.envelope[name])
        if value is not None:
            return value
    return ask.query.get(name)


def text(ask: Ask, name: str) -> str:
    """Return a parameter without surrounding space; empty if it is absent or not text."""
    value = parameter(ask, name)
    return value.strip() if isinstance(value, str) else ""


def flag(ask: Ask, name: str) -> bool:
    """Whether a parameter is set: ``true`` or ``1``."""
    return parameter(ask, name) in (True, 1, "true", "1")


def page_number(value: object) -> int:
    """Return the number of a page, from 1 on; 1 for anything else."""
    digits = str(value)
    return max(1, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 1


def row_id(text: str) -> int | None:
    """Return the number of a row; ``None`` if no row can have it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
