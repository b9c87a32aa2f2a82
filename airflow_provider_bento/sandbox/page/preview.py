"""Somebody else's HTML, shown so that nothing in it can run or load; knows no store.

Tested by tests/sandbox/test_page_safety.py.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import HTMLResponse

from airflow_provider_bento.sandbox.page.security_headers import PREVIEW_POLICY

SAFE: Final = "The preview runs no scripts and loads nothing from the network: external images are not shown."
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


def preview(html: str) -> HTMLResponse:
    """Return the HTML of a mail in a document of its own."""
    headers = {"Content-Security-Policy": PREVIEW_POLICY}
    return HTMLResponse((_PAPER + html).encode("utf-8", "replace"), headers=headers)


def as_written(text: str) -> str:
    """Return HTML that shows a text, whatever is in it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<pre>{escaped}</pre>"


def has_liquid(*texts: str) -> bool:
    """Whether Bento would fill something in."""
    return any(_LIQUID.search(text) for text in texts)
