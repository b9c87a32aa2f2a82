"""A row of POST /batch/events: something that a person did (docs: events)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.records.addresses import email
from airflow_provider_bento.api.records.flaws import Check
from airflow_provider_bento.api.records.moments import moment
from airflow_provider_bento.api.records.nested import nested
from airflow_provider_bento.api.records.objects import checked, ruled
from airflow_provider_bento.api.records.purchase import is_text, purchase_faults
from airflow_provider_bento.api.records.reading import ENCODE, Record, read
from airflow_provider_bento.api.records.reserved import RESERVED_IN_FIELDS
from airflow_provider_bento.api.records.scalars import line


class Event(Record, frozen=True, gc=False):
    """Something that a person did.

    :param type: its name; ``$`` marks Bento's own.
    :param email: the person's address.
    :param harmless_to_repeat: whether it is a purchase with a unique key (Bento counts it once), or bypasses workflows.
    """

    type: str
    email: str
    harmless_to_repeat: bool


def parse_event(row: Any) -> Event | tuple[Fault, ...]:
    """Return the row as an event, or all its faults.

    ``fields`` are flat, ``details`` may be nested; ``date`` without a zone is UTC. What Bento's own events need is
    checked: the key, currency and amount of a ``$purchase``, the tag of ``$tag`` and ``$remove_tag``, the fields of
    ``$update_fields``. ``details.bypass_workflows`` may be ``True``; ``False`` leaves it out.

    :param row: any mapping with ``type`` and ``email``; never changed.
    """
    return read(row, _build)


def _build(row: Any) -> Event:
    wire = ruled(row, _CHECKS, _REQUIRED, _rules)
    kind = wire["type"]
    harmless = _bypass(wire.get("details", {})) or kind == contract.PURCHASE
    return Event(ENCODE(wire), kind, wire["email"], harmless)


def _bypass(details: dict[str, Any]) -> bool:
    """Bento wants the word ``"true"``, and no key at all for no."""
    if contract.BYPASS_WORKFLOWS not in details:
        return False
    if details[contract.BYPASS_WORKFLOWS] in (False, "false"):
        del details[contract.BYPASS_WORKFLOWS]
        return False
    details[contract.BYPASS_WORKFLOWS] = "true"
    return True


def _rules(wire: dict[str, Any]) -> list[Fault]:
    kind, details = wire.get("type", ""), wire.get("details", {})
    faults = purchase_faults(details) if kind == contract.PURCHASE else []
    if kind in ("$tag", "$remove_tag") and not is_text(details.get("tag")):
        faults.append(Fault("details.tag", f"must be the name of the tag: {kind} needs it"))
    if kind == "$update_fields" and not wire.get("fields"):
        faults.append(Fault("fields", "must hold at least one field: $update_fields sets them"))
    bypass = details.get(contract.BYPASS_WORKFLOWS)
    # Anything unclear is refused: taken for a no, it would mail people. 1 equals True, so the type counts.
    if not (bypass is None or isinstance(bypass, bool) or bypass in ("true", "false")):
        faults.append(Fault(f"details.{contract.BYPASS_WORKFLOWS}", "must be True or False"))
    return faults


def _fields(value: Any) -> dict[str, Any]:
    return checked(value, RESERVED_IN_FIELDS)


_REQUIRED: Final[Mapping[str, str]] = {"type": "is missing: the event's name", "email": "is missing: whose event it is"}
_CHECKS: Final[Mapping[str, Check]] = {
    "type": line,
    "email": email,
    "fields": _fields,
    "details": nested,
    "date": moment,
}
