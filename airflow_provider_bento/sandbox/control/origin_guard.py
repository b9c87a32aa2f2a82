"""Who may call the sandbox: the person at this machine, no page of another site; knows headers only.

Tested by tests/sandbox/test_page_safety.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Lets a request through to ``app`` only if it cannot come from another site's page.

    The Host must be one of ours (against DNS rebinding), an Origin must be the Host's own, the browser must not
    call it cross-site, and a body must be declared as JSON, which no plain form can do. API clients send neither an
    Origin nor what a browser says of itself.

    :param app: what is guarded.
    :param hosts: host names to accept besides the loopback names.
    :param linked: whether a link on another site's page may lead here; ``app`` must then change nothing on a GET.
    :param json_only: whether a body must be declared as JSON; ``app`` must check keys otherwise, which no form sends.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str] = (), *, linked: bool = False, json_only: bool = True
    ) -> None:
        self._app = app
        self._hosts = LOOPBACK | {host.lower() for host in hosts}
        self._linked = linked
        self._json_only = json_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 or 415."""
        headers = Headers(scope=scope)
        rejection = self._rejection(scope["method"], headers)
        if rejection is None:
            await self._app(scope, receive, send)
        else:
            status, error = rejection
            await JSONResponse({"error": error}, status)(scope, receive, send)

    def _rejection(self, method: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if _name(host) not in self._hosts:
            return 403, "Unknown host name; start the sandbox with --allow-host to allow it"
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return 403, "Requests from other sites are rejected"
        elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        if elsewhere and not (self._linked and _follows_a_link(method, headers)):
            return 403, "Requests from other sites are rejected"
        if self._json_only and method == "POST" and _media(headers) != "application/json":
            return 415, "Content-Type must be application/json"
        return None


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _follows_a_link(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser opens a page of its own for this, rather than showing it to the page that asked."""
    return method == "GET" and (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )


def _media(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
