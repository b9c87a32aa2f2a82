"""Responses to forms, and authors: two endpoints that Bento's documentation does not mention (Node and PHP SDKs;
WordPress and Statamic plugins).

Tested by tests/unit/api/responses/test_segments_and_forms.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import Json, items, text, written


class FormResponse(msgspec.Struct, frozen=True):
    """What one person entered into a form. Its ``repr`` shows no person.

    :param id: Bento's id, as a string.
    :param uuid: Bento's id of the event.
    :param email: the person's address.
    :param at: ISO 8601; when the form was sent.
    :param fields: what was entered.
    :param url: the page with the form.
    """

    id: str
    uuid: str | None = None
    email: str | None = None
    at: str | None = None
    fields: dict[str, Json] = {}
    url: str | None = None

    def __repr__(self) -> str:
        return f"FormResponse(id={self.id!r})"


class Author(msgspec.Struct, frozen=True):
    """A permitted sender of the site. Its ``repr`` shows no person.

    :param email: the address.
    :param name: the name that recipients see.
    :param id: Bento's id, as a string; ``""`` if Bento does not report it.
    """

    email: str
    name: str | None = None
    id: str = ""

    def __repr__(self) -> str:
        return f"Author(id={self.id!r})"


def form_responses(answer: Json) -> tuple[FormResponse, ...]:
    """Read ``/fetch/responses``; null data is an empty list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(_response(*found) for found in items(answer))


def authors(answer: Json) -> tuple[Author, ...]:
    """Read ``/fetch/authors``; null data is an empty list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(
        Author(written(inner.get("email")), text(inner.get("name")), identity) for identity, inner in items(answer)
    )


def _response(identity: str, inner: Mapping[str, Json]) -> FormResponse:
    data = _object(inner, "data") or inner
    return FormResponse(
        identity,
        text(inner.get("uuid")),
        text(_object(data, "identity").get("email")) or text(data.get("email")),
        text(data.get("date")),
        dict(_object(data, "fields")),
        text(_object(data, "page").get("url")),
    )


def _object(found: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = found.get(key)
    return value if isinstance(value, Mapping) else {}
