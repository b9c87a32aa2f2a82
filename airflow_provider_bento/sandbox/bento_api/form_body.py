"""From a form's body to the values that JSON would have; knows Rails' brackets, never endpoints.

Tested by tests/sandbox/test_sandbox_access.py.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from airflow_provider_bento.sandbox.bento_api.replies import reject

FORM: Final = "application/x-www-form-urlencoded"
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP: Final = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST: Final = 32  # brackets in a row; Rack accepts no more either


def form_values(body: bytes) -> dict[str, Any]:
    """Return the values of a form by name; all are text.

    ``a[b]=1`` is ``{"a": {"b": "1"}}``, ``a[]=1&a[]=2`` is ``{"a": ["1", "2"]}``, and ``a[][b]=1&a[][b]=2`` a list of
    two objects, as Rails reads them (bentonow.com/docs data_deletion_requests shows the first form).

    :raises RequestRejected: 400 if names contradict each other, or the body is not UTF-8.
    """
    values: dict[str, Any] = {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        for name, value in pairs:
            _put(values, _path(name), value)
    except (UnicodeDecodeError, ValueError):
        reject(400, {"error": "The form cannot be read"}, "invalid form")
    return values


def _path(name: str) -> list[str]:
    """Return the steps of a name; an empty one appends to a list.

    :raises ValueError: the brackets nest too deeply.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return [name]
    steps = [match[1], *_STEP.findall(match[2])]
    if len(steps) > _DEEPEST:
        raise ValueError("too deep")
    return steps


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    """Store a value under its path.

    :raises ValueError: another value has the same name with other brackets.
    """
    name, *rest = path
    if not rest:
        into[name] = value
    elif rest[0]:
        _put(_kept(into, name, {}), rest, value)
    elif len(rest) == 1:
        _kept(into, name, []).append(value)
    else:
        _put(_row(_kept(into, name, []), rest[1]), rest[1:], value)


def _kept(into: dict[str, Any], name: str, empty: Any) -> Any:
    found = into.setdefault(name, empty)
    if type(found) is not type(empty):
        raise ValueError("other brackets")
    return found


def _row(rows: list[Any], name: str) -> dict[str, Any]:
    """Return the object that a value of this name belongs to: the last one, or a new one if that has the name."""
    if not rows or not isinstance(rows[-1], dict) or name in rows[-1]:
        rows.append({})
    row: dict[str, Any] = rows[-1]
    return row
