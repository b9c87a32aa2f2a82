"""Typed replies of the reading endpoints. Any field may be missing, because Bento's generations differ; but a list must
be a list, because a broadcast that is not listed may be created again.

Sources: docs pages subscribers, tags, broadcasts; `bento-node-sdk` 2.0.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from airflow_provider_bento.exceptions import BentoUnreachable

Json = Any


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


class Tag(msgspec.Struct, frozen=True):
    """A tag of the site.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param discarded_at: ISO 8601 if it was deleted; Bento keeps it in the list.
    """

    id: str
    name: str
    discarded_at: str | None = None


class ListedBroadcast(msgspec.Struct, frozen=True):
    """A broadcast in Bento's list.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param created_at: ISO 8601, or ``None`` if Bento does not report it.
    :param url: its public or dashboard address, if Bento reports one.
    """

    id: str
    name: str
    created_at: str | None = None
    url: str | None = None


def person(answer: Json) -> Person | None:
    """Read GET or POST ``/fetch/subscribers``; ``None`` if nobody was found (``{}`` or null data)."""
    item = _data(answer)
    if isinstance(item, list):
        item = item[0] if item else None
    if not isinstance(item, Mapping) or not item:
        return None
    inner = _inner(item)
    fields, tags = inner.get("fields"), inner.get("cached_tag_ids")
    return Person(
        id=str(item.get("id", "")),
        uuid=_text(inner.get("uuid")),
        email=str(inner.get("email", "")),
        fields=dict(fields) if isinstance(fields, Mapping) else {},
        tag_ids=tuple(map(str, tags)) if isinstance(tags, list) else (),
        unsubscribed_at=_text(inner.get("unsubscribed_at")),
        url=_text(inner.get("navigation_url")),
    )


def tags(answer: Json) -> tuple[Tag, ...]:
    """Read ``/fetch/tags``; null data is an empty list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(
        Tag(identity, str(inner.get("name", "")), _text(inner.get("discarded_at")))
        for identity, inner in _items(answer)
    )


def broadcasts(answer: Json) -> tuple[ListedBroadcast, ...]:
    """Read one page of ``/fetch/broadcasts``; an empty page ends the list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(
        ListedBroadcast(
            identity,
            str(inner.get("name", "")),
            _text(inner.get("created_at")),
            _text(inner.get("dashboard_url")) or _text(inner.get("share_url")),
        )
        for identity, inner in _items(answer)
    )


def _data(answer: Json) -> Json:
    return answer.get("data") if isinstance(answer, Mapping) else answer


def _items(answer: Json) -> list[tuple[str, Mapping[str, Json]]]:
    """The objects of a list reply, each with its id; ``data`` or, in older replies, ``broadcasts``."""
    rows = _listed(answer)
    if not all(isinstance(item, Mapping) for item in rows):
        raise _no_list()
    return [(str(item.get("id", _inner(item).get("id", ""))), _inner(item)) for item in rows]


def _listed(answer: Json) -> list[Json]:
    if isinstance(answer, list):
        return answer
    reply = answer if isinstance(answer, Mapping) else {}
    found = [reply[key] for key in ("data", "broadcasts") if key in reply]
    data: Json = next((value for value in found if value is not None), [] if found else None)
    if isinstance(data, Mapping) and "id" in data:
        return [data]
    if not isinstance(data, list):
        raise _no_list()
    return data


def _no_list() -> BentoUnreachable:
    return BentoUnreachable("Bento's reply contains no list; nothing was changed.")


def _inner(item: Mapping[str, Json]) -> Mapping[str, Json]:
    inner = item.get("attributes")
    return inner if isinstance(inner, Mapping) else item


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
