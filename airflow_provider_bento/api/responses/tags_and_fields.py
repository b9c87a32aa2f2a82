"""Tags and custom fields of a site (docs: tags, fields).

Tested by tests/unit/api/responses/test_tags_and_fields.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import Json, item, items, text, written


class Tag(msgspec.Struct, frozen=True):
    """A tag of the site.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param discarded_at: ISO 8601 if it was deleted; Bento keeps it in the list.
    """

    id: str
    name: str
    discarded_at: str | None = None


class Field(msgspec.Struct, frozen=True):
    """A custom field of the site.

    :param id: Bento's id, as a string.
    :param key: the key that records use.
    :param name: the name that Bento derives from it.
    :param whitelisted: as Bento reports it; ``None`` if it does not.
    """

    id: str
    key: str
    name: str | None = None
    whitelisted: bool | None = None


def tags(answer: Json) -> tuple[Tag, ...]:
    """Read ``/fetch/tags``; null data is an empty list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(_tag(*found) for found in items(answer))


def tag(answer: Json) -> Tag | None:
    """Read POST ``/fetch/tags``: an object, or a list of one; ``None``: the reply does not show the tag."""
    found = item(answer)
    return _tag(*found) if found and found[1].get("name") else None


def fields(answer: Json) -> tuple[Field, ...]:
    """Read ``/fetch/fields``; null data is an empty list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(_field(*found) for found in items(answer))


def field(answer: Json) -> Field | None:
    """Read POST ``/fetch/fields``: an object, or a list of one; ``None``: the reply does not show the field."""
    found = item(answer)
    return _field(*found) if found and found[1].get("key") else None


def _tag(identity: str, inner: Mapping[str, Json]) -> Tag:
    return Tag(identity, written(inner.get("name")), text(inner.get("discarded_at")))


def _field(identity: str, inner: Mapping[str, Json]) -> Field:
    listed = inner.get("whitelisted")
    whitelisted = {"true": True, "false": False}.get(listed) if isinstance(listed, str) else listed
    return Field(
        identity,
        written(inner.get("key")),
        text(inner.get("name")),
        whitelisted if isinstance(whitelisted, bool) else None,
    )
