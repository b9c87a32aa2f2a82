"""Replies to a batch of one record, byte by byte, each with how the call may end."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from network.caller import Outcome

GOOD: Final = b'{"results":1}'
NO: Final = b'{"error":"not today"}'
CANARY: Final = b"X-Trace: canary of the header"

ACCEPTED: Final[frozenset[Outcome]] = frozenset({"accepted"})
UNKNOWN: Final[frozenset[Outcome]] = frozenset({"unknown"})
REFUSED: Final[frozenset[Outcome]] = frozenset({"refused"})
RATE_LIMITED: Final[frozenset[Outcome]] = frozenset({"rate limited"})
LATER: Final[frozenset[Outcome]] = frozenset({"later"})
SETUP: Final[frozenset[Outcome]] = frozenset({"setup"})
ACCESS: Final[frozenset[Outcome]] = frozenset({"access"})
LENIENT: Final = ACCEPTED | UNKNOWN
"""A good reply in a form that a client may, or may not, take (RFC 9112 2.2, 6.1, 6.3)."""
NOT_DONE: Final = REFUSED | UNKNOWN


class Case(NamedTuple):
    """A reply.

    :param name: what is odd about it.
    :param reply: its bytes.
    :param wanted: how the call may end.
    :param end: what the server does then; see :class:`~network.services.Answering`.
    """

    name: str
    reply: bytes
    wanted: frozenset[Outcome]
    end: str = "wait"


def head(status: object = 200, *lines: bytes, reason: str = "Whatever", version: str = "HTTP/1.1") -> bytes:
    """Return a head with these lines and no length."""
    first = f"{version} {status} {reason}".encode()
    return b"\r\n".join([first, b"Content-Type: application/json", CANARY, *lines]) + b"\r\n\r\n"


def reply(status: object = 200, body: bytes = GOOD, *lines: bytes, **options: Any) -> bytes:
    """Return a whole reply with a length."""
    return head(status, b"Content-Length: %d" % len(body), *lines, **options) + body


def gzipped(body: bytes, bits: int = 31) -> bytes:
    """Return the body as gzip, zlib (15) or raw deflate (-15)."""
    one = zlib.compressobj(9, zlib.DEFLATED, bits)
    return one.compress(body) + one.flush()


def statuses() -> Iterator[Case]:
    """Every kind of status, with a refusal in the body or, worse, a count."""
    outcomes: dict[frozenset[Outcome], tuple[object, ...]] = {
        SETUP: (301, 302, 307, 308, 407),
        ACCESS: (401, 403),
        RATE_LIMITED: (429,),
        REFUSED: (400, 402, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 417, 418, 421, 422, 423, 424, 425, 426,
                  428, 431, 451, 499),
        UNKNOWN: (300, 303, 305, 306, 399, 408, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 523,
                  524, 525, 526, 527, 529, 530, 599, 600, 999, 1000, "099", "000", 20, 2000, "2OO", "-200", "0x200"),
    }  # fmt: skip
    for wanted, numbers in outcomes.items():
        for number in numbers:
            yield Case(f"{number} that says no", reply(number, NO), wanted)
            yield Case(f"{number} that counts", reply(number), wanted)
    for number in (200, 201, 202):
        yield Case(f"{number} that counts", reply(number), ACCEPTED)
    for number in (203, 206, 207, 208, 226, 299):
        yield Case(f"{number} that counts", reply(number), LENIENT)
    for number in (204, 205, 304):
        yield Case(f"{number} without a body", head(number, b"Content-Length: 0"), UNKNOWN)
    for again in (b"0", b"7", b"1.5", b"Wed, 21 Oct 2065 07:28:00 GMT", b"Wed, 21 Oct 2015 07:28:00 GMT"):
        soon = UNKNOWN if b"2065" in again else LATER
        yield Case(f"503 with Retry-After {again.decode()}", reply(503, NO, b"Retry-After: " + again), soon)
        yield Case(f"502 with Retry-After {again.decode()}", reply(502, NO, b"Retry-After: " + again), UNKNOWN)
    for again in (b"", b"-1", b"soon", b"1e3", "٣".encode(), b"99999999999", b"1;2", b"0x1"):
        name = again.decode()
        yield Case(f"503 with the nonsense Retry-After {name!r}", reply(503, NO, b"Retry-After: " + again), UNKNOWN)
    author = b'{"error":"Author not authorized to send on this account"}'
    for number in (200, 422, 500):
        yield Case(f"{number} of an unknown author", reply(number, author), REFUSED)


_BODIES: Final[dict[frozenset[Outcome], tuple[object, ...]]] = {
    ACCEPTED: ({"results": 1, "failed": 0}, {"data": {"results": 1}}, b' \r\n{"results":1}\n', {"result": 1},
               {"results": 1, "failures": []}),
    LENIENT: ({"results": 1, "failed": None}, {"results": 1, "errors": []}, {"results": "1"},
              {"results": 1, "success": True}, {"results": 1, "message": "queued"}, b'\xef\xbb\xbf{"results":1}'),
    NOT_DONE: ({"results": 0}, {"results": 0, "failed": 1}, {"failed": 1}, {"errors": ["no"]}, {"error": "no"},
               {"success": False}, {"results": 1, "failed": 1}, {"results": 1, "failures": 1},
               {"data": {"results": 1, "failed": 1}}, {"data": {"results": 1}, "failed": 1}),
    UNKNOWN: ({"results": 2}, {"results": -1}, {"results": 1.5}, {"results": True}, {"results": None}, {"results": [1]},
              {"results": {}}, {"results": "one"}, {"results": 1, "failed": -1},
              {"results": 1, "failed": "1 row"}, {"results": 1, "failed": True}, {"results": 1, "failed": ["a"]},
              {"results": 1, "failures": {"index": 0}}, {"results": 1, "success": False},
              {"results": 1, "errors": [{"field": "email", "message": "is invalid"}]}, {"results": 1, "error": "no"},
              {"data": {"results": 1, "errors": ["no"]}}, {}, {"ok": True}, {"data": {}}, {"message": "queued"},
              None, True, 0, 1, "ok", "1", b"", b" ", b"\0", b"OK", b'{"results":0,"results":1}', b'{"results":1',
              b'{"results":1,}', b"{'results':1}", b'{"results":1}{"results":1}', b'{"results":1}x', b'{"results":NaN}',
              b'{"results":1e999}', b'{"results":01}', b'\xff\xfe{"results":1}', b'{"results":1,"x":"\xff"}',
              b"[" * 90_000,
              b'{"results":1}\0', '{"results":1}'.encode("utf-16"), b"<html>ok</html>", b'"' + b"x" * 9_000),
}  # fmt: skip


def bodies() -> Iterator[Case]:
    """What a 200 may say."""
    for wanted, values in _BODIES.items():
        for value in values:
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            yield Case(f"200 with {body[:60]!r}", reply(200, body), wanted)
    errors = [[{"index": 0, "error": "is invalid"}], {"data": [{"index": 0, "error": "is invalid"}]}]
    for one in errors:
        yield Case(f"200 with {one}", reply(200, json.dumps(one).encode()), NOT_DONE)
    padded = b'{"results":1,"pad":"%s"}'
    yield Case("0.9 MB that count", reply(200, padded % (b"x" * 900_000)), ACCEPTED)
    yield Case("1.1 MB that count", reply(200, padded % (b"x" * 1_100_000)), UNKNOWN)
    yield Case("a count before 1.1 MB of blanks", reply(200, GOOD + b" " * 1_100_000), UNKNOWN)
    yield Case("a refusal of 1.1 MB", reply(422, b'{"error":"%s"}' % (b"x" * 1_100_000)), NOT_DONE)
    yield Case("a gateway's page of 3 MB", reply(502, b"<p>" * 1_000_000), UNKNOWN)


def encodings() -> Iterator[Case]:
    """What Content-Encoding may claim, and what the body then is."""
    good, cut = gzipped(GOOD), gzipped(GOOD)[:-6]
    forged = good[:-8] + bytes(8)
    table: tuple[tuple[str, bytes, bytes, frozenset[Outcome]], ...] = (
        ("gzip", b"gzip", good, ACCEPTED),
        ("gzip in capitals", b"GZIP", good, ACCEPTED),
        ("x-gzip", b"x-gzip", good, LENIENT),
        ("deflate", b"deflate", gzipped(GOOD, 15), ACCEPTED),
        ("raw deflate", b"deflate", gzipped(GOOD, -15), LENIENT),
        ("identity", b"identity", GOOD, ACCEPTED),
        ("gzip twice", b"gzip, gzip", gzipped(good), LENIENT),
        ("two members of gzip", b"gzip", gzipped(GOOD[:5]) + gzipped(GOOD[5:]), LENIENT),
        ("gzip said, not done", b"gzip", GOOD, UNKNOWN),
        ("gzip done, not said", b"identity", good, UNKNOWN),
        ("gzip said twice, done once", b"gzip, gzip", good, UNKNOWN),
        ("gzip cut off", b"gzip", cut, UNKNOWN),
        ("gzip of a wrong sum", b"gzip", forged, UNKNOWN),
        ("gzip broken in the middle", b"gzip", good[:12] + b"\xff\xff" + good[14:], UNKNOWN),
        ("an empty gzip", b"gzip", gzipped(b""), UNKNOWN),
        ("nothing said to be gzip", b"gzip", b"", UNKNOWN),
        ("gzip and more", b"gzip", good + b"more", LENIENT),
        ("an encoding that nobody knows", b"foo", GOOD, LENIENT),
        ("a gzip bomb", b"gzip", gzipped(b"\0" * 20_000_000), UNKNOWN),
        ("a gzip bomb that counts", b"gzip", gzipped(GOOD + b" " * 20_000_000), UNKNOWN),
        ("a gzip bomb in a gzip bomb", b"gzip, gzip", gzipped(gzipped(b" " * 20_000_000)), UNKNOWN),
        ("a deflate bomb", b"deflate", gzipped(b"\0" * 20_000_000, 15), UNKNOWN),
        ("half br, half plain", b"br", GOOD[:6] + b"\x8b\x02", UNKNOWN),
    )
    for name, said, body, wanted in table:
        yield Case(name, reply(200, body, b"Content-Encoding: " + said), wanted)
