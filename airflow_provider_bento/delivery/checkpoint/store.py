"""Where small values of a task instance are kept: the protocol, and a store in memory.

Tested by tests/conformance/test_key_value_store_conformance.py.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from airflow_provider_bento.delivery.values import JsonValue


class KeyValueStore(Protocol):
    """A few small JSON values of one task instance. One conformance suite runs over every implementation."""

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None`` if there is none.

        :raises BentoStateError: it cannot be read, or what is there is not JSON.
        """
        ...

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value; it is durable when this returns.

        :raises BentoStateError: it cannot be written.
        """
        ...

    def delete(self, key: str) -> None:
        """Forget the value; no error if there is none.

        :raises BentoStateError: it cannot be written.
        """
        ...


class MemoryStore:
    """Values in this process; a crash loses them."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None``."""
        return msgspec.json.decode(self._values[key]) if key in self._values else None

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value."""
        self._values[key] = msgspec.json.encode(value)

    def delete(self, key: str) -> None:
        """Forget the value."""
        self._values.pop(key, None)
