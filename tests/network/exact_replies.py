"""Replies to a batch of one whose outcome is exact, tried by every run; written from RFC 9110 and 9112."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from network.caller import Outcome
from network.framings import OK
from network.replies import (
    ACCEPTED,
    ACCESS,
    GOOD,
    LATER,
    RATE_LIMITED,
    REFUSED,
    SETUP,
    UNKNOWN,
    Case,
    gzipped,
    head,
    reply,
)

CHUNKED: Final = head(200, b"Transfer-Encoding: chunked")


def chunks(*pieces: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    """Return a reply in chunks."""
    return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + last


def cases() -> dict[str, Case]:
    """Return every case by its name."""
    listed = [*_good(), *_statuses(), *_framings(), *_chunks(), *_heads(), *_bodies(), *_encodings(), *_cut()]
    found = {case.name: case for case in listed}
    assert len(found) == len(listed)
    return found


def _good() -> Iterator[Case]:
    kept = {
        "a length": OK,
        "201": reply(201),
        "202": reply(202),
        "no reason phrase": OK.replace(b" Whatever", b"", 1),
        "chunks": chunks(GOOD),
        "chunks of one byte": chunks(*(GOOD[at : at + 1] for at in range(13))),
        "chunks with an extension": CHUNKED + b"d;name=value\r\n" + GOOD + b"\r\n0\r\n\r\n",
        "chunks with a trailer": chunks(GOOD, last=b"0\r\nX-Sum: 1\r\n\r\n"),
        "names in lower case": head(200, b"content-length: 13") + GOOD,
        "names in capitals": head(200, b"CONTENT-LENGTH: 13") + GOOD,
        "blanks around a length": head(200, b"Content-Length:   13  ") + GOOD,
        "lines that end with a bare LF": OK.replace(b"\r\n", b"\n"),
        "a folded header": head(200, b"X: a", b" b", b"Content-Length: 13") + GOOD,
        "fifty headers": reply(200, GOOD, *(b"X-%d: y" % number for number in range(50))),
        "a long header": reply(200, GOOD, b"X: " + b"y" * 8000),
        "cookies": reply(200, GOOD, b"Set-Cookie: a=b", b"Set-Cookie: c=d"),
        "the same length twice": head(200, *[b"Content-Length: 13"] * 2) + GOOD,
        "blanks around the JSON": reply(200, b"\r\n " + GOOD + b" \n"),
        "gzip": reply(200, gzipped(GOOD), b"Content-Encoding: gzip"),
        "gzip in chunks": chunks(gzipped(GOOD)).replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1),
        "deflate": reply(200, gzipped(GOOD, 15), b"Content-Encoding: deflate"),
        "identity": reply(200, GOOD, b"Content-Encoding: identity"),
        "100 before": b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        "five 100 before": b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + OK,
        "102 before": b"HTTP/1.1 102 Processing\r\n\r\n" + OK,
        "103 before": b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" + OK,
        "100, 102 and 103 before": b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\n\r\n" + OK,
        "two replies": OK + OK,
        "another reply after it": OK + reply(200, b'{"results":0,"failed":1}'),
        "junk after it": OK + b"junk",
    }  # fmt: skip
    for name, whole in kept.items():
        yield Case(name, whole, ACCEPTED)
    closing = {
        "an end instead of a length": head(200) + GOOD,
        "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + GOOD,
        "HTTP/1.0 with a length": b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\n" + GOOD,
        "Connection: close": reply(200, GOOD, b"Connection: close"),
    }
    for name, whole in closing.items():
        yield Case(name, whole, ACCEPTED, "close" if b"Content-Length" in whole else "close as the end")


def _statuses() -> Iterator[Case]:
    refused = (400, 402, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 426, 431, 451)
    outcomes: dict[frozenset[Outcome], tuple[int, ...]] = {
        REFUSED: refused,
        ACCESS: (401, 403),
        SETUP: (301, 302, 307, 308, 407),
        RATE_LIMITED: (429,),
        UNKNOWN: (300, 303, 304, 305, 306, 408, *range(500, 512), *range(520, 528), 530, 599, 999),
    }  # fmt: skip
    for wanted, statuses in outcomes.items():
        for status in statuses:
            yield Case(f"status {status}", reply(status, b"" if status == 304 else GOOD), wanted, "close")
    yield Case("status 503 with Retry-After", reply(503, b"", b"Retry-After: 1"), LATER, "close")
    yield Case("status 204", b"HTTP/1.1 204 No Content\r\n\r\n", UNKNOWN, "close")
    yield Case("status 205", reply(205, b""), UNKNOWN, "close")
    yield Case("status 101", b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + GOOD, UNKNOWN, "close")


def _framings() -> Iterator[Case]:
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
    for name, lines in odd.items():
        yield Case(name, head(200, lines) + GOOD, UNKNOWN, "close")


def _chunks() -> Iterator[Case]:
    odd = {
        "no size": CHUNKED + b"\r\n" + GOOD,
        "a size that is no number": CHUNKED + b"xyz\r\n" + GOOD + b"\r\n0\r\n\r\n",
        "a negative size": CHUNKED + b"-d\r\n" + GOOD + b"\r\n0\r\n\r\n",
        "a size beyond the data": CHUNKED + b"ff\r\n" + GOOD + b"\r\n0\r\n\r\n",
        "a huge size": CHUNKED + b"ffffffffffffffff\r\n" + GOOD,
        "no last chunk": chunks(GOOD, last=b""),
        "half a last chunk": chunks(GOOD, last=b"0"),
        "no end of the last chunk": chunks(GOOD, last=b"0\r\n"),
        "an end inside a chunk": CHUNKED + b"d\r\n" + GOOD[:6],
        "nothing": CHUNKED,
        "only the last chunk": chunks(),
    }
    for name, whole in odd.items():
        yield Case(f"chunks: {name}", whole, UNKNOWN, "close")


def _heads() -> Iterator[Case]:
    rest = b"\r\nContent-Length: 13\r\n\r\n" + GOOD
    odd = {
        "nothing": b"",
        "an empty line": b"\r\n",
        "many empty lines": b"\r\n" * 200,
        "the body only, as in HTTP/0.9": GOOD,
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
        "two hundred headers": reply(200, GOOD, *(b"X-%d: y" % number for number in range(200))),
        "a header of 70 kB": reply(200, GOOD, b"X: " + b"y" * 70_000),
        "a status line of 70 kB": b"HTTP/1.1 200 " + b"y" * 70_000 + rest,
        "only a 100": b"HTTP/1.1 100 Continue\r\n\r\n",
        "only a 103": b"HTTP/1.1 103 Early Hints\r\n\r\n",
        "a 103 and half a reply": b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK[:30],
    }  # fmt: skip
    for name, whole in odd.items():
        yield Case(f"head: {name}", whole, UNKNOWN, "close")


def _bodies() -> Iterator[Case]:
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
        yield Case(f"body {number}: {body[:60].decode('latin-1')!r}", reply(200, body), UNKNOWN, "close")
    yield Case("body of 1.2 MB", reply(200, b" " * 1_200_000 + GOOD), UNKNOWN, "close")


def _encodings() -> Iterator[Case]:
    packed = gzipped(GOOD)
    odd = {
        "gzip that is none": (GOOD, b"gzip"),
        "gzip that is cut": (packed[:-1], b"gzip"),
        "gzip with junk in it": (packed[:12] + b"\x00\xff\x00" + packed[15:], b"gzip"),
        "gzip of 50 MB": (gzipped(b" " * 50_000_000 + GOOD), b"gzip"),
        "deflate that is none": (GOOD, b"deflate"),
        "br": (b"\x0b\x06\x80" + GOOD + b"\x03", b"br"),
        "an unknown one": (packed, b"rot13"),
    }
    for name, (body, coding) in odd.items():
        yield Case(f"encoding: {name}", reply(200, body, b"Content-Encoding: " + coding), UNKNOWN, "close")


def _cut() -> Iterator[Case]:
    """A good reply that ends after each of its bytes but the last."""
    for at in range(1, len(OK)):
        yield Case(f"cut after {at} bytes", OK[:at], UNKNOWN, "close")
