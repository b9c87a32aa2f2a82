"""The few things that are not real in the delivery law: a clock, a budget, records of the simplest kind, a Bento."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.receipt import Created, Failure, Receipt
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoUnreachable,
)

CLOCK_DIFFERENCE = 120.0


class FakeClock:
    """A clock that moves when somebody sleeps."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def time(self) -> float:
        """Return the wall clock."""
        return self.now

    def monotonic(self) -> float:
        """Return the same clock."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.now += max(seconds, 0.001)
        self.on_sleep()


class OpenBudget:
    """A budget that has room unless told otherwise, and counts.

    :param waits: what the next questions are answered; then there is room.
    """

    def __init__(self, waits: Sequence[float] = ()) -> None:
        self.taken = 0
        self.closed: list[float | None] = []
        self.waits = list(waits)

    def try_acquire(self, family: str) -> float:
        """Give a permit, or say how long to wait."""
        if self.waits:
            return self.waits.pop(0)
        self.taken += 1
        return 0.0

    def pause(self, family: str, retry_after: float | None) -> float:
        """Remember that it was closed."""
        self.closed.append(retry_after)
        return retry_after or 0.0

    def minimum_duration(self, family: str, requests: int) -> float:
        """Return no time at all."""
        return 0.0

    def slack(self, family: str) -> float:
        """Let a permit be as old as it likes."""
        return math.inf

    def restamp(self, family: str, age: float) -> float:
        """Move a permit to now."""
        return 0.0


class Item(msgspec.Struct, frozen=True):
    """A record of the simplest kind."""

    name: str
    email: str
    idempotent: bool = False
    approved: bool = False
    group: str = ""

    def encode(self) -> bytes:
        """Return its JSON."""
        return msgspec.json.encode({"name": self.name})


def parse(row: Any) -> Item | tuple[FieldError, ...]:
    """Take ``{"name": …}``; anything with ``bad`` is bad."""
    if row.get("bad"):
        return (FieldError("bad", "must not be there"),)
    email = row.get("email", row["name"] + "@x.io")
    return Item(row["name"], email, row.get("idempotent", False), row.get("approved", False), row.get("group", ""))


def rows(count: int, *, bad: Sequence[int] = (), **values: Any) -> list[dict[str, Any]]:
    """Return so many rows with names of their own, some of them bad."""
    return [{"name": f"r{number}", "bad": number in bad, **values} for number in range(count)]


Touch = Callable[[str], None]


@dataclass
class Bento:
    """A Bento that knows what it applied, request by request.

    :param script: what happens to the n-th request (from 0), as words of :meth:`_answer`; others are applied.
    :param refusing: names that it never takes.
    :param names_refused: whether it says which ones it rejected.
    :param watch: called with the names of each request.
    :param meet: called before each reply.
    """

    clock: FakeClock
    script: dict[int, str] = field(default_factory=dict)
    refusing: frozenset[str] = frozenset()
    names_refused: bool = False
    applied: list[list[str]] = field(default_factory=list)
    made: dict[str, float] = field(default_factory=dict)
    requests: list[list[str]] = field(default_factory=list)
    watch: Callable[[list[str]], None] = lambda names: None
    meet: Callable[[], object] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self, request: Request, touch: Touch = lambda what: None, sending: Callable[[], None] = lambda: None
    ) -> Receipt:
        """Be sent one request; the sender may die on either side."""
        (sent,) = msgspec.json.decode(request.body or b"").values()
        names = [one["name"] for one in (sent if isinstance(sent, list) else [sent])]
        sending()
        touch("send")
        with self.lock:
            self.watch(names)
            number = len(self.requests)
            self.requests.append(names)
            answer = self._answer(self.script.get(number, "apply"), names)
        self.meet()
        touch("reply")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answer(self, word: str, names: list[str]) -> Receipt | Exception:
        if word in _NOT_APPLIED:
            kind, evidence = _NOT_APPLIED[word]
            return kind(word, endpoint="x", **evidence)
        taken = [name for name in names if name not in self.refusing]
        if word == "partly applied, lost":
            taken = taken[: len(taken) // 2]
        self.applied.append(taken)
        self.made |= dict.fromkeys(taken, self.clock.now)
        if word.endswith("applied, lost"):
            return BentoOutcomeUnknown(word, endpoint="x")
        rejected = [Failure(index, "no") for index, name in enumerate(names) if name in self.refusing]
        created = tuple(Created(None, name) for name in taken)
        named = tuple(rejected) if self.names_refused else ()
        return Receipt(len(names), len(taken), len(rejected), named, created)

    def find(self, names: Sequence[str], since: float) -> dict[str, Created]:
        """Look for broadcasts by name."""
        fresh = {name for name, at in self.made.items() if at >= since - CLOCK_DIFFERENCE}
        return {name: Created(None, name) for name in names if name in fresh}

    def arrived(self) -> Counter[str]:
        """Count how often each record was applied."""
        return Counter(name for chunk in self.applied for name in chunk)


_NOT_APPLIED: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "unreachable": (BentoUnreachable, {}),
    "busy": (BentoUnreachable, {"status": 503, "retry_after": 7.0}),
    "429": (BentoRateLimited, {"status": 429, "retry_after": 1.0}),
    "lost": (BentoOutcomeUnknown, {}),
    "rejected": (BentoRefusedError, {"status": 422}),
    "turned away": (BentoAccessError, {"status": 401}),
}
