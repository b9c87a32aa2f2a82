"""A row of POST /batch/subscribers: a person, tags, custom fields (docs: subscribers)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import invalid
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.parse import ENCODE, Record, read
from airflow_provider_bento.api.records.reserved import RESERVED
from airflow_provider_bento.api.records.values.email_and_tags import email, tags
from airflow_provider_bento.api.records.values.fields import checked
from airflow_provider_bento.api.records.values.scalars import scalar, text


class Subscriber(Record, frozen=True, gc=False):
    """A person to be created or updated by email. In its JSON, custom fields are flat, beside ``email``.

    :param email: the address, trimmed, its case kept.
    """

    email: str

    @property
    def idempotent(self) -> bool:
        """True: Bento merges by email and starts no automations."""
        return True


def parse_subscriber(row: Any) -> Subscriber | tuple[FieldError, ...]:
    """Return the row as a subscriber, or all its field errors.

    ``None`` omits a key; ``0``, ``False`` and ``""`` are values. Keys without a meaning for Bento become custom
    fields, which are flat; another spelling of a known key is an error. ``tags`` and ``remove_tags`` are what
    :func:`~.email_and_tags.tag_names` takes.

    :param row: any mapping with ``email``; never changed.
    """
    return read(row, _build)


def _build(row: Any) -> Subscriber:
    wire = checked(row, KEYS, _REQUIRED)
    return Subscriber(ENCODE(wire), wire["email"])


def _command(value: Any) -> str:
    found = text(value)
    if found in ("subscribe", "unsubscribe"):
        return found
    raise invalid("must be 'subscribe' or 'unsubscribe'")


_REQUIRED: Final[Mapping[str, str]] = {
    "email": (
        "is missing: Bento identifies people by it. The key is email, in lower case; map a column with another name: "
        "columns={'email': 'Email Address'}"
    )
}
KEYS: Final = Keys(
    dict.fromkeys((*contract.UTM_NAMES, "first_name", "last_name"), text)
    | {"email": email, "tags": tags, "remove_tags": tags, "command": _command},
    scalar,
    RESERVED,
)
"""The keys of a row; all others become custom fields."""
