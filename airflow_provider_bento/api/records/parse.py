"""Reads a row safely: whatever it is, it becomes a record or a list of field errors, never a traceback.

Tested by tests/unit/api/records/test_hostile_rows.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import InvalidValue, kind_of, unreadable

T = TypeVar("T")

ENCODE: Final = msgspec.json.Encoder().encode
"""Writes checked values as JSON, keys in the order of the row: equal rows become equal bytes."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """A valid row, already encoded. Neither its ``repr`` nor that of `rich` shows a person.

    :param body: the record as sent, as JSON.
    """

    body: bytes

    @property
    def group(self) -> str:
        """What it must share with all records of its request; empty: nothing."""
        return ""

    def encode(self) -> bytes:
        """Return the JSON of the record."""
        return self.body

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.body)} bytes>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


def read(row: Any, build: Callable[[Any], T]) -> T | tuple[FieldError, ...]:
    """Return what ``build`` makes of the row, or its field errors.

    :param build: makes the record; raises :class:`~.invalid.InvalidValue` with all that is wrong.
    """
    try:
        if type(row) is dict or isinstance(row, Mapping):
            return build(row)
        return (FieldError("", f"must be a dict of fields, not {kind_of(row)}"),)
    except InvalidValue as invalid_value:
        return invalid_value.reported() or (FieldError("", "has inconsistent keys"),)
    except Exception as error:  # noqa: BLE001  (a row of any class may raise anything; the error is the row's)
        return (unreadable("", error),)
