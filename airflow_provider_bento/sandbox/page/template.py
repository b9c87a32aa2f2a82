"""One email template of a sequence or a workflow: its settings, and how it looks.

Tested by tests/sandbox/test_page_safety.py.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import HTMLResponse

from airflow_provider_bento.sandbox.page import preview as of_html
from airflow_provider_bento.sandbox.store.storage import Row


def preview(template: Row) -> HTMLResponse:
    """Return the HTML of the template as it was set."""
    return of_html.preview(template["html"])


def notes(template: Row) -> list[str]:
    """Return what to know about the preview."""
    found = [of_html.SAFE]
    if of_html.has_liquid(template["html"], template["subject"]):
        found.append("{{ … }} is Liquid: Bento fills it in for each person; the preview shows the source.")
    return found


def settings(template: Row) -> dict[str, Any]:
    """Return what was set besides subject and HTML, by name; the delay in one piece."""
    given: dict[str, Any] = msgspec.json.decode(template["settings"])
    count, unit = given.pop("delay_interval_count", None), given.pop("delay_interval", None)
    delay = {} if count is None and unit is None else {"delay": " ".join(str(part) for part in (count, unit) if part)}
    return {**delay, **{name: value for name, value in given.items() if value is not None}}
