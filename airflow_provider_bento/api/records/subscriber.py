"""A row of POST /batch/subscribers: a person, tags, custom fields (docs: subscribers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.records import checks
from airflow_provider_bento.api.records.checks import MISSING, Faults
from airflow_provider_bento.api.records.reading import read


class Subscriber(msgspec.Struct, frozen=True, gc=False):
    """A person to be created or updated by e-mail. Its ``repr`` shows no person.

    :param email: the address, trimmed, its case kept.
    :param wire: the row as sent: custom fields stand flat beside ``email``.
    """

    email: str
    wire: dict[str, Any]

    @property
    def harmless_to_repeat(self) -> bool:
        """True: Bento merges by e-mail and starts no automations."""
        return True

    def encode(self) -> bytes:
        """Return the JSON of the row."""
        return checks.ENCODER.encode(self.wire)

    def __repr__(self) -> str:
        return f"<Subscriber with {len(self.wire)} fields>"


def parse_subscriber(row: Any) -> Subscriber | tuple[Fault, ...]:
    """Return the row as a subscriber, or all its faults.

    ``None`` leaves a key out; ``0``, ``False`` and ``""`` are values. Keys that Bento gives no meaning become custom
    fields, which are flat. ``tags`` and ``remove_tags`` are lists or comma text.
    """
    return read(row, _build)


def _build(row: Mapping[Any, Any], faults: Faults) -> Subscriber:
    wire: dict[str, Any] = {}
    for key, value in checks.keys_of(row, "", faults):
        found = _CHECKS.get(key, checks.scalar)(value, checks.shown(key), faults)
        if found is not MISSING:
            wire[key] = found
    if row.get("email") is None:
        faults.add("email", "is missing: Bento finds people by it")
    return Subscriber(wire.get("email", ""), wire)


def _plain(value: Any, path: str, faults: Faults) -> Any:
    return checks.text(value, path, faults, empty=True)


def _command(value: Any, path: str, faults: Faults) -> Any:
    return value if value in ("subscribe", "unsubscribe") else faults.add(path, "must be 'subscribe' or 'unsubscribe'")


def _forbidden(value: Any, path: str, faults: Faults) -> Any:  # noqa: ARG001  (a check's signature)
    return faults.add(path, "has a meaning of its own in Bento; custom fields stand beside email, under another name")


_CHECKS: Final[Mapping[str, Callable[[Any, str, Faults], Any]]] = MappingProxyType(
    dict.fromkeys((*contract.UTM_NAMES, "first_name", "last_name"), _plain)
    | dict.fromkeys(contract.FORBIDDEN_FIELDS, _forbidden)
    | {"email": checks.email, "tags": checks.tags, "remove_tags": checks.tags, "command": _command}
)
