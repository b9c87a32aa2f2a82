"""Proof 5: stores that are down, read-only, full or slow to say yes, before the start and in the middle of a run."""

from __future__ import annotations

import errno
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from airflow.providers.common.compat.sdk import io
from delivery_law.fakes import rows
from delivery_law.law import LawBroken, check_end, guard, live
from delivery_law.world import World
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore, MemoryStore
from airflow_provider_bento.delivery.dead_letters import DeadLetterSink, MemoryDeadLetters
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.stores.dead_letters import DeadLetterFile
from airflow_provider_bento.stores.files import FileStore
from airflow_provider_bento.stores.task_state import TaskStateStore

Ill = Literal["down", "read-only", "reply lost"]
ILLS: tuple[Ill, ...] = ("down", "read-only", "reply lost")
_WRITES = ("set", "delete", "write", "reset")


class Brittle:
    """A store that fails from one of its calls on.

    :param inner: the store.
    :param first: number of the first call that fails, from 1.
    :param count: how many calls fail; those after them succeed again.
    :param fail: makes the inner store fail, or not.
    """

    def __init__(self, inner: Any, first: int, count: int, ill: Ill, fail: Callable[[bool], None]) -> None:
        self.calls = 0
        self._inner = inner
        self._failing = range(first, first + count)
        self._ill = ill
        self._fail = fail

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            fails = self.calls in self._failing and (name in _WRITES or self._ill != "read-only")
            if fails and self._ill == "reply lost":
                getattr(self._inner, name)(*args, **kwargs)
            self._fail(fails)
            try:
                return getattr(self._inner, name)(*args, **kwargs)
            finally:
                self._fail(False)

        return call


class Ward:
    """A store and dead letters of one kind, and how to make them fail.

    :param named: what an error's message must hold, so that a person knows which place to mend.
    """

    def __init__(
        self, store: KeyValueStore, dead_letters: DeadLetterSink, fail: Callable[[bool], None], named: str
    ) -> None:
        self.store, self.dead_letters, self.fail, self.named = store, dead_letters, fail, named

    def letters(self) -> dict[int, str]:
        """Return the kinds of the dead letters by position."""
        return {position: letter.kind for position, letter in self.dead_letters.letters.items()}  # type: ignore[attr-defined]


def in_memory(_: Path) -> Ward:
    """Return a store that raises what every store raises."""
    failing = [False]

    class Failing:
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> Any:
            if failing[0]:
                raise BentoStateError("the memory is out of order")
            return getattr(self._inner, name)

    def fail(now: bool) -> None:
        failing[0] = now

    return Ward(Failing(MemoryStore()), Failing(MemoryDeadLetters()), fail, "the memory")


def in_task_state(folder: Path) -> Ward:
    """Return Airflow's task state store, whose API answers with an error."""
    values: dict[str, str] = {}
    failing = [False]

    class Accessor:
        def get(self, key: str, default: Any = None) -> Any:
            self._answer()
            return json.loads(values[key]) if key in values else default

        def set(self, key: str, value: Any, *, retention: Any = None) -> None:
            self._answer()
            values[key] = json.dumps(value)

        def delete(self, key: str) -> None:
            self._answer()
            values.pop(key, None)

        def _answer(self) -> None:
            if failing[0]:
                raise RuntimeError("API_SERVER_ERROR")

    def fail(now: bool) -> None:
        failing[0] = now

    return Ward(TaskStateStore(Accessor()), MemoryDeadLetters(), fail, "the task's state store")


class FullBucket(MemoryFileSystem):  # type: ignore[misc]  # fsspec is untyped
    """An object store that may have no room left."""

    cachable = False
    failing = False

    def __getattribute__(self, name: str) -> Any:
        if name in _REMOTE and FullBucket.failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().__getattribute__(name)


class Files(Ward):
    """Files in an object store."""

    def __init__(self) -> None:
        folder = uuid.uuid4().hex
        self.place = f"memory://full@bucket/{folder}"
        letters = DeadLetterFile(f"{self.place}/rejects.jsonl", run="run")
        super().__init__(FileStore(f"{self.place}/state", name="d/r/t/-1"), letters, self._fail, folder)

    def letters(self) -> dict[int, str]:
        """Return the kinds of the dead letters by position."""
        found = io.ObjectStoragePath(f"{self.place}/rejects.jsonl")
        lines = [json.loads(line) for line in found.fs.cat_file(found.path).splitlines()]
        if len({line["position"] for line in lines}) != len(lines):
            raise LawBroken("a record stands twice in the dead letters")
        return {line["position"]: line["kind"] for line in lines}

    def _fail(self, now: bool) -> None:
        FullBucket.failing = now


def in_object_store(_: Path) -> Ward:
    """Return files in an object store that has no room left."""
    io.attach("memory", "full", fs=FullBucket())
    return Files()


_REMOTE = frozenset({"cat_file", "pipe_file", "put_file", "get_file", "rm_file", "info", "exists", "open", "mv", "rm"})


def fall_ill(ward: Ward, first: int, count: int, ill: Ill, *, letters: bool = False) -> bool:
    """Run until the store fails, mend it, go on, and compare what arrived.

    :param letters: whether the dead letters fail instead of the checkpoint.
    :returns: whether the run came to the failing call.
    :raises LawBroken: something was sent without a stored intent, lost or doubled, or the error names no place.
    """
    world = World(rows(10, bad=[3]), in_doubt="hold", store=ward.store, dead_letters=ward.dead_letters)
    guard(world)
    world.letters = ward.letters
    sick: list[Brittle] = []

    def between(outside: Any) -> Any:
        if (outside is ward.dead_letters) is not letters:
            return outside
        sick.append(Brittle(outside, first, count, ill, ward.fail))
        return sick[-1]

    world.between = between
    try:
        world.attempt()
    except BentoStateError as error:
        if ward.named not in str(error):
            raise LawBroken(f"the error does not say which place to mend: {error}") from None
    else:
        if sick[0].calls >= first and ill != "read-only":
            raise LawBroken("a failing store went unnoticed")
        return False
    world.between = lambda outside: outside
    check_end(world, live(world))
    return True
