"""A row of POST /batch/events: something that a person did (docs: events, unique events)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.records import checks
from airflow_provider_bento.api.records.checks import MISSING, Faults
from airflow_provider_bento.api.records.moments import moment
from airflow_provider_bento.api.records.nested import flat, nested
from airflow_provider_bento.api.records.reading import checked, present, read, refuse_unknown

_CURRENCY: Final = re.compile("[A-Z]{3}")


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that a person did. Its ``repr`` shows no person.

    :param type: its name; ``$`` marks Bento's own.
    :param email: the person's address.
    :param wire: the event as sent.
    :param harmless_to_repeat: whether it is a purchase with a unique key, or bypasses workflows.
    """

    type: str
    email: str
    wire: dict[str, Any]
    harmless_to_repeat: bool

    def encode(self) -> bytes:
        """Return the JSON of the event."""
        return checks.ENCODER.encode(self.wire)

    def __repr__(self) -> str:
        return f"<Event {self.type}>"


def parse_event(row: Any) -> Event | tuple[Fault, ...]:
    """Return the row as an event, or all its faults.

    ``fields`` are flat, ``details`` may be nested; ``date`` without a zone is UTC. A ``$purchase`` needs
    ``details.unique.key``, ``details.value.currency`` and ``details.value.amount`` in the currency's smallest unit.
    """
    return read(row, _build)


def _build(row: Mapping[Any, Any], faults: Faults) -> Event:
    given = dict(checks.keys_of(row, "", faults))
    refuse_unknown(given, contract.EVENT_KEYS, faults)
    wire = present(
        {
            "type": checked(given, "type", checks.text, faults, wanted="is missing: the event's name"),
            "email": checked(given, "email", checks.email, faults, wanted="is missing: whose event it is"),
            "fields": checked(given, "fields", flat, faults),
            "details": checked(given, "details", nested, faults),
            "date": checked(given, "date", moment, faults),
        }
    )
    kind, details = str(wire.get("type", "")), wire.get("details", {})
    bypasses = _bypass(details, faults)
    _rules_of(kind, wire, details, faults)
    return Event(kind, wire.get("email", ""), wire, bypasses or kind == contract.PURCHASE)


def _bypass(details: dict[str, Any], faults: Faults) -> bool:
    """Bento wants the word ``"true"``; anything but a clear yes or no is a fault, for people would be mailed."""
    value = details.pop(contract.BYPASS_WORKFLOWS, None)
    if value is True or value == "true":
        details[contract.BYPASS_WORKFLOWS] = "true"
        return True
    if value is not None and value is not False and value != "false":
        faults.add(f"details.{contract.BYPASS_WORKFLOWS}", "must be true or false")
    return False


def _rules_of(kind: str, wire: dict[str, Any], details: dict[str, Any], faults: Faults) -> None:
    """What Bento's own events need."""
    if kind == contract.PURCHASE:
        _purchase(details, faults)
    elif kind in ("$tag", "$remove_tag") and not _is_text(details.get("tag")):
        faults.add("details.tag", f"is missing: {kind} needs the tag's name")
    elif kind == "$update_fields" and not wire.get("fields"):
        faults.add("fields", "is missing: $update_fields needs at least one")


def _purchase(details: dict[str, Any], faults: Faults) -> None:
    unique, value = _object(details, "unique"), _object(details, "value")
    key, amount, currency = unique.get("key", MISSING), value.get("amount", MISSING), value.get("currency")
    if not _is_text(key) and (not isinstance(key, int) or isinstance(key, bool)):
        faults.add("details.unique.key", "is missing: the order's or invoice's own id, so that it is counted once")
    if not isinstance(amount, int) or isinstance(amount, bool):
        faults.add("details.value.amount", "must be a whole number of the currency's smallest unit: 1999, not 19.99")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        faults.add("details.value.currency", "must be an ISO 4217 code of three capital letters, like USD")


def _object(details: dict[str, Any], name: str) -> dict[str, Any]:
    value = details.get(name)
    return value if isinstance(value, dict) else {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
