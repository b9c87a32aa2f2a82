"""One broadcast: how it looks, who gets it; reads the store.

Tested by tests/sandbox/test_page_safety.py.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse

from airflow_provider_bento.sandbox.page import preview as of_html
from airflow_provider_bento.sandbox.page.cache import Cache
from airflow_provider_bento.sandbox.page.filters import SIZE, Part, Place
from airflow_provider_bento.sandbox.store.broadcasts import Broadcasts
from airflow_provider_bento.sandbox.store.storage import Row, Slice


def preview(broadcast: Row) -> HTMLResponse:
    """Return what was sent as the body, to be shown so that nothing in it can run or load."""
    content: str = broadcast["content"]
    return of_html.preview(of_html.as_written(content) if broadcast["type"] == "markdown" else content)


def notes(broadcast: Row) -> list[str]:
    """Return what to know about the preview."""
    found = [of_html.SAFE]
    if broadcast["type"] == "markdown":
        found.append("Bento converts Markdown to HTML; the preview shows the source.")
    if broadcast["type"] == "layout":
        found.append("The layout is stored in Bento and not available here.")
    if of_html.has_liquid(broadcast["content"], broadcast["subject"]):
        found.append("{{ … }} is Liquid: Bento fills it in for each person; the preview shows the source.")
    return found


def audience(broadcasts: Broadcasts, broadcast: Row, place: Place, cache: Cache) -> dict[str, Any]:
    """Return one page of the people who received it, or would receive it now, and how many there are."""
    reading = broadcasts.got if broadcast["status"] == "sent" else broadcasts.still_to_get
    part = Slice(place.after, SIZE + 1)
    rows = cache.get(("audience", broadcast["id"], part), lambda: reading(broadcast, part))
    size = cache.get(("audience size", broadcast["id"]), lambda: broadcasts.audience_size(broadcast))
    return {
        "got": broadcast["status"] == "sent",
        "size": broadcast["sent"] if broadcast["status"] == "sent" else size,
        "part": Part(rows[:SIZE], newer=None, older=rows[SIZE - 1]["id"] if len(rows) > SIZE else None),
    }
