"""Segments of a site (docs: segments).

Tested by tests/unit/api/responses/test_segments_and_forms.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import Json, is_miss, item, items, text, unreadable, written


class Segment(msgspec.Struct, frozen=True):
    """A segment; deleted ones are not listed.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param description: what a person wrote about it.
    :param created_at: ISO 8601.
    :param updated_at: ISO 8601.
    """

    id: str
    name: str
    description: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


def segments(answer: Json) -> tuple[Segment, ...]:
    """Read ``/fetch/segments``; null data is an empty list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(_segment(*found) for found in items(answer))


def segment(answer: Json) -> Segment | None:
    """Read ``/fetch/segments/:id``; ``None`` if there is none (``{}`` or null data).

    :raises BentoUnreachable: the reply is anything else.
    """
    found = item(answer)
    if found and (found[0] or found[1].get("name")):
        return _segment(*found)
    if is_miss(answer):
        return None
    raise unreadable("shows no segment")


def _segment(identity: str, inner: Mapping[str, Json]) -> Segment:
    return Segment(
        identity,
        written(inner.get("name")),
        text(inner.get("description")),
        text(inner.get("created_at")),
        text(inner.get("updated_at")),
    )
