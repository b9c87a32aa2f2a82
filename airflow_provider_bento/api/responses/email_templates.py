"""Emails of sequences and workflows, and the sequences and workflows themselves (docs: sequences, workflows, email
templates).

Tested by tests/unit/api/responses/test_email_templates.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import (
    Json,
    attributes,
    identity,
    is_miss,
    item,
    items,
    text,
    unreadable,
    written,
)


class TemplateRef(msgspec.Struct, frozen=True):
    """An email of a sequence or a workflow. Its ``repr`` shows no content.

    :param id: Bento's id, as a string, for the email template's own endpoint.
    :param subject: the subject line.
    """

    id: str
    subject: str | None = None

    def __repr__(self) -> str:
        return f"TemplateRef(id={self.id!r})"


class Sequence(msgspec.Struct, frozen=True):
    """A sequence of emails.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param templates: its emails, in Bento's order.
    :param created_at: ISO 8601.
    :param prefix_id: the id with a prefix, like ``sequence_abc123``, if Bento reports it.
    """

    id: str
    name: str
    templates: tuple[TemplateRef, ...] = ()
    created_at: str | None = None
    prefix_id: str | None = None


class Workflow(msgspec.Struct, frozen=True):
    """A workflow.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param status: ``live`` or ``draft``.
    :param templates: its emails, in Bento's order.
    :param created_at: ISO 8601.
    """

    id: str
    name: str
    status: str | None = None
    templates: tuple[TemplateRef, ...] = ()
    created_at: str | None = None


class EmailTemplate(msgspec.Struct, frozen=True):
    """An email with its content, which its ``repr`` does not show.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param subject: the subject line.
    :param html: the body.
    :param created_at: ISO 8601.
    :param stats: whatever Bento counts; empty if it counts nothing.
    """

    id: str
    name: str | None = None
    subject: str | None = None
    html: str | None = None
    created_at: str | None = None
    stats: dict[str, Json] = {}

    def __repr__(self) -> str:
        return f"EmailTemplate(id={self.id!r})"


def sequences(answer: Json) -> tuple[Sequence, ...]:
    """Read one page of ``/fetch/sequences``; an empty page ends the list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(
        Sequence(
            found,
            written(inner.get("name")),
            _templates(inner),
            text(inner.get("created_at")),
            text(inner.get("prefix_id")),
        )
        for found, inner in items(answer)
    )


def workflows(answer: Json) -> tuple[Workflow, ...]:
    """Read one page of ``/fetch/workflows``; an empty page ends the list.

    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(
        Workflow(
            found,
            written(inner.get("name")),
            text(inner.get("status")),
            _templates(inner),
            text(inner.get("created_at")),
        )
        for found, inner in items(answer)
    )


def email_template(answer: Json) -> EmailTemplate | None:
    """Read ``/fetch/emails/templates/:id``; ``None`` if there is none (``{}`` or null data).

    :raises BentoUnreachable: the reply is anything else.
    """
    found = changed_template(answer)
    if found is None and not is_miss(answer):
        raise unreadable("shows no email template")
    return found


def changed_template(answer: Json) -> EmailTemplate | None:
    """Read the reply to a new or changed email; ``None``: it does not show the email."""
    found = item(answer)
    if not found or not (found[0] or found[1].get("subject")):
        return None
    inner = found[1]
    stats = inner.get("stats")
    return EmailTemplate(
        found[0],
        text(inner.get("name")),
        text(inner.get("subject")),
        text(inner.get("html")),
        text(inner.get("created_at")),
        dict(stats) if isinstance(stats, Mapping) else {},
    )


def _templates(inner: Mapping[str, Json]) -> tuple[TemplateRef, ...]:
    listed = inner.get("email_templates")
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    return tuple(TemplateRef(identity(row), text(attributes(row).get("subject"))) for row in rows)
