"""A row of POST /data_deletion_requests: a person whose data Bento deletes (docs: data_deletion_requests).

Tested by tests/unit/api/records/test_deletion_rows.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.parse import ENCODE, Record, read
from airflow_provider_bento.api.records.values.email_and_tags import email
from airflow_provider_bento.api.records.values.fields import checked


class Deletion(Record, frozen=True, gc=False):
    """A person to be deleted.

    :param email: the address, trimmed, its case kept.
    """

    email: str

    @property
    def idempotent(self) -> bool:
        """True: a person who was deleted already is not there to be deleted again."""
        return True


def parse_deletion(row: Any) -> Deletion | tuple[FieldError, ...]:
    """Return the row as a deletion, or all its field errors.

    :param row: any mapping with ``email`` and nothing else; never changed.
    """
    return read(row, _build)


def _build(row: Any) -> Deletion:
    wire = checked(row, _KEYS, _REQUIRED)
    return Deletion(ENCODE(wire), wire["email"])


_REQUIRED: Final = {"email": "is missing: the address of the person to delete"}
_KEYS: Final = Keys({"email": email}, None)
