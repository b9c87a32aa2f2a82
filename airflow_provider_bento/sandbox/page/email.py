"""One email of the outbox: its envelope, its values, and how it looks; reads the store.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import HTMLResponse

from airflow_provider_bento.sandbox.page import preview as of_html
from airflow_provider_bento.sandbox.store.app_queries import emails
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Row, Slice, Storage


def email(storage: Storage, id: int) -> Row | None:  # noqa: A002 - the column's name
    """Return one email as its recipient sees it, with the other headers as ``also``; ``None`` if there is none."""
    query = emails(storage, Filters())
    query.conditions.add("e.id = :email", email=id)
    found = query.rows(Slice(limit=1))
    return {**found[0], "also": _also(found[0]["record"])} if found else None


def _also(record: str) -> dict[str, str]:
    """Return the headers that no source documents for every client, by what a mail program calls them."""
    sent: dict[str, Any] = msgspec.json.decode(record)
    names = {"Reply to": "reply_to", "Cc": "cc", "Bcc": "bcc"}
    return {title: str(sent[name]) for title, name in names.items() if sent.get(name)}


def preview(email: Row) -> HTMLResponse:
    """Return the body: the HTML, else the text."""
    html: str | None = email["html_body"]
    return of_html.preview(html or of_html.as_written(email["text_body"] or ""))


def notes(email: Row) -> list[str]:
    """Return what to know about the preview."""
    found = [of_html.SAFE]
    if not email["html_body"]:
        found.append("This email has no HTML; the preview shows its text.")
    if of_html.has_liquid(email["html_body"] or "", email["subject"] or ""):
        found.append("{{ … }} that is left is Liquid without a value in personalizations, or more than a name.")
    return found
