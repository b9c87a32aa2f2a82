"""A Bento that accepts everything and does as little as it can, so that it does not slow down whom it measures.

Run as ``python cost_sink.py``; prints its address. The sandbox would be busy with each record on the other core.
"""

from __future__ import annotations

import asyncio
import re

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
RECORD = b'"email":'  # once in each record


class Sink(asyncio.Protocol):
    """Says of each batch that all of its records were accepted."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]  # of a TCP connection

    def data_received(self, data: bytes) -> None:
        """Answer once a request is complete; a client sends the next one after the answer."""
        self.parts.append(data)
        if self.missing <= 0:
            head, end, rest = b"".join(self.parts).partition(b"\r\n\r\n")
            if not end:
                return
            length = LENGTH.search(head)
            self.missing = (int(length[1]) if length else 0) - len(rest)
        else:
            self.missing -= len(data)
        if self.missing <= 0:
            count = b"".join(self.parts).count(RECORD)
            self.parts.clear()
            body = b'{"results":%d,"failed":0}' % count
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            )


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print("http://{}:{}".format(*server.sockets[0].getsockname()[:2]), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
