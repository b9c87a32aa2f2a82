"""Objects inside a record: flat ones (``fields``) and nested ones (``details``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.api.records.checks import MISSING, Faults, below, keys_of, scalar

DEEPEST: Final = 32
"""Levels of nesting that details may have; no real event comes near, and a loop ends here."""


def flat(value: Any, path: str, faults: Faults) -> dict[str, Any]:
    """Return an object of scalars; a nested value is a fault that names its key."""
    if not isinstance(value, Mapping):
        faults.add(path, 'must be an object: {"key": value}')
        return {}
    checked = ((key, scalar(item, below(path, key), faults)) for key, item in keys_of(value, path, faults))
    return {key: item for key, item in checked if item is not MISSING}


def nested(value: Any, path: str, faults: Faults) -> dict[str, Any]:
    """Return an object that may hold objects and lists."""
    if not isinstance(value, Mapping):
        faults.add(path, 'must be an object: {"key": value}')
        return {}
    found: dict[str, Any] = _object(value, path, faults, 1)
    return found


def _any(value: Any, path: str, faults: Faults, depth: int) -> Any:
    if not isinstance(value, Mapping | list | tuple):
        return scalar(value, path, faults)
    if depth > DEEPEST:
        return faults.add(_start(path), f"is nested more than {DEEPEST} levels deep, or contains itself")
    if isinstance(value, Mapping):
        return _object(value, path, faults, depth + 1)
    checked = (
        None if item is None else _any(item, f"{path}[{index}]", faults, depth + 1) for index, item in enumerate(value)
    )
    return [item for item in checked if item is not MISSING]


def _object(value: Mapping[Any, Any], path: str, faults: Faults, depth: int) -> Any:
    checked = ((key, _any(item, below(path, key), faults, depth)) for key, item in keys_of(value, path, faults))
    return {key: item for key, item in checked if item is not MISSING}


def _start(path: str) -> str:
    """A path so deep is shown by its beginning."""
    return ".".join(path.split(".")[:4])[:80]
