"""A proxy between a client and the sandbox that records each request with its reply.

A client gets the address ``{url}/{label}``: the label says whose request it is, and the proxy removes it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

_PREFIX: Final = "/api/v1"
_OWN: Final = frozenset({"connection", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True)
class Exchange:
    """One request and its reply.

    :param label: who sent it.
    :param path: below ``/api/v1``, without the query.
    :param reply: the body: JSON if it is JSON, else its text without the last line's end.
    """

    label: str
    method: str
    path: str
    status: int
    reply: Any


@dataclass
class Recorder:
    """A running recorder.

    :param url: its address.
    :param exchanges: everything since it was started or :meth:`taken`, in order.
    """

    url: str
    exchanges: list[Exchange] = field(default_factory=list)

    def taken(self) -> list[Exchange]:
        """Return all exchanges so far and forget them."""
        before, self.exchanges[:] = list(self.exchanges), []
        return before


@contextlib.contextmanager
def recording(sandbox: str) -> Iterator[Recorder]:
    """Run a recorder in front of a sandbox until the end of the block.

    :param sandbox: its address, without ``/api/v1``.
    """
    exchanges: list[Exchange] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(urlsplit(sandbox).netloc, exchanges))
    thread = threading.Thread(target=server.serve_forever, name="recorder", daemon=True)
    thread.start()
    try:
        yield Recorder(f"http://127.0.0.1:{server.server_port}", exchanges)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(upstream: str, exchanges: list[Exchange]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            label, target = self._split()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(upstream, timeout=30)
            with contextlib.closing(connection):
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, _PREFIX + target, body or None, headers | {"Connection": "close"})
                answer = connection.getresponse()
                reply = answer.read()
            path = target.partition("?")[0]
            exchanges.append(Exchange(label, self.command, path, answer.status, _read(reply)))
            self._answer(answer, reply)

        def _split(self) -> tuple[str, str]:
            label, _, target = self.path.lstrip("/").partition(_PREFIX)
            return label, target

        def _answer(self, answer: http.client.HTTPResponse, reply: bytes) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_PATCH = do_DELETE = _pass_on  # noqa: N815  (the names that http.server looks for)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    return Handler


def _read(reply: bytes) -> Any:
    try:
        return json.loads(reply)
    except ValueError:
        return reply.decode(errors="replace").removesuffix("\n")
