"""Broadcasts as Bento lists them (docs: broadcasts).

Tested by tests/unit/api/responses/test_broadcasts.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.api.responses.envelope import Json, items, number, text, written


class BroadcastTemplate(msgspec.Struct, frozen=True):
    """The content of a broadcast; of a draft Bento shows only the id. Its ``repr`` shows no content.

    :param id: Bento's id, as a string; ``None`` if Bento does not report it.
    :param subject: the subject line.
    :param to: the recipient, as Liquid: ``{{ visitor.email }}``.
    :param html: the body.
    """

    id: str | None = None
    subject: str | None = None
    to: str | None = None
    html: str | None = None

    def __repr__(self) -> str:
        return f"BroadcastTemplate(id={self.id!r})"


class ListedBroadcast(msgspec.Struct, frozen=True):
    """A broadcast in Bento's list. Its ``repr`` shows no content.

    :param id: Bento's id, as a string.
    :param name: its name.
    :param created_at: ISO 8601, or ``None`` if Bento does not report it.
    :param url: its public or dashboard address, if Bento reports one.
    :param state: the status that was asked for, because Bento's list does not repeat it.
    :param send_at: ISO 8601; when it is, or was, to be sent.
    :param sent_final_batch_at: ISO 8601; when its last emails were sent.
    :param open_rate: in percent.
    :param stats: everything that Bento counts, ``open_rate`` included.
    :param template: its content.
    """

    id: str
    name: str
    created_at: str | None = None
    url: str | None = None
    state: BroadcastStatus | None = None
    send_at: str | None = None
    sent_final_batch_at: str | None = None
    open_rate: float | None = None
    stats: tuple[tuple[str, float], ...] = ()
    template: BroadcastTemplate | None = None

    def __repr__(self) -> str:
        return f"ListedBroadcast(id={self.id!r}, name={self.name!r}, state={self.state!r})"


def broadcasts(answer: Json, state: BroadcastStatus | None = None) -> tuple[ListedBroadcast, ...]:
    """Read one page of ``/fetch/broadcasts``; an empty page ends the list.

    :param state: the status that was asked for.
    :raises BentoUnreachable: the reply contains no list.
    """
    return tuple(_broadcast(identity, inner, state) for identity, inner in items(answer))


def _broadcast(identity: str, inner: Mapping[str, Json], state: BroadcastStatus | None) -> ListedBroadcast:
    stats = _numbers(inner.get("stats"))
    return ListedBroadcast(
        identity,
        written(inner.get("name")),
        created_at=text(inner.get("created_at")),
        url=text(inner.get("dashboard_url")) or text(inner.get("share_url")),
        state=state,
        send_at=text(inner.get("send_at")),
        sent_final_batch_at=text(inner.get("sent_final_batch_at")),
        open_rate=dict(stats).get("open_rate"),
        stats=stats,
        template=_template(inner),
    )


def _numbers(stats: Json) -> tuple[tuple[str, float], ...]:
    pairs = stats.items() if isinstance(stats, Mapping) else ()
    return tuple((str(name), found) for name, value in pairs if (found := number(value)) is not None)


def _template(inner: Mapping[str, Json]) -> BroadcastTemplate | None:
    """Return the template; types of older SDKs have subject and content beside the name."""
    found = inner.get("template")
    if not isinstance(found, Mapping):
        found = {"subject": inner.get("subject"), "html": inner.get("content"), "template_id": inner.get("template_id")}
    template = BroadcastTemplate(
        written(found.get("template_id", found.get("id"))) or None,
        text(found.get("subject")),
        text(found.get("to")),
        text(found.get("html")),
    )
    return None if template == BroadcastTemplate() else template
