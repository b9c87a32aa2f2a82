"""One broadcast: how it looks, who gets it; knows the store and what may be shown of somebody else's HTML.

Tested by tests/sandbox/test_page_safety.py.
"""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.responses import HTMLResponse

from airflow_provider_bento.sandbox.page.cache import Cache
from airflow_provider_bento.sandbox.page.filters import SIZE, Part, Place
from airflow_provider_bento.sandbox.page.security_headers import PREVIEW_POLICY
from airflow_provider_bento.sandbox.store.broadcasts import Broadcasts
from airflow_provider_bento.sandbox.store.storage import Row, Slice

_LIQUID: Final = re.compile(r"\{\{|\{%")
# Links want a window of their own, which the sandbox of the frame does not give: they do nothing.
_PAPER: Final = """<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<base target="_blank">
<style>
body { margin: 24px; font: 16px/1.5 system-ui, sans-serif; color: #1d2126; background: #fff; overflow-wrap: anywhere }
img { max-width: 100% } pre { white-space: pre-wrap }
</style>
"""


def preview(broadcast: Row) -> HTMLResponse:
    """Return what was sent as the body, to be shown so that nothing in it can run or load."""
    content = broadcast["content"]
    if broadcast["type"] == "markdown":
        escaped = content.replace("&", "&amp;").replace("<", "&lt;")
        content = f"<pre>{escaped}</pre>"
    headers = {"Content-Security-Policy": PREVIEW_POLICY}
    return HTMLResponse((_PAPER + content).encode("utf-8", "replace"), headers=headers)


def notes(broadcast: Row) -> list[str]:
    """Return what to know about the preview."""
    found = ["The preview runs no scripts and loads nothing from the network: external images are not shown."]
    if broadcast["type"] == "markdown":
        found.append("Bento converts Markdown to HTML; the preview shows the source.")
    if broadcast["type"] == "layout":
        found.append("The layout is stored in Bento and not available here.")
    if _LIQUID.search(broadcast["content"] + broadcast["subject"]):
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
