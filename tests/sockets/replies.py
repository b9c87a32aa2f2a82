"""Replies to a batch of one, byte by byte, with what is known after each; written from RFC 9110 and 9112."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import NamedTuple

BODY = b'{"results":1}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GOOD = HEAD + b"Content-Length: 13\r\n\r\n" + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Case(NamedTuple):
    """One reply.

    :param reply: its bytes.
    :param wanted: ``accepted``, or the class of the error.
    :param closes: whether the server closes after it; else it keeps the connection open.
    :param ends: whether that close is the only end of the reply: over TLS it proves nothing without a goodbye.
    """

    reply: bytes
    wanted: str
    closes: bool = True
    ends: bool = False


UNKNOWN = "BentoOutcomeUnknown"


def answer(body: bytes = BODY, status: str = "200 OK", *headers: bytes) -> bytes:
    """Return a well-framed reply."""
    more = b"".join(header + b"\r\n" for header in headers)
    length = f"Content-Length: {len(body)}\r\n".encode()
    return b"HTTP/1.1 " + status.encode() + b"\r\n" + more + length + b"\r\n" + body


def chunks(*pieces: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    """Return a reply in chunks."""
    return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + last


def cases() -> dict[str, Case]:
    """Return every case by its name."""
    listed = [*_good(), *_statuses(), *_framings(), *_chunks(), *_heads(), *_bodies(), *_encodings(), *_cut()]
    assert len({name for name, _ in listed}) == len(listed)
    return dict(listed)


def _good() -> Iterator[tuple[str, Case]]:
    kept = {
        "a length": GOOD,
        "201": answer(status="201 Created"),
        "202": answer(status="202 Accepted"),
        "no reason phrase": answer(status="200"),
        "chunks": chunks(BODY),
        "chunks of one byte": chunks(*(BODY[at : at + 1] for at in range(13))),
        "chunks with an extension": CHUNKED + b"d;name=value\r\n" + BODY + b"\r\n0\r\n\r\n",
        "chunks with a trailer": chunks(BODY, last=b"0\r\nX-Sum: 1\r\n\r\n"),
        "names in lower case": HEAD + b"content-length: 13\r\n\r\n" + BODY,
        "names in capitals": HEAD + b"CONTENT-LENGTH: 13\r\n\r\n" + BODY,
        "blanks around a length": HEAD + b"Content-Length:   13  \r\n\r\n" + BODY,
        "lines that end with a bare LF": GOOD[:-13].replace(b"\r\n", b"\n") + BODY,
        "a folded header": HEAD + b"X: a\r\n b\r\nContent-Length: 13\r\n\r\n" + BODY,
        "fifty headers": answer(BODY, "200 OK", *(b"X-%d: y" % number for number in range(50))),
        "a long header": answer(BODY, "200 OK", b"X: " + b"y" * 8000),
        "cookies": answer(BODY, "200 OK", b"Set-Cookie: a=b", b"Set-Cookie: c=d"),
        "the same length twice": HEAD + b"Content-Length: 13\r\nContent-Length: 13\r\n\r\n" + BODY,
        "blanks around the JSON": answer(b"\r\n " + BODY + b" \n"),
        "gzip": answer(gzip.compress(BODY), "200 OK", b"Content-Encoding: gzip"),
        "gzip in chunks": HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n" % len(gzip.compress(BODY)) + gzip.compress(BODY) + b"\r\n0\r\n\r\n",
        "deflate": answer(zlib.compress(BODY), "200 OK", b"Content-Encoding: deflate"),
        "identity": answer(BODY, "200 OK", b"Content-Encoding: identity"),
        "100 before": b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD,
        "five 100 before": b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + GOOD,
        "102 before": b"HTTP/1.1 102 Processing\r\n\r\n" + GOOD,
        "103 before": b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" + GOOD,
        "100, 102 and 103 before": b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\n\r\n" + GOOD,
        "two replies": GOOD + GOOD,
        "another reply after it": GOOD + answer(b'{"results":0,"failed":1}'),
        "junk after it": GOOD + b"junk",
    }  # fmt: skip
    for name, reply in kept.items():
        yield name, Case(reply, "accepted", closes=False)
    closing = {
        "an end instead of a length": HEAD + b"\r\n" + BODY,
        "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
        "HTTP/1.0 with a length": b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\n" + BODY,
        "Connection: close": answer(BODY, "200 OK", b"Connection: close"),
    }
    for name, reply in closing.items():
        yield name, Case(reply, "accepted", ends=b"Content-Length" not in reply)


def _statuses() -> Iterator[tuple[str, Case]]:
    refused = (400, 402, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 426, 431, 451)
    wanted = {
        "BentoRefusedError": refused,
        "BentoAccessError": (401, 403),
        "BentoSetupError": (301, 302, 307, 308, 407),
        "BentoRateLimited": (429,),
        UNKNOWN: (300, 303, 304, 305, 306, 408, *range(500, 512), *range(520, 528), 530, 599, 999),
    }  # fmt: skip
    for word, statuses in wanted.items():
        for status in statuses:
            bare = b"" if status == 304 else BODY
            yield f"status {status}", Case(answer(bare, f"{status} Because"), word)
    yield "status 503 with Retry-After", Case(answer(b"", "503 No", b"Retry-After: 1"), "BentoUnreachable")
    yield "status 204", Case(b"HTTP/1.1 204 No Content\r\n\r\n", UNKNOWN)
    yield "status 205", Case(answer(b"", "205 Reset"), UNKNOWN)
    yield "status 101", Case(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + BODY, UNKNOWN)


def _framings() -> Iterator[tuple[str, Case]]:
    odd = {
        "two lengths": b"Content-Length: 13\r\nContent-Length: 14",
        "two lengths, the longer first": b"Content-Length: 14\r\nContent-Length: 13",
        "two lengths in a list": b"Content-Length: 13, 20",
        "the same length in a list": b"Content-Length: 13, 13",
        "three lengths": b"Content-Length: 13\r\nContent-Length: 13\r\nContent-Length: 7",
        "a length and chunks": b"Content-Length: 13\r\nTransfer-Encoding: chunked",
        "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 13",
        "a negative length": b"Content-Length: -13",
        "a length with a sign": b"Content-Length: +13",
        "a length with an underscore": b"Content-Length: 1_3",
        "a length in hexadecimal": b"Content-Length: 0xd",
        "a length with a fraction": b"Content-Length: 13.0",
        "an empty length": b"Content-Length:",
        "a length in words": b"Content-Length: thirteen",
        "a transfer coding of gzip": b"Transfer-Encoding: gzip",
        "gzip, then chunks": b"Transfer-Encoding: gzip, chunked",
        "chunks twice": b"Transfer-Encoding: chunked, chunked",
        "two transfer codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "an unknown transfer coding": b"Transfer-Encoding: xchunked",
        "too long a length": b"Content-Length: 14",
        "far too long a length": b"Content-Length: 99999999999999999999",
        "too short a length": b"Content-Length: 12",
    }
    for name, headers in odd.items():
        yield name, Case(HEAD + headers + b"\r\n\r\n" + BODY, UNKNOWN)


def _chunks() -> Iterator[tuple[str, Case]]:
    odd = {
        "no size": CHUNKED + b"\r\n" + BODY,
        "a size that is no number": CHUNKED + b"xyz\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a negative size": CHUNKED + b"-d\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a size beyond the data": CHUNKED + b"ff\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a huge size": CHUNKED + b"ffffffffffffffff\r\n" + BODY,
        "no last chunk": chunks(BODY, last=b""),
        "half a last chunk": chunks(BODY, last=b"0"),
        "no end of the last chunk": chunks(BODY, last=b"0\r\n"),
        "an end inside a chunk": CHUNKED + b"d\r\n" + BODY[:6],
        "nothing": CHUNKED,
        "only the last chunk": chunks(),
    }
    for name, reply in odd.items():
        yield f"chunks: {name}", Case(reply, UNKNOWN)


def _heads() -> Iterator[tuple[str, Case]]:
    rest = b"\r\nContent-Length: 13\r\n\r\n" + BODY
    odd = {
        "nothing": b"",
        "an empty line": b"\r\n",
        "many empty lines": b"\r\n" * 200,
        "the body only, as in HTTP/0.9": BODY,
        "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
        "a name that is not HTTP": b"ICY 200 OK" + rest,
        "HTTP/2": b"HTTP/2 200" + rest,
        "HTTP/3.0": b"HTTP/3.0 200 OK" + rest,
        "settings of HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18,
        "a TLS alert": b"\x15\x03\x03\x00\x02\x02\x28",
        "zeros": b"\x00" * 500,
        "random bytes": bytes(range(256)) * 4,
        "no status": b"HTTP/1.1" + rest,
        "half a status": b"HTTP/1.1 20",
        "a status in words": b"HTTP/1.1 two OK" + rest,
        "a status below 100": b"HTTP/1.1 99 Low" + rest,
        "a status of four digits": b"HTTP/1.1 2000 OK" + rest,
        "a header without a colon": b"HTTP/1.1 200 OK\r\nContent-Length" + rest,
        "a header that is a sentence": b"HTTP/1.1 200 OK\r\nthe proxy says hello" + rest,
        "a head without an end": b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n",
        "half a header": b"HTTP/1.1 200 OK\r\nContent-Le",
        "two hundred headers": answer(BODY, "200 OK", *(b"X-%d: y" % number for number in range(200))),
        "a header of 70 kB": answer(BODY, "200 OK", b"X: " + b"y" * 70_000),
        "a status line of 70 kB": b"HTTP/1.1 200 " + b"y" * 70_000 + rest,
        "only a 100": b"HTTP/1.1 100 Continue\r\n\r\n",
        "only a 103": b"HTTP/1.1 103 Early Hints\r\n\r\n",
        "a 103 and half a reply": b"HTTP/1.1 103 Early Hints\r\n\r\n" + GOOD[:30],
    }  # fmt: skip
    for name, reply in odd.items():
        yield f"head: {name}", Case(reply, UNKNOWN)


def _bodies() -> Iterator[tuple[str, Case]]:
    odd = (
        b"", b" ", b"OK", b"null", b"true", b"1", b'"results"', b"[]", b"[1]", b"{}", b'{"ok":true}', b"<html></html>",
        b"<!doctype html><title>Just a moment</title>", b'{"results":1', b'{"results":1}}', b'{"results":2}',
        b'{"results":-1}', b'{"results":1.0}', b'{"results":true}', b'{"results":null}', b'{"results":[1]}',
        b'{"results":"one"}', b'{"results":0,"results":1}', b'{"results":1,"results":1}', b'{"results":NaN}',
        b'{"data":{"results":1,"failed":"x"}}', b'{"results":1,"error":"is invalid"}',
        b'{"results":1,"errors":[{"field":"email","message":"is invalid"}]}', b'{"results":1,"success":false}',
        b'{"results":1,"failed":1.0}', b'{"results":1,"failed":true}', b'{"results":1,"failed":["a"]}',
        b'{"results":1,"failed":-1}', b'{"results":1,"failures":{"0":"no"}}', b'[{"index":0,"error":"is invalid"}]',
        b'{"data":[{"index":0,"error":"is invalid"}]}', b'{"message":"queued"}', b'{"status":"ok"}',
        b"\xef\xbb\xbf" + b'{"results":"\xff"}', b"\xff\xfe{", b"[" * 5000,
    )  # fmt: skip
    for number, body in enumerate(odd):
        yield f"body {number}: {body[:60].decode('latin-1')!r}", Case(answer(body), UNKNOWN)
    yield "body of 1.2 MB", Case(answer(b" " * 1_200_000 + BODY), UNKNOWN)


def _encodings() -> Iterator[tuple[str, Case]]:
    packed = gzip.compress(BODY)
    odd = {
        "gzip that is none": (BODY, b"gzip"),
        "gzip that is cut": (packed[:-1], b"gzip"),
        "gzip with junk in it": (packed[:12] + b"\x00\xff\x00" + packed[15:], b"gzip"),
        "gzip of 50 MB": (gzip.compress(b" " * 50_000_000 + BODY), b"gzip"),
        "deflate that is none": (BODY, b"deflate"),
        "br": (b"\x0b\x06\x80" + BODY + b"\x03", b"br"),
        "an unknown one": (packed, b"rot13"),
    }
    for name, (body, coding) in odd.items():
        yield f"encoding: {name}", Case(answer(body, "200 OK", b"Content-Encoding: " + coding), UNKNOWN)


def _cut() -> Iterator[tuple[str, Case]]:
    """A good reply that ends after each of its bytes but the last."""
    for at in range(1, len(GOOD)):
        yield f"cut after {at} bytes", Case(GOOD[:at], UNKNOWN)
