"""JSON of a reply to a value, strictly: what two readers could read differently is not read at all.

Tested by tests/unit/api/test_wire_replies.py.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec


class Unreadable(ValueError):
    """Not JSON, or an object has a duplicate key."""


def decoded(body: bytes) -> Any:
    """Return the value of a JSON text.

    :raises Unreadable: it is no JSON (RFC 8259), too deep, or has a key twice in one object, of which nobody knows
        which one counts.
    """
    try:
        value = msgspec.json.decode(body)
        json.loads(body.decode(), object_pairs_hook=_once)  # msgspec takes the last of several and says nothing
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Unreadable("no unambiguous JSON") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("a duplicate key")
