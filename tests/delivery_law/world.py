"""One task instance over all its attempts, in a world where any process may die at any touch of the outside.

The path, the outcome table and the checkpoint's rules are the real ones. A kill is a BaseException that no code of the
package handles, raised on either side of every read or write of the store, the dead letters and Bento: it leaves what a
kill -9 would leave. When it comes, all threads of that process are dead.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from delivery_law.fakes import Bento, FakeClock, OpenBudget, parse

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.wire import Request
from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore, MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.dead_letters import DeadLetterSink, MemoryDeadLetters
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.retry import Backoff
from airflow_provider_bento.delivery.source import ListSource


class Killed(BaseException):
    """The process is gone."""


class Process:
    """One process that runs one attempt.

    :param dies_at: number of the touch, from 1, at which it is killed; ``None``: never.
    :param turn: called at each touch, for those who let several processes run in turns.
    """

    def __init__(self, dies_at: int | None = None, turn: Callable[[str], None] = lambda what: None) -> None:
        self.dies_at = dies_at
        self.turn = turn
        self.touches = 0
        self.dead = False
        self._lock = threading.Lock()

    def touch(self, what: str, *, turn: bool = True) -> None:
        """Reach for the outside; die, or go on."""
        if turn:
            self.turn(what)
        with self._lock:
            self.touches += 1
            self.dead = self.dead or self.touches == self.dies_at
            if self.dead:
                raise Killed


class Told(threading.Event):
    """A process's own word to stop, which dies with it; a person's word to the task counts as well.

    :param person: theirs.
    """

    def __init__(self, person: threading.Event) -> None:
        super().__init__()
        self._person = person

    def is_set(self) -> bool:
        """Whether either was given."""
        return super().is_set() or self._person.is_set()


class Reached:
    """A store, dead letters or Bento as one process reaches it: it may die before and after each call.

    :param together: whether a call follows the one before it at once; between a look for newer attempts and the
        writing of dead letters nobody else gets a turn.
    """

    def __init__(self, inner: Any, process: Process, *, together: bool = False) -> None:
        self._inner = inner
        self._process = process
        self._together = together

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def reached(*args: Any, **kwargs: Any) -> Any:
            what = f"{name} {args[0] if args and isinstance(args[0], str) else ''}"
            self._process.touch(what, turn=not self._together)
            result = method(*args, **kwargs)
            self._process.touch(f"{name} returned")
            return result

        return reached


class World:
    """One task instance.

    :param rows: the source.
    :param options: of :class:`Push`.
    :ivar between: what stands between an attempt and its store and dead letters.
    :ivar letters: reads the kinds of the dead letters by position.
    """

    def __init__(
        self,
        rows: Sequence[Any],
        *,
        endpoint: contract.Endpoint = "events",
        script: dict[int, str] | None = None,
        refusing: frozenset[str] = frozenset(),
        names_refused: bool = False,
        store: KeyValueStore | None = None,
        dead_letters: DeadLetterSink | None = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        self.rows = rows
        self.endpoint = endpoint
        self.clock = FakeClock()
        self.bento = Bento(self.clock, script or {}, refusing, names_refused)
        self.store = store or MemoryStore()
        self.dead_letters = dead_letters or MemoryDeadLetters()
        self.between: Callable[[Any], Any] = lambda outside: outside
        self.letters: Callable[[], dict[int, str]] = self._letters_in_memory
        self.budget = OpenBudget()
        self.options = {"chunk_size": 3, "on_invalid_record": "drop", "max_failed": 0.99, **options}
        self.options["chunk_size"] = min(self.options["chunk_size"], contract.BATCH[endpoint].max_records)
        self.stop = threading.Event()
        self.tries = 0
        self.max_tries = 0
        self._random = random.Random(seed)

    def push(self, process: Process, attempt: TaskAttempt, **changed: Any) -> Push:
        """Return the parts of one attempt."""
        options = {**self.options, **changed}
        source = options.pop("source", None) or ListSource(self.rows)
        plan = Plan(self.endpoint, options["chunk_size"], contract.MAX_CHUNK_BYTES, source.identity())
        looks = FACTS[self.endpoint].looked_up
        stop = Told(self.stop)
        return Push(
            endpoint=self.endpoint,
            source=source,
            new_parser=options.pop("new_parser", lambda: parse),
            request_loop=self._request_loop(process, options, stop),
            pacer=self.budget,
            checkpoints=Checkpoints(Reached(self.between(self.store), process), plan, attempt),
            dead_letters=Reached(self.between(self.dead_letters), process, together=True),
            clock=self.clock,
            stop=stop,
            attempt=attempt.try_number,
            look_up=self.look_up(process) if looks else None,
            **options,
        )

    def _request_loop(self, process: Process, options: dict[str, Any], stop: Told) -> RequestLoop[Any]:
        return RequestLoop(
            lambda request, sending: self.send(request, process, sending),
            self.budget,
            self.clock,
            stopped=stop.is_set,
            backoff=Backoff(max_attempts=options.pop("max_attempts", 5)),
            give_up_after=options.pop("give_up_after", None),
            jitter=self._random.random,
        )

    def send(self, request: Request, process: Process, sending: Callable[[], None]) -> Any:
        """Send one request once."""
        return self.bento.send(request, process.touch, sending)

    def look_up(self, process: Process) -> Any:
        """Return what finds broadcasts by name."""
        return Reached(self.bento, process).find

    def name_of(self, row: Any) -> str:
        """Return what a record is told by among those that arrived."""
        return str(row["name"])

    def is_bad(self, row: Any) -> bool:
        """Whether the row cannot become a record."""
        return bool(row.get("bad"))

    def arrived(self) -> Counter[str]:
        """Count how often each record was applied."""
        return self.bento.arrived()

    def attempt(self, process: Process | None = None, **changed: Any) -> Report:
        """Run the next attempt of the task, as Airflow's retry does."""
        self.tries += 1
        return deliver(self.push(process or Process(), TaskAttempt(self.tries, self.max_tries), **changed))

    def clear(self) -> None:
        """Do what Airflow does when a person clears the task: the next attempt has more tries."""
        self.max_tries = self.tries + 1

    def choose(self, word: str) -> None:
        """Do what a person does in Airflow's UI: put a word into the task's state store, then clear the task."""
        self.store.set("in_doubt", word)
        self.clear()

    def _letters_in_memory(self) -> dict[int, str]:
        letters: dict[int, Any] = getattr(self.dead_letters, "letters", {})
        return {position: letter.kind for position, letter in letters.items()}

    @property
    def checkpoint(self) -> dict[str, Any]:
        """The stored checkpoint of the newest attempt that has one."""
        for number in range(self.tries, 0, -1):
            value = self.store.get(f"checkpoint_{number}")
            if value is not None and "plan" in value:
                return dict(value)
        return {}
