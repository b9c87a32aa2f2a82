"""By what a row is known to a snapshot: a person by the email address, an event or email by a field of the author's.

Tested by tests/unit/sync/test_keys.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from airflow_provider_bento.api.records.values.email_and_tags import address_key, comparable
from airflow_provider_bento.delivery.validated_rows import Item, ValidRow

__all__ = ["FieldKey", "KeyOf", "PersonKey"]

_SCALARS = (str, int, Decimal, UUID, date)
_ADDRESS = "to"  # of an email; Bento ignores its case


class KeyOf(Protocol):
    """Finds the key of a row."""

    @property
    def missing(self) -> str:
        """Why a valid row without a key cannot be sent."""
        ...

    def __call__(self, item: Item) -> str | None:
        """Return the key; ``None``: the row has none."""
        ...


class PersonKey:
    """The address, as Bento compares it; also of an invalid row, if its address can be read."""

    missing = "has no email"

    def __call__(self, item: Item) -> str | None:
        """Return the address in lower case."""
        if isinstance(item, ValidRow):
            return comparable(item.record.email)
        try:
            return address_key(item.row.data.get("email"))  # type: ignore[attr-defined]  # anything else is caught
        except Exception:  # noqa: BLE001 - a foreign row may raise anything; validation says so
            return None


class FieldKey:
    """The value of a field of the record, or else of a column of the row, together with what it is unique within.

    :param path: the field, dots nest: ``details.order_id``.
    :param within: another field: the value is a key of its own for each value of it, such as the ``type`` of an event.
    """

    def __init__(self, path: str, within: str) -> None:
        self._path = path
        self._within = within
        self.missing = f"has no {path} (text or a number), which once_by needs"

    def __call__(self, item: Item) -> str | None:
        """Return the key; ``None`` if the value is missing, empty, or neither text nor a whole number nor a date."""
        try:
            return self._key(item)
        except Exception:  # noqa: BLE001 - a foreign row may raise anything, and so does a number of 5,000 digits
            return None

    def _key(self, item: Item) -> str | None:
        value = _at(item.row.data, self._path)
        if value is None and item.row.unmapped is not None:
            value = _at(item.row.unmapped, self._path)
        if isinstance(value, bool) or not isinstance(value, _SCALARS) or not (written := str(value).strip()):
            return None
        within = str(_at(item.row.data, self._within)).strip()
        return f"{comparable(within) if self._within == _ADDRESS else within}\n{written}"


def _at(row: Any, path: str) -> Any:
    """Return the value of a column of this name, or of a nested field."""
    if not isinstance(row, Mapping):
        return None
    if path in row:
        return row[path]
    name, _, rest = path.partition(".")
    return _at(row.get(name), rest) if rest else None
