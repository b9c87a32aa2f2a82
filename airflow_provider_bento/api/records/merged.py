"""Two rows about one person, merged the way Bento does: later values win, tags are united (Bento's docs, subscribers).

Tested by tests/unit/sources/test_merging.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_bento.api.records.values.email_and_tags import tag_names

__all__ = ["merged"]


def merged(earlier: Mapping[str, Any], later: Any) -> dict[str, Any]:
    """Return what Bento would have after both rows: later values win, ``None`` is ignored, tags are united.

    A tag that the later row adds is no longer removed, and one that it removes is no longer added.

    :param earlier: a row that is valid on its own.
    :param later: another one.
    """
    both = {**earlier, **{key: value for key, value in later.items() if value is not None}}
    adds, removes = _tags(later, "tags"), _tags(later, "remove_tags")
    for key, more, less in (("tags", adds, removes), ("remove_tags", removes, adds)):
        if both.get(key) is not None:
            kept = [tag for tag in _tags(earlier, key) if tag not in less and tag not in more]
            both[key] = [*kept, *more]
    return both


def _tags(row: Mapping[str, Any], key: str) -> list[str]:
    value = row.get(key)
    return [] if value is None else list(dict.fromkeys(tag_names(value)))
