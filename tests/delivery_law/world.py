"""A world for the delivery law: a Bento that remembers what it applied, a store that outlives crashes, a plan of ill luck.

Everything is real but the network: the path, the outcome table, the checkpoint's rules. A crash is a BaseException that
no code of the package handles, raised at any touch of the outside: it leaves what a kill -9 would leave.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.receipt import Created, Receipt
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.attempts import Attempts
from airflow_provider_bento.delivery.checkpoints import Attempt, Checkpoints, MemoryStore, Plan
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.ledger import Report
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.rejects import MemoryRejects
from airflow_provider_bento.delivery.retry import Backoff
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoRateLimited, BentoUnreachable


class Killed(BaseException):
    """The process is gone."""


class FakeClock:
    """A clock that moves when somebody sleeps."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

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


class OpenBudget:
    """A budget that always has room, and counts."""

    def __init__(self) -> None:
        self.taken = 0
        self.closed: list[float | None] = []

    def take(self, family: str) -> float:
        """Give a permit."""
        self.taken += 1
        return 0.0

    def close(self, family: str, retry_after: float | None) -> float:
        """Remember that it was closed."""
        self.closed.append(retry_after)
        return retry_after or 0.0

    def least_seconds(self, family: str, requests: int) -> float:
        """Return no time at all."""
        return 0.0


class Item(msgspec.Struct, frozen=True):
    """A record of the simplest kind."""

    name: str
    email: str
    harmless_to_repeat: bool = False
    approved: bool = False

    def encode(self) -> bytes:
        """Return its JSON."""
        return msgspec.json.encode({"name": self.name})


def parse(row: Any) -> Item | tuple[Fault, ...]:
    """Take ``{"name": …}``; anything with ``bad`` is bad."""
    if row.get("bad"):
        return (Fault("bad", "must not be there"),)
    return Item(row["name"], row["name"] + "@x.io", row.get("harmless", False), row.get("approved", False))


class Fate:
    """Decides at every touch of the outside whether the process dies there.

    :param die_at: numbers of touches, from 1, at which it dies; each kills one process.
    """

    def __init__(self, die_at: Sequence[int] = ()) -> None:
        self._die_at = set(die_at)
        self.touches = 0
        self.lock = threading.Lock()

    def touch(self) -> None:
        """Die, or go on."""
        with self.lock:
            self.touches += 1
            dies = self.touches in self._die_at
        if dies:
            raise Killed


@dataclass
class Bento:
    """A Bento that knows what it applied, request by request.

    :param script: what happens to the n-th request (from 0): a word of :meth:`answer`; others are applied.
    """

    fate: Fate
    script: dict[int, str] = field(default_factory=dict)
    applied: list[list[str]] = field(default_factory=list)
    confirmed: list[list[str]] = field(default_factory=list)
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request) -> Receipt:
        """Be sent one request."""
        names = [one["name"] for one in next(iter(msgspec.json.decode(request.body or b"").values()))]
        with self.lock:
            number, self.requests = self.requests, self.requests + 1
        self.fate.touch()  # dies before the request leaves
        word = self.script.get(number, "apply")
        answer = self._answer(word, names)
        self.fate.touch()  # dies before the reply is read
        if isinstance(answer, Exception):
            raise answer
        with self.lock:
            self.confirmed.append(names[: answer.accepted])
        return answer

    def _answer(self, word: str, names: list[str]) -> Receipt | Exception:
        if word == "unreachable":
            return BentoUnreachable("no connection", endpoint="x")
        if word == "429":
            return BentoRateLimited("slow down", status=429, endpoint="x", retry_after=1.0)
        if word == "lost":
            return BentoOutcomeUnknown("reset before the body", endpoint="x")
        self.applied.append(names)
        if word == "applied, lost":
            return BentoOutcomeUnknown("reset after the body", endpoint="x")
        return Receipt(len(names), len(names), 0, (), tuple(Created(None, name) for name in names))

    def find(self, names: Sequence[str], since: float) -> dict[str, Created]:
        """Look for broadcasts by name."""
        there = Counter(name for chunk in self.applied for name in chunk)
        return {name: Created(None, name) for name in names if there[name]}

    def arrived(self) -> Counter[str]:
        """Count how often each record was applied."""
        return Counter(name for chunk in self.applied for name in chunk)


class FragileStore(MemoryStore):
    """A store that outlives the process; the process may die on either side of a write."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def set(self, key: str, value: Any) -> None:
        """Store, with fate on both sides."""
        self._fate.touch()
        super().set(key, value)
        self._fate.touch()


class FragileRejects(MemoryRejects):
    """Dead letters, with fate on both sides of a write."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def write(self, letters: Any) -> None:
        """Keep them."""
        self._fate.touch()
        super().write(letters)
        self._fate.touch()


class World:
    """One task instance over all its attempts.

    :param rows: the source.
    :param die_at: touches of the outside at which a process dies.
    :param options: of :class:`Push`.
    """

    def __init__(
        self,
        rows: Sequence[Any],
        *,
        endpoint: contract.Endpoint = "events",
        die_at: Sequence[int] = (),
        script: dict[int, str] | None = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        self.rows = rows
        self.endpoint = endpoint
        self.fate = Fate(die_at)
        self.bento = Bento(self.fate, script or {})
        self.store = FragileStore(self.fate)
        self.rejects = FragileRejects(self.fate)
        self.clock = FakeClock()
        self.budget = OpenBudget()
        self.options = {"chunk_size": 3, "on_bad_record": "skip", "max_failed": 0.99, **options}
        self.stop = threading.Event()
        self.tries = 0
        self.kills = 0
        self._random = random.Random(seed)  # noqa: S311  (luck, not secrets)

    def push(self, attempt: Attempt, **changed: Any) -> Push:
        """Return the parts of one attempt."""
        options = {**self.options, **changed}
        source = options.pop("source", None) or ListSource(self.rows)
        plan = Plan(self.endpoint, options["chunk_size"], contract.MAX_CHUNK_BYTES, source.identity())
        attempts = Attempts(
            self.bento.send,
            self.budget,
            self.clock,
            stopped=self.stop.is_set,
            backoff=Backoff(max_attempts=options.pop("max_attempts", 5)),
            jitter=self._random.random,
        )
        return Push(
            endpoint=self.endpoint,
            source=source,
            screen=options.pop("screen", lambda: parse),
            attempts=attempts,
            pacer=self.budget,
            checkpoints=Checkpoints(self.store, plan, attempt),
            rejects=self.rejects,
            clock=self.clock,
            stop=self.stop,
            attempt=attempt.try_number,
            look_up=self.bento.find if self.endpoint == "broadcasts" else None,
            **options,
        )

    def attempt(self, *, max_tries: int = 0, **changed: Any) -> Report:
        """Run one attempt of the task."""
        self.tries += 1
        return deliver(self.push(Attempt(self.tries, max_tries), **changed))

    def live(self, most: int = 200) -> Report:
        """Start an attempt again after every kill, until one ends."""
        for _ in range(most):
            try:
                return self.attempt()
            except Killed:
                self.kills += 1
        raise AssertionError("the run never ended")


def rows(count: int, **values: Any) -> list[dict[str, Any]]:
    """Return so many rows with names of their own."""
    return [{"name": f"r{number}", **values} for number in range(count)]


def in_chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cut, for comparing."""
    return (names[at : at + size] for at in range(0, len(names), size))


Check = Callable[[World], None]
