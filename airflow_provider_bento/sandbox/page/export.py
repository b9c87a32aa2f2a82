"""Rows of a list as they are downloaded: dates in ISO 8601 to the second, JSON as it came.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from typing import Final

import msgspec

from airflow_provider_bento.sandbox.page.templating import iso
from airflow_provider_bento.sandbox.store.queries import INSTANTS, JSON
from airflow_provider_bento.sandbox.store.storage import Row

_INSTANTS: Final = INSTANTS | {"clock"}
_JSON: Final = JSON | {"emails"}


def exported(row: Row) -> Row:
    """Return a row for JSON Lines; ``time`` is an instant everywhere but in requests, which have ``clock`` too."""
    instants = _INSTANTS if "clock" in row else _INSTANTS | {"time"}
    return {name: _value(name, value, instants) for name, value in row.items()}


def _value(name: str, value: object, instants: frozenset[str]) -> object:
    if name in instants and isinstance(value, int):
        return iso(value)
    if name in _JSON and isinstance(value, str):
        return msgspec.Raw(value.encode())
    return value
