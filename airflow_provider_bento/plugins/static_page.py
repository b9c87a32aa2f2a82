"""The files of the page "Bento" over HTTP: nothing but files, with a policy that lets a browser run no other script.

The page holds no data. Its script asks Airflow's public REST API with the user's own session.

Tested by tests/unit/plugins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "PAGE", "static_page"]

_FOLDER: Final = Path(__file__).parent / "static"
PAGE: Final = "page.html"

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Kept, but asked for again each time by ETag: after an upgrade, page and script are of one version.
    "Cache-Control": "no-cache",
}


def static_page(folder: Path = _FOLDER) -> Starlette:
    """Return the app: ``/`` is the page, every file has its name; GET and HEAD only.

    :param folder: where the files are.
    """

    def page(request: Request) -> Response:
        return files.file_response(folder / PAGE, (folder / PAGE).stat(), request.scope)

    files = _Files(directory=folder)
    routes = [Route("/", page), Mount("/", files)]
    return Starlette(routes=routes, middleware=[Middleware(_WithHeaders)])


class _Files(StaticFiles):
    """Finds no file for a path that no file can have, such as one with a null byte."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(path)
        except ValueError:  # older releases of Starlette let it through, and the reply would be a 500
            return "", None


class _WithHeaders:
    """Puts the headers on every reply, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
