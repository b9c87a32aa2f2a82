"""What can be wrong with one record; never contains values of records.

Tested by tests/unit/api/records/test_field_error_advice.py.
"""

from __future__ import annotations

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One thing that is wrong with a record.

    :param field: path of the field, like ``details.value.amount``; empty: the whole record.
    :param reason: what is wanted instead; never the value found.
    """

    field: str
    reason: str
