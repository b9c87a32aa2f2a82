"""The files of the page over ASGI, as a server below a base path calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("starlette", reason="Airflow 2.11 has no page")

from airflow_provider_bento.plugins.bento import LazyPage
from airflow_provider_bento.plugins.static_page import HEADERS, static_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'"
)


class Reply(NamedTuple):
    """What a browser gets."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def asked(app: Any, path: str, *, method: str = "GET", base: str = "", **headers: str) -> Reply:
    """Call the app as Airflow does that has mounted it at ``/bento``, itself below ``base``.

    :param path: below the mount, percent-decoded, as servers hand it on.
    """
    sent: list[Any] = []
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": f"{base}/bento{path}", "raw_path": b"", "query_string": b"", "root_path": f"{base}/bento",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> Any:
        return await asyncio.Event().wait()  # the browser stays

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture
def app(tmp_path: Path) -> Any:
    """Files of ours, and a secret beside their folder."""
    folder = tmp_path / "static"
    (folder / "sub").mkdir(parents=True)
    (folder / "page.html").write_text("<!doctype html>")
    (folder / "page.js").write_text("1")
    (folder / "sub" / "lib.css").write_text("a{}")
    (tmp_path / "secret.txt").write_text("hunter2")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return static_page(folder)


@pytest.mark.parametrize("base", ["", "/airflow"])
@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page.html", "text/html"), ("/page.js", "text/javascript"), ("/sub/lib.css", "text/css")],
)
def test_every_file_is_served_with_all_headers(app: Any, path: str, kind: str, base: str) -> None:
    """The folder itself is the page."""
    reply = asked(app, path, base=base)
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, kind)
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= reply.headers.items()
    assert reply.headers["content-security-policy"] == POLICY
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.js", "/sub", "/sub/", "/../secret.txt", "/sub/../../secret.txt", "//etc/passwd", "/link.txt",
        "/a\0b", "/" + "x" * 5000, "/..\\secret.txt", "/~root", "/static/page.js",
    ],
)  # fmt: skip
def test_everything_else_is_not_found(app: Any, path: str) -> None:
    """No way leads out of the folder, and errors have the headers, too."""
    reply = asked(app, path)
    assert reply.status == 404
    assert b"hunter2" not in reply.body
    assert reply.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize("path", ["/", "/page.js"])
def test_a_head_has_the_headers_alone(app: Any, path: str) -> None:
    """As long as the answer would be."""
    reply, whole = asked(app, path, method="HEAD"), asked(app, path)
    assert (reply.status, reply.body, reply.headers) == (200, b"", whole.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/page.js"])
def test_nothing_can_be_changed(app: Any, path: str, method: str) -> None:
    """The page has nothing to be told."""
    assert asked(app, path, method=method).status == 405


@pytest.mark.parametrize("path", ["/", "/page.js"])
def test_what_a_browser_has_is_not_sent_again(app: Any, path: str) -> None:
    """But asked for each time, so that after an upgrade nothing old is shown."""
    first = asked(app, path)
    again = asked(app, path, if_none_match=first.headers["etag"])
    assert (again.status, again.body, again.headers["cache-control"]) == (304, b"", "no-cache")


def test_the_page_that_is_shipped_is_there_and_needs_nothing_from_elsewhere() -> None:
    """Its policy forbids it: no other host, no script or style inside the page."""
    reply = asked(LazyPage(), "/")
    assert reply.status == 200
    page = reply.body.decode()
    assert "<title>" in page
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert 'src="http' not in page
    assert asked(LazyPage(), "/icon.svg").headers["content-type"] == "image/svg+xml"
