"""Ways to break a connection or the handshake before it, and the moments at which it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from network.caller import Outcome
from network.framings import OK
from network.line import ALERTS, Line
from network.origin import Visit

Break = Callable[[Line], None]


def _goodbye(line: Line) -> None:
    line.say_goodbye()
    line.close()


_SOME_ALERTS: Final = ("handshake failure", "internal error", "unrecognized name", "protocol version")
PLAIN: Final[dict[str, Break]] = {"close": Line.close, "reset": Line.reset, "stall": Line.stall}
IN_TLS: Final[dict[str, Break]] = {
    **PLAIN,
    "plaintext": Line.plaintext,
    "garbage": lambda line: line.plaintext(b"\xff\0garbage" * 9),
    "another version": Line.other_version,
    "version 2": lambda line: line.other_version(2, 0),
    **{f"alert {name}": lambda line, name=name: line.alert(ALERTS[name]) for name in _SOME_ALERTS},
}
AFTER_TLS: Final[dict[str, Break]] = {**IN_TLS, "goodbye": _goodbye}

SPLIT: Final = OK.index(b"\r\n\r\n")


class Moment(NamedTuple):
    """When a connection breaks.

    :param name: of the moment.
    :param reach: gets the connection there.
    :param wanted: how the call may end, if every other connection is a good one; *accepted* is by a second request.
    :param received: how often the record may have been read whole, when the call ends.
    """

    name: str
    reach: Callable[[Visit], object]
    wanted: frozenset[Outcome]
    received: frozenset[int]


_ONCE: Final = frozenset({1})
_AT_MOST_ONCE: Final = frozenset({0, 1})
_ACCEPTED: Final[frozenset[Outcome]] = frozenset({"accepted"})
_UNKNOWN: Final[frozenset[Outcome]] = frozenset({"unknown"})
_EITHER: Final = _ACCEPTED | _UNKNOWN


def _shake_and_take(count: int) -> Callable[[Visit], object]:
    def reach(visit: Visit) -> object:
        visit.handshake()
        return visit.take(count)

    return reach


def _shake_and_take_all_but(count: int) -> Callable[[Visit], object]:
    def reach(visit: Visit) -> object:
        visit.handshake()
        return visit.take_all_but(count)

    return reach


def _answer(count: int) -> Callable[[Visit], object]:
    def reach(visit: Visit) -> None:
        visit.handshake()
        visit.take_request()
        visit.write(OK[:count])

    return reach


def before_http() -> Iterator[Moment]:
    """Return the moments of a TLS handshake at which not a byte of the request can have left."""
    yield Moment("on accept", lambda visit: None, _ACCEPTED, _ONCE)
    yield Moment("after the client's hello", Visit.hello, _ACCEPTED, _ONCE)
    for cut in (1, 5, 60):
        yield Moment(
            f"{cut} bytes into the server's hello", lambda visit, cut=cut: visit.handshake(cut), _ACCEPTED, _ONCE
        )


def in_http() -> Iterator[Moment]:
    """Return the moments after which a byte of the request may have left."""
    yield Moment("before the request", _shake_and_take(0), _EITHER, _AT_MOST_ONCE)
    for count in (1, 20, 200):
        yield Moment(f"after {count} bytes of the request", _shake_and_take(count), _UNKNOWN, frozenset({0}))
    yield Moment("after all but a byte of the request", _shake_and_take_all_but(1), _UNKNOWN, frozenset({0}))
    yield Moment("after the request", _answer(0), _UNKNOWN, _ONCE)
    for count in (1, 8, 12, 17, SPLIT - 4, SPLIT, SPLIT + 2, SPLIT + 4, SPLIT + 5, len(OK) - 1):
        yield Moment(f"after {count} bytes of the reply", _answer(count), _UNKNOWN, _ONCE)


_NOT_TLS: Final = {
    "plain http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "zeros": b"\x00" * 200,
    "an old record version": b"\x16\x03\x00\x00\x05hello",
    "SMTP": b"220 mail.example ESMTP\r\n",
}
_HELLO: Final = b"\x16\x03\x03\x03\xe8\x02\x00\x03\xe4\x03\x03" + b"\x07" * 2000


def failed_handshakes() -> Iterator[tuple[str, Break]]:
    """Return by name what a server that is asked for TLS does instead: not a byte of a request can have left."""
    for end, act in PLAIN.items():
        yield f"{end} at once", act
        yield f"{end} after the first bytes", _after_ten_bytes(act)
    for count in (1, 5, 50, 500):
        for end in ("close", "reset"):
            yield f"{end} after {count} bytes of a hello", _says(_HELLO[:count], PLAIN[end])
    for name, number in ALERTS.items():
        yield f"alert {name}", lambda line, number=number: (line.hello(), line.alert(number), line.close())[2]
    for name, words in _NOT_TLS.items():
        yield f"speaks {name}", _says(words, Line.close)


def _after_ten_bytes(end: Break) -> Break:
    def act(line: Line) -> None:
        line.raw.recv(10)
        end(line)

    return act


def _says(words: bytes, end: Break) -> Break:
    """Return what answers the client's hello."""

    def act(line: Line) -> None:
        line.hello()
        line.plaintext(words)
        end(line)

    return act
