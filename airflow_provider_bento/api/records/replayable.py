"""A record as it was sent, as a row from which the same record is made again.

Tested by tests/unit/api/records/test_replayable.py.
"""

from __future__ import annotations

from typing import Any

__all__ = ["row_of"]

_ONE_TAG = ("$tag", "$remove_tag")


def row_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return a row of what was sent: tags as a list, because some names, such as ``null``, are no tags in a text.

    :param record: a record of a subscriber or an event, decoded; changed.
    """
    for key in ("tags", "remove_tags"):
        if isinstance(record.get(key), str):  # an event has no such keys
            record[key] = record[key].split(",")
    details = record.get("details")
    if record.get("type") in _ONE_TAG and isinstance(details, dict) and isinstance(details.get("tag"), str):
        details["tag"] = [details["tag"]]
    return record
