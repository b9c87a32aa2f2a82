"""Scripts of what a server does to its first connections, and the service that follows them and counts what it said."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from hypothesis import strategies as st
from network.breaks import AFTER_TLS
from network.origin import Visit
from network.replies import NO, head, reply

Said = Literal["yes", "no", "nothing"]
"""Whether a whole reply accepts, says plainly that nothing was applied, or neither."""


def _good(count: int) -> bytes:
    return reply(200, b'{"results":%d}' % count)


REPLIES: Final[dict[str, tuple[Said, Callable[[int], bytes]]]] = {
    "good": ("yes", _good),
    "good after 103": ("yes", lambda count: head(103) + _good(count)),
    "good and more": ("yes", lambda count: _good(count) + _good(count)),
    "good, then refused": ("yes", lambda count: _good(count) + reply(422, NO)),
    "none": ("no", lambda count: reply(200, b'{"results":0,"failed":%d}' % count)),
    "422": ("no", lambda count: reply(422, NO)),
    "422, then good": ("no", lambda count: reply(422, NO) + _good(count)),
    "103, then 422": ("no", lambda count: head(103) + reply(422, NO)),
    "429": ("no", lambda count: reply(429, NO, b"Retry-After: 1")),
    "503 with Retry-After": ("no", lambda count: reply(503, NO, b"Retry-After: 1")),
    "503": ("nothing", lambda count: reply(503, NO)),
    "500": ("nothing", lambda count: reply(500, NO)),
    "502, then good": ("nothing", lambda count: reply(502, NO) + _good(count)),
    "two lengths": (
        "nothing",
        lambda count: head(200, b"Content-Length: 13", b"Content-Length: 14") + b'{"results":1}',
    ),
    "too many": ("nothing", lambda count: _good(count + 100)),
    "no JSON": ("nothing", lambda count: reply(200, b"<html>")),
    "no HTTP": ("nothing", lambda count: b"\0\xff\r\n\r\n"),
}


SERVE_ON: Final = "serve on"


class Step(NamedTuple):
    """What happens to one request.

    :param read: bytes of it that are read; nothing: all.
    :param answer: name of the reply.
    :param written: bytes of the reply that are written; nothing: all. Only after a whole one another step follows.
    """

    read: int | None
    answer: str
    written: int | None


class Script(NamedTuple):
    """What happens to one connection.

    :param shaken: bytes of the server's hello that are written, if it is TLS; nothing: the handshake is done.
    :param steps: one after the other.
    :param end: name of the break that ends it; :data:`SERVE_ON`: all further requests are served well.
    """

    shaken: int | None
    steps: tuple[Step, ...]
    end: str


_ENDS: Final = sorted(set(AFTER_TLS) - {"stall"})
_steps = st.builds(
    Step,
    st.one_of(st.none(), st.none(), st.none(), st.integers(0, 250)),
    st.sampled_from(sorted(REPLIES)),
    st.one_of(st.none(), st.none(), st.integers(0, 120)),
)
_shaken = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 200))
_one = st.builds(Script, _shaken, st.lists(_steps, max_size=3).map(tuple), st.sampled_from(_ENDS))


def _with_a_stall(scripts: list[Script], place: int | None) -> list[Script]:
    if place is None or place >= len(scripts):
        return scripts
    return [*scripts[:place], scripts[place]._replace(end="stall"), *scripts[place + 1 :]]


SCRIPTS: Final = st.builds(
    _with_a_stall, st.lists(_one, min_size=1, max_size=4), st.one_of(st.none(), st.none(), st.integers(0, 3))
)
"""Lists of scripts with at most one stall, as that takes a time-out."""


class ScriptedService:
    """Does to each connection what its script says; serves all further ones well.

    :ivar perhaps: how often each record was received by a request that was not plainly refused by a whole reply.
    :ivar granted: how many records whole replies accepted, those included that were written before a request was read.
    """

    def __init__(self, scripts: list[Script]) -> None:
        self._scripts = scripts
        self._lock = threading.Lock()
        self.perhaps: Counter[str] = Counter()
        self.granted = 0

    def __call__(self, visit: Visit) -> None:
        """Serve one connection."""
        if visit.number >= len(self._scripts):
            visit.handshake()
            self._serve_on(visit)
            return
        script = self._scripts[visit.number]
        visit.handshake(script.shaken)
        if script.shaken is None or not visit.is_secure:
            for step in script.steps:
                if not self._serve(visit, step):
                    break
        if script.end == SERVE_ON:
            self._serve_on(visit)
        else:
            AFTER_TLS[script.end](visit)

    def _serve_on(self, visit: Visit) -> None:
        while self._serve(visit, Step(None, "good", None)):
            pass

    def _serve(self, visit: Visit, step: Step) -> bool:
        """Return whether the client may go on."""
        names: list[str] = []
        if step.read is not None:
            visit.take(step.read)
        elif (taken := visit.take_request()) is not None:
            names = taken
        else:
            return False
        with self._lock:
            self.perhaps.update(names)
        said, make = REPLIES[step.answer]
        whole = make(len(names) or 1)
        complete = step.written is None or step.written >= len(whole)
        if complete:  # what is said counts before the client can hear it
            self._said(said, names)
        visit.write(whole if complete else whole[: step.written])
        return complete and step.read is None

    def _said(self, said: Said, names: list[str]) -> None:
        with self._lock:
            if said == "yes":
                self.granted += len(names) or 1
            elif said == "no":
                self.perhaps.subtract(names)
