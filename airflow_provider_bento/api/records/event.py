"""A row of POST /batch/events: something that a person did (docs: events)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import InvalidValue, Misspelled, shown
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.parse import ENCODE, Record, read
from airflow_provider_bento.api.records.purchase import purchase_errors
from airflow_provider_bento.api.records.reserved import FIELDS
from airflow_provider_bento.api.records.values.email_and_tags import email, only_tag
from airflow_provider_bento.api.records.values.fields import checked, ruled
from airflow_provider_bento.api.records.values.nested import nested
from airflow_provider_bento.api.records.values.scalars import line, scalar
from airflow_provider_bento.api.records.values.timestamps import moment


class Event(Record, frozen=True, gc=False):
    """Something that a person did.

    :param type: its name; ``$`` marks Bento's own.
    :param email: the person's address.
    :param idempotent: whether it is a purchase with a unique key (Bento counts it once), or bypasses workflows.
    """

    type: str
    email: str
    idempotent: bool


def parse_event(row: Any) -> Event | tuple[FieldError, ...]:
    """Return the row as an event, or all its field errors.

    ``fields`` are flat, ``details`` may be nested; ``date`` without a zone is UTC. What Bento's own events need is
    checked: the key, currency and amount of a ``$purchase``, the one tag of ``$tag`` and ``$remove_tag``, the fields of
    ``$update_fields``. ``details.bypass_workflows`` may be ``True``; ``False`` omits it.

    :param row: any mapping with ``type`` and ``email``; never changed.
    """
    return read(row, _build)


def _build(row: Any) -> Event:
    wire = ruled(row, KEYS, _REQUIRED, _rules)
    kind = wire["type"]
    harmless = _bypass(wire.get("details", {})) or kind == contract.PURCHASE
    return Event(ENCODE(wire), kind, wire["email"], harmless)


def _bypass(details: dict[str, Any]) -> bool:
    """Set the text ``"true"``, which Bento expects; for false, remove the key."""
    if contract.BYPASS_WORKFLOWS not in details:
        return False
    if details[contract.BYPASS_WORKFLOWS] in (False, "false"):
        del details[contract.BYPASS_WORKFLOWS]
        return False
    details[contract.BYPASS_WORKFLOWS] = "true"
    return True


def _rules(wire: dict[str, Any]) -> list[FieldError]:
    kind, details = wire.get("type", ""), wire.get("details", {})
    field_errors = purchase_errors(details) if kind == contract.PURCHASE else []
    if kind in ("$tag", "$remove_tag"):
        field_errors += _tag_errors(details)
    if kind == "$update_fields" and not wire.get("fields"):
        field_errors.append(FieldError("fields", "must contain at least one field: $update_fields sets them"))
    if details.keys() <= DETAILS.keys() and contract.BYPASS_WORKFLOWS not in details:  # most events
        return field_errors
    return field_errors + _bypass_errors(details)


def _tag_errors(details: dict[str, Any]) -> list[FieldError]:
    """Return what is wrong with the tag of an event; a valid one becomes its name."""
    if "tag" not in details:
        return [FieldError("details.tag", "is missing: the name of the tag")]
    try:
        details["tag"] = only_tag(details.get("tag"))
    except InvalidValue as invalid_value:
        return InvalidValue().take("details.tag", invalid_value).field_errors
    return []


def _bypass_errors(details: dict[str, Any]) -> list[FieldError]:
    """Refuse anything unclear, another spelling of the key too: if it were taken for false, people would get mail."""
    field_errors = []
    for name in [key for key in details if key not in DETAILS]:
        if DETAILS.meant(name):
            field_errors += (
                InvalidValue().take(f"details.{shown(name)}", Misspelled(contract.BYPASS_WORKFLOWS)).field_errors
            )
        else:
            DETAILS[name]  # remembered as one that is no other spelling
    bypass = details.get(contract.BYPASS_WORKFLOWS)
    # 1 equals True, so the type counts.
    if not (bypass is None or isinstance(bypass, bool) or bypass in ("true", "false")):
        field_errors.append(FieldError(f"details.{contract.BYPASS_WORKFLOWS}", "must be True or False"))
    return field_errors


def _fields(value: Any) -> dict[str, Any]:
    return checked(value, FIELDS)


_REQUIRED: Final[Mapping[str, str]] = {"type": "is missing: the event's name", "email": "is missing: whose event it is"}
KEYS: Final = Keys({"type": line, "email": email, "fields": _fields, "details": nested, "date": moment}, None)
"""The keys of a row; there are no others."""

DETAILS: Final = Keys(
    {contract.BYPASS_WORKFLOWS: scalar}, scalar, near=("unique", "value", "cart", contract.BYPASS_WORKFLOWS)
)
"""The keys of details with a meaning for Bento; all others are the author's."""
