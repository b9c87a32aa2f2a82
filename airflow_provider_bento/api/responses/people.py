"""People as Bento's look-up and search return them (docs: subscribers).

Tested by tests/unit/api/responses/test_people.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import Json, is_miss, item, items, text, unreadable, written


class Person(msgspec.Struct, frozen=True):
    """A subscriber as Bento knows it. Its ``repr`` shows no person.

    :param id: Bento's id, as a string.
    :param uuid: Bento's visitor id.
    :param email: the address.
    :param fields: custom fields; empty if Bento returns null.
    :param tag_ids: ids of tags; names come from ``/fetch/tags``.
    :param unsubscribed_at: ISO 8601, or ``None`` for a subscribed person.
    :param url: the person's page in Bento.
    """

    id: str
    uuid: str | None
    email: str
    fields: dict[str, Json]
    tag_ids: tuple[str, ...]
    unsubscribed_at: str | None
    url: str | None

    def __repr__(self) -> str:
        return f"Person(id={self.id!r})"


def person(answer: Json) -> Person | None:
    """Read GET ``/fetch/subscribers``; ``None`` if nobody was found (``{}`` or null data).

    :raises BentoUnreachable: the reply is anything else.
    """
    found = created_person(answer)
    if found is None and not is_miss(answer):
        raise unreadable("shows no person")
    return found


def created_person(answer: Json) -> Person | None:
    """Read POST ``/fetch/subscribers``; ``None``: the reply does not show the person."""
    found = item(answer)
    return _person(*found) if found and (found[0] or found[1].get("email") or found[1].get("uuid")) else None


def people(answer: Json) -> tuple[Person, ...]:
    """Read one page of ``/fetch/search``; an empty page ends the list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(_person(*found) for found in items(answer))


def _person(identity: str, inner: Mapping[str, Json]) -> Person:
    fields, tags = inner.get("fields"), inner.get("cached_tag_ids")
    return Person(
        id=identity,
        uuid=text(inner.get("uuid")),
        email=written(inner.get("email")),
        fields=dict(fields) if isinstance(fields, Mapping) else {},
        tag_ids=tuple(filter(None, map(written, tags))) if isinstance(tags, list) else (),
        unsubscribed_at=text(inner.get("unsubscribed_at")),
        url=text(inner.get("navigation_url")),
    )
