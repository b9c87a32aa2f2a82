"""What tests of the sandbox's page share: screens, pages, and how records are pushed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from playwright.sync_api import Page

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

LAPTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LISTED = (
    "/",
    "/people",
    "/events",
    "/emails",
    "/broadcasts",
    "/journeys",
    "/automations",
    "/deletions",
    "/rejects",
    "/requests",
    "/stats",
)
PAGES = (*LISTED, "/people/1", "/broadcasts/1", "/emails/1", "/templates/1")
HTML = (
    "<h1>Fresh today</h1><p>Hello {{ visitor.first_name }}</p><a href='https://evil.example/go'>order</a>"
    "<img src='https://evil.example/pixel.png'><script>parent.pwned=1;top.location='https://evil.example'</script>"
    "<meta http-equiv=refresh content='0;url=https://evil.example'><form action='https://evil.example'><button>send</button></form>"
    "<iframe src='https://evil.example'></iframe><style>@import 'https://evil.example/x.css'</style>"
)
Opener = Callable[..., Page]


def send(sandbox: RunningSandbox, kind: str, *records: Any) -> int:
    """Push records; return the status."""
    answer = requests.post(
        f"{sandbox.api}/batch/{kind}",
        params={"site_uuid": sandbox.connection["schema"]},
        json={kind: list(records)},
        auth=(sandbox.connection["login"], sandbox.connection["password"]),
        headers={"User-Agent": "airflow-provider-bento/tests"},
        timeout=10,
    )
    return answer.status_code


def delete(sandbox: RunningSandbox, email: str) -> int:
    """Ask for the deletion of a person; return the status."""
    answer = requests.post(
        f"{sandbox.api}/data_deletion_requests",
        data={"site_uuid": sandbox.connection["schema"], "data_deletion_request[email]": email},
        auth=(sandbox.connection["login"], sandbox.connection["password"]),
        timeout=10,
    )
    return answer.status_code


def email(**more: Any) -> dict[str, Any]:
    """Return an email."""
    text = {"subject": "Fresh, {{ name }}", "html_body": HTML, "personalizations": {"name": "Ada"}}
    return {"to": "ada@example.com", "from": "shop@example.com", **text, **more}


def broadcast(**more: Any) -> dict[str, Any]:
    """Return a broadcast."""
    return {"name": "Digest", "subject": "Fresh today", "content": HTML, "type": "raw", "inclusive_tags": "vip", **more}
