"""Task instances that send only the difference, each over all its attempts, on one snapshot and one Bento."""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
from delivery_law.fakes import FakeClock, OpenBudget
from delivery_law.world import Process, Reached
from sync_law.folders import Failing, MemoryFolder
from sync_law.model import Bento

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records import parse_event, parse_subscriber
from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.counts import Comparison, Report
from airflow_provider_bento.delivery.dead_letters import MemoryDeadLetters
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.retry import Backoff
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.operators.sync import Sync, _key_of, _look_at, _terms
from airflow_provider_bento.operators.sync_options import SyncOptions
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.sync.source import ComparedSource

__all__ = ["Attempt", "Task", "World"]

QUIET = logging.getLogger("sync_law")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


@dataclass
class Task:
    """One task instance.

    :param name: ``dag/run/task/-1``.
    :param rows: its source.
    :param options: what is different from :data:`DEFAULTS`.
    :param push: more arguments of :class:`Push`.
    :ivar durable: whether its checkpoint outlives a process.
    """

    name: str
    rows: Sequence[Any]
    options: dict[str, Any] = field(default_factory=dict)
    push: dict[str, Any] = field(default_factory=dict)
    durable: bool = True
    store: MemoryStore = field(default_factory=MemoryStore)
    letters: MemoryDeadLetters = field(default_factory=MemoryDeadLetters)
    tries: int = 0
    max_tries: int = 0
    green: bool = False

    @property
    def in_letters(self) -> set[str]:
        """Whose records are in the dead letters, or which events."""
        return {_name(self.rows[position]) for position in self.letters.letters}

    def clear(self) -> None:
        """Do what Airflow does when a person clears the task."""
        self.max_tries = self.tries + 1


@dataclass
class Attempt:
    """One attempt of a task, as the world saw it.

    :param number: its try number; others of the task may have begun since.
    :ivar took_over: how many requests there were when it took the snapshot; ``None``: it did not.
    :ivar comparison: what it compared.
    """

    task: Task
    label: str
    number: int
    report: Report | None = None
    error: BaseException | None = None
    took_over: int | None = None
    comparison: Comparison | None = None


DEFAULTS: dict[str, Any] = {
    "snapshot_path": "x",
    "once_by": None,
    "when_gone": "ignore",
    "untag": (),
    "max_gone": 0.5,
    "resend_after": None,
    "forget_after": None,
    "full_refresh": False,
}
SITE = "00000000-0000-4000-8000-000000000000"


class World:
    """A snapshot's folder, a Bento and a clock.

    :param endpoint: ``subscribers`` or ``events``.
    :param folder: the snapshot's.
    :param luck: of what fails.
    :ivar owner: the attempt that was the last to take the snapshot.
    :ivar folder_fails: how many of the folder's calls fail.
    """

    def __init__(self, endpoint: contract.Endpoint, luck: random.Random, folder: Any = None) -> None:
        self.endpoint = endpoint
        self.folder = folder or MemoryFolder()
        self.bento = Bento()
        self.clock = FakeClock()
        self.folder_fails = 0.0
        self.mishaps: Counter[str] = Counter()
        self.owner: Attempt | None = None
        self.attempts: list[Attempt] = []
        self._luck = luck

    def attempt(self, task: Task, process: Process) -> Attempt:
        """Run a task's next attempt, as the operators do."""
        one = self.begun(task)
        self.play(one, process)
        return one

    def begun(self, task: Task) -> Attempt:
        """Return a task's next attempt, which Airflow has counted."""
        task.tries += 1
        one = Attempt(task, f"{task.name}#{task.tries}", task.tries)
        self.attempts.append(one)
        return one

    def play(self, one: Attempt, process: Process) -> None:
        """Run an attempt to its end."""
        sync, push = self._parts(one, process)
        report = deliver(push)
        sync.finish(push, report)
        one.report, one.task.green = report, True

    def _parts(self, one: Attempt, process: Process) -> tuple[Sync, Push]:
        task = one.task
        options = SyncOptions(**{**DEFAULTS, **task.options})
        folder = Reached(self._failing(_Watched(self.folder, self, one)), process)
        snapshot = Snapshot(folder, _terms(options, self.endpoint, SITE), run=task.name, clock=self.clock)
        parser = parse_subscriber if self.endpoint == "subscribers" else parse_event

        def compared(found: Comparison) -> None:
            one.comparison = found
            _look_at(found, SimpleNamespace(sync=options, endpoint=self.endpoint, validate_only=False), QUIET)  # type: ignore[arg-type]  # all that it reads

        key_of = _key_of(options, self.endpoint)
        source = ComparedSource(
            ListSource(task.rows), snapshot, key_of=key_of, new_parser=lambda: parser,
            max_bytes=contract.MAX_CHUNK_BYTES, compared=compared,
        )  # fmt: skip
        return Sync(options, snapshot, source, QUIET), self._push(one, process, source, snapshot, parser)

    def _push(self, one: Attempt, process: Process, source: Any, snapshot: Snapshot, parser: Any) -> Push:
        task, stop = one.task, threading.Event()
        options = {"chunk_size": 3, "on_invalid_record": "drop", "max_failed": 1000, "max_in_flight": 1, **task.push}
        loop: RequestLoop[Any] = RequestLoop(
            lambda request, sending: self.bento.send(request, one.label, process.touch, sending),
            OpenBudget(),
            self.clock,
            stopped=stop.is_set,
            backoff=Backoff(max_attempts=2),
            jitter=self._luck.random,
        )
        plan = Plan(self.endpoint, options["chunk_size"], contract.MAX_CHUNK_BYTES, source.identity())
        store = task.store if task.durable else MemoryStore()
        return Push(
            endpoint=self.endpoint,
            source=source,
            new_parser=lambda: parser,
            request_loop=loop,
            pacer=OpenBudget(),
            checkpoints=Checkpoints(Reached(store, process), plan, TaskAttempt(one.number, task.max_tries)),
            dead_letters=Reached(task.letters, process, together=True),
            ledger=snapshot,
            clock=self.clock,
            stop=stop,
            attempt=one.number,
            **options,
        )

    def _failing(self, folder: Any) -> Any:
        return Failing(folder, self.folder_fails, self._luck, self.mishaps) if self.folder_fails else folder


class _Watched:
    """A folder that tells the world who took the snapshot."""

    def __init__(self, inner: Any, world: World, one: Attempt) -> None:
        self._inner, self._world, self._one = inner, world, one

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self._inner, name)  # type: ignore[no-any-return]  # a method

    def create(self, name: str, data: bytes) -> bool:
        """Create a file; a generation with an owner takes the snapshot over."""
        done: bool = self._inner.create(name, data)
        if done and msgspec.json.decode(data)["owner"] is not None:
            self._one.took_over = len(self._world.bento.requests)
            self._world.owner = self._one
        return done


def _name(row: Any) -> str:
    return str(row["details"].get("order_id")) if "details" in row else str(row["email"]).lower()
