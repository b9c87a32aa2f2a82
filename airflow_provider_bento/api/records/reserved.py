"""Names that cannot be custom fields, because Bento reserves them, and what to use instead.

Tested by tests/unit/api/records/test_keys.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records.invalid import Check, invalid
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.values.scalars import scalar

_INSTEAD: Final = {
    "fields": "write custom fields flat, each under its own name",
    "site_uuid": "the site is set in the connection, omit it",
    "id": "use another name, such as customer_id",
    "uuid": "use another name, such as customer_uuid",
    "created_at": "use another name, such as signed_up_at",
}
_INSTEAD_IN_FIELDS: Final = {
    "email": "it belongs beside fields; use the command change_email to change it",
    "tags": "send a $tag event for each, or import the subscriber",
    "remove_tags": "send a $remove_tag event for each, or import the subscriber",
    "command": "send a $subscribe or $unsubscribe event",
}


def _refused(instead: str) -> Check:
    def check(value: Any) -> Any:  # noqa: ARG001  (no value will do)
        raise invalid(f"cannot be a custom field, Bento reserves it: {instead}")

    return check


RESERVED: Final[Mapping[str, Check]] = MappingProxyType(
    {name: _refused(_INSTEAD.get(name, "use another name")) for name in sorted(contract.FORBIDDEN_FIELDS)}
)
"""Checks that always fail, by name."""

FIELDS: Final = Keys(
    dict.fromkeys(("first_name", "last_name", *contract.UTM_NAMES), scalar),
    scalar,
    dict(RESERVED) | {name: _refused(instead) for name, instead in _INSTEAD_IN_FIELDS.items()},
)
"""The keys of ``fields`` of an event and of single fields, where what a subscriber row says beside its fields has no
place either.
"""
