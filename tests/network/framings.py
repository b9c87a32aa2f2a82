"""Replies whose lengths, heads and ends are odd, each with how the call may end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from network.caller import Outcome
from network.replies import (
    ACCEPTED,
    CANARY,
    GOOD,
    LENIENT,
    NO,
    NOT_DONE,
    REFUSED,
    UNKNOWN,
    Case,
    gzipped,
    head,
    reply,
)

OK: Final = reply()
_CHUNKED: Final = b"Transfer-Encoding: chunked"


def lengths() -> Iterator[Case]:
    """What Content-Length may say."""
    two = (b"Content-Length: 13", b"Content-Length: 13")
    yield Case("one length twice", head(200, *two) + GOOD, LENIENT)
    yield Case("one length twice in a line", head(200, b"Content-Length: 13, 13") + GOOD, LENIENT)
    for first, second in ((13, 14), (14, 13), (13, 0), (0, 13), (12, 13)):
        one, other = b"Content-Length: %d" % first, b"Content-Length: %d" % second
        for status, body in ((200, GOOD), (422, GOOD), (502, GOOD)):
            two_lines = head(status, one, other) + body
            yield Case(f"{status} with lengths {first} and {second}", two_lines, UNKNOWN, "close")
        in_one = head(200, b"Content-Length: %d, %d" % (first, second)) + GOOD
        yield Case(f"lengths {first}, {second} in a line", in_one, UNKNOWN, "close")
    nonsense = ("-13", "+13", "0x0d", "1e1", "13;", "13 13", "13.0", "1_3", "thirteen", "", " ", "١٣", '"13"', "13\0")
    for text in (*nonsense, "9" * 30, "13" * 3000):
        odd = head(200, b"Content-Length: " + text.encode()) + GOOD
        yield Case(f"the length {text[:12]!r}", odd, UNKNOWN, "close")
    yield Case("the length 013", head(200, b"Content-Length: 013") + GOOD, LENIENT)
    yield Case("blanks around the length", head(200, b"Content-Length: \t 13  ") + GOOD, ACCEPTED)
    yield Case("the length 0 before a body", head(200, b"Content-Length: 0") + GOOD, UNKNOWN)
    yield Case("a length that cuts the body", head(200, b"Content-Length: 12") + GOOD, UNKNOWN)
    yield Case("a length that cuts a longer body", head(200, b"Content-Length: 13") + GOOD + b"x" * 99, ACCEPTED)
    for end in ("close", "reset"):
        yield Case(f"a body one byte short, {end}", head(200, b"Content-Length: 14") + GOOD, UNKNOWN, end)
        yield Case(f"a refusal's body short, {end}", head(422, b"Content-Length: 99") + NO, NOT_DONE, end)
        yield Case(f"no body, {end}", head(200, b"Content-Length: 13"), UNKNOWN, end)
    yield Case("a body one byte short, silence", head(200, b"Content-Length: 14") + GOOD, UNKNOWN, "stall")
    yield Case("no length, close", head(200) + GOOD, ACCEPTED, "close politely")
    yield Case("no length and half a body, close", head(200) + GOOD[:7], UNKNOWN, "close politely")
    yield Case("no length, reset", head(200) + GOOD, UNKNOWN, "reset")
    yield Case("no length, silence", head(200) + GOOD, UNKNOWN, "stall")


def chunks() -> Iterator[Case]:
    """What Transfer-Encoding may say, and do."""
    whole = b"d\r\n" + GOOD + b"\r\n0\r\n\r\n"
    table: tuple[tuple[str, bytes, frozenset[Outcome]], ...] = (
        ("chunks", whole, ACCEPTED),
        ("many chunks", b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD) + b"0\r\n\r\n", ACCEPTED),
        ("chunks in capitals", b"D\r\n" + GOOD + b"\r\n0\r\n\r\n", ACCEPTED),
        ("chunks with leading zeros", b"000d\r\n" + GOOD + b"\r\n000\r\n\r\n", ACCEPTED),
        ("chunks with an extension", b"d;a=b\r\n" + GOOD + b"\r\n0;c\r\n\r\n", ACCEPTED),
        ("chunks with a trailer", b"d\r\n" + GOOD + b"\r\n0\r\nX-Sum: canary\r\n\r\n", LENIENT),
        ("chunks with bare LF", b"d\n" + GOOD + b"\n0\n\n", LENIENT),
        ("chunks that end too soon", b"6\r\n" + GOOD[:6] + b"\r\n0\r\n\r\n", UNKNOWN),
        ("no chunk at all", b"0\r\n\r\n", UNKNOWN),
    )
    for name, body, wanted in table:
        yield Case(name, head(200, _CHUNKED) + body, wanted)
    for size in ("xyz", "-d", "+d", "0xd", "", " ", "d d", "1_0", "f" * 40, "d" * 70_000, "\0d"):
        odd = head(200, _CHUNKED) + size.encode() + b"\r\n" + GOOD + b"\r\n0\r\n\r\n"
        yield Case(f"a chunk of size {size[:9]!r}", odd, UNKNOWN, "close")
    yield Case("a chunk longer than its size", head(200, _CHUNKED) + b"c\r\n" + whole[3:], UNKNOWN, "close")
    yield Case("a chunk shorter than its size", head(200, _CHUNKED) + b"e\r\n" + whole[3:], UNKNOWN, "close")
    yield Case("no end of the last line", head(200, _CHUNKED) + whole[:-2], LENIENT, "close")
    for end in ("close", "reset"):
        for cut in (0, 1, 3, 9, 16, 18, 19):
            yield Case(f"chunks cut at {cut}, {end}", head(200, _CHUNKED) + whole[:cut], UNKNOWN, end)
        yield Case(f"chunks of a refusal, cut, {end}", head(422, _CHUNKED) + b"63\r\n" + NO, NOT_DONE, end)
    yield Case("chunks without an end, silence", head(200, _CHUNKED) + whole[:18], UNKNOWN, "stall")
    packed = gzipped(GOOD)
    sized = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    yield Case("gzip in chunks", head(200, _CHUNKED, b"Content-Encoding: gzip") + sized, ACCEPTED)
    for length in (13, 12, 0, 33):
        both = (_CHUNKED, b"Content-Length: %d" % length)
        for lines in (both, both[::-1]):
            yield Case(f"chunks and length {length}, {lines[0][:8]!r} first", head(200, *lines) + whole, UNKNOWN)
    for said in ("identity", "xchunked", "chunked, chunked", "gzip", "chunked, gzip", "chunked;q=1", "CHUNKED", ""):
        wanted = ACCEPTED if said == "CHUNKED" else LENIENT
        odd = head(200, b"Transfer-Encoding: " + said.encode()) + whole
        yield Case(f"Transfer-Encoding {said!r}, chunks", odd, wanted, "close")
    yield Case("chunks in HTTP/1.0", head(200, _CHUNKED, version="HTTP/1.0") + whole, LENIENT, "close")


def status_lines() -> Iterator[Case]:
    """What the first line may be."""
    rest = b"\r\nContent-Length: 13\r\n\r\n" + GOOD
    table: dict[frozenset[Outcome], tuple[bytes, ...]] = {
        ACCEPTED: (b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.0 200 OK", b"HTTP/1.1 200 \xc3\xa4\xff",
                   b"HTTP/1.1 200 502"),
        LENIENT: (b"HTTP/1.1  200 OK", b"HTTP/1.1\t200\tOK", b"HTTP/1.2 200 OK", b"HTTP/1.10 200 OK",
                  b"HTTP/0.9 200 OK", b"\r\nHTTP/1.1 200 OK", b"HTTP/1.1 200 " + b"x" * 9_000,
                  b"HTTP/1.1 200 \0", b" HTTP/1.1 200 OK"),
        UNKNOWN: (b"HTTP/2 200", b"HTTP/2.0 200 OK", b"HTTP/3 200", b"HTTP/9.9 200 OK", b"HTTP 200 OK",
                  b"http/1.1 200 OK", b"HTTPS/1.1 200 OK", b"ICY 200 OK", b"200 OK", b"HTTP/1.1", b"HTTP/1.1 OK", b"OK",
                  b"SSH-2.0-OpenSSH_9.6", b"220 mail.example ESMTP", b"PRI * HTTP/2.0", b"\0\0\0\0",
                  b"\x15\x03\x03\0\2\2\x28",
                  b"POST /api/v1 HTTP/1.1", b"HTTP/1.1 2 00 OK", b"HTTP/1.1 200OK", b"HTTP/1.1200 OK", b"\xff" * 40,
                  b"HTTP/1.1 200 " + b"x" * 200_000),
    }  # fmt: skip
    for wanted, firsts in table.items():
        for first in firsts:
            yield Case(f"the line {first[:26]!r} ({len(first)})", first + rest, wanted, "close")
    yield Case("no head (HTTP/0.9)", GOOD, UNKNOWN, "close")
    yield Case("a frame of HTTP/2", b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64", UNKNOWN, "close")
    yield Case("nothing", b"", UNKNOWN, "close")
    yield Case("an empty line", b"\r\n", UNKNOWN, "close")
    for whole in (OK, reply(422, NO), reply(401, NO), reply(429, NO), reply(301, NO),
                  reply(503, NO, b"Retry-After: 120")):  # fmt: skip
        status, end = whole[9:12].decode(), whole.index(b"\r\n\r\n")
        for cut in (5, 11, 12, 14, end - 60, end - 3, end, end + 2):
            yield Case(f"the head of a {status} cut at {cut}", whole[:cut], UNKNOWN, "close")
        yield Case(f"the head of a {status} cut, reset", whole[:end], UNKNOWN, "reset")
    later = head(503, b"Retry-After: 120")
    for cut in (1, 2, 3, 4, 5):
        yield Case(f"the head of a 503 short of its last {cut}", later[:-cut], UNKNOWN, "close")


def header_lines() -> Iterator[Case]:
    """What else a head may hold."""
    length = b"Content-Length: 13"
    table: tuple[tuple[str, tuple[bytes, ...], frozenset[Outcome]], ...] = (
        ("no colon, before the length", (b"canary without a colon", length), LENIENT),
        ("no colon, after the length", (length, b"canary without a colon"), LENIENT),
        ("a blank before the colon", (b"Content-Length : 13",), LENIENT),
        ("a folded line", (length, b"X-Long: a", b" canary"), LENIENT),
        ("a folded length", (b"Content-Length:", b" 13"), LENIENT),
        ("an empty name", (length, b": canary"), LENIENT),
        ("a name of 8-bit bytes", (length, b"\xe4\xf6: canary"), LENIENT),
        ("a value of 8-bit bytes", (length, b"X-Raw: \xe4\xff canary"), ACCEPTED),
        ("a NUL", (length, b"X-Nul: a\0b"), LENIENT),
        ("a lone CR", (length, b"X-Cr: a\rContent-Length: 99"), LENIENT),
        ("60 cookies", (length, *(b"Set-Cookie: c%d=canary" % n for n in range(60))), ACCEPTED),
        ("90 lines", (length, *(b"X-%d: a" % n for n in range(90))), ACCEPTED),
        ("5,000 lines", (length, *(b"X-%d: a" % n for n in range(5_000))), UNKNOWN),
        ("a line of 60 kB", (length, b"X-Long: " + b"a" * 60_000), LENIENT),
        ("a line of 200 kB", (length, b"X-Long: " + b"a" * 200_000), UNKNOWN),
        ("a line of 3 MB", (b"X-Long: " + b"a" * 3_000_000, length), UNKNOWN),
        ("Connection: close", (length, b"Connection: close"), ACCEPTED),
        ("Upgrade", (length, b"Connection: Upgrade", b"Upgrade: h2c"), ACCEPTED),
        ("a web page's type", (length, b"Content-Type: text/html"), LENIENT),
    )
    for name, lines, wanted in table:
        yield Case(name, head(200, *lines) + GOOD, wanted, "close" if wanted != ACCEPTED else "wait")
    yield Case("bare LF", OK.replace(b"\r\n", b"\n"), LENIENT)
    yield Case("a refusal with bare LF", reply(422, NO).replace(b"\r\n", b"\n"), NOT_DONE)


def several() -> Iterator[Case]:
    """More than one reply to one request."""
    finals = {
        "200": (OK, ACCEPTED),
        "422": (reply(422, NO), REFUSED),
        "0 of 1": (reply(200, b'{"results":0}'), REFUSED),
    }
    for status in (100, 102, 103, 104, 150, 199):
        for name, (final, wanted) in finals.items():
            for times in (1, 3):
                early = head(status, b"Link: </canary>") * times
                yield Case(f"{times} times {status}, then {name}", early + final, wanted | UNKNOWN)
        yield Case(f"{status} with a length, then 200", reply(status) + OK, LENIENT)
        yield Case(f"{status}, then nothing", head(status), UNKNOWN, "close")
    for status in (100, 101, 103):
        yield Case(f"{status}, then silence", head(status), UNKNOWN, "stall")
    yield Case("101", head(101, b"Connection: Upgrade", b"Upgrade: h2c") + OK, UNKNOWN)
    yield Case("100 for ever", head(100), UNKNOWN, "again and again")
    for first, (one, wanted) in finals.items():
        for second, (other, _) in finals.items():
            yield Case(f"{first} and {second}", one + other, wanted)
    for junk in (b"\r\n", b"\0", b"x", b"HTTP/1.1 200", b"\r\n" * 50, b"x" * 300_000, b"HTTP/1.1 200 OK\r\n" + CANARY):
        yield Case(f"200 and {junk[:14]!r} ({len(junk)})", OK + junk, ACCEPTED)
        yield Case(f"422 and {junk[:14]!r} ({len(junk)})", reply(422, NO) + junk, REFUSED)
    yield Case("502 and 200", reply(502, NO) + OK, UNKNOWN)
    yield Case("304 and 200", head(304) + OK, UNKNOWN)
    yield Case("204 and 200", head(204) + OK, UNKNOWN)
