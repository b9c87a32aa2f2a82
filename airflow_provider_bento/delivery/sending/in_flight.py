"""The chunks under way: up to a limit, and never two that concern the same person."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from types import TracebackType
from typing import ParamSpec, Self

P = ParamSpec("P")


class InFlight:
    """Runs up to ``size`` jobs at once; with one, in the caller's own thread.

    :param size: most jobs under way.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="bento") if size > 1 else None
        self._reserved: frozenset[str] = frozenset()
        self._under_way: dict[Future[None], frozenset[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True)  # those whose intent is stored are sent: else they would be in doubt

    def make_room(self, conflict_keys: frozenset[str]) -> None:
        """Wait until another job may start and none under way has any of these keys; then start the job that has them.

        :raises BaseException: what a finished job raised.
        """
        while len(self._under_way) >= self._size or not all(
            conflict_keys.isdisjoint(keys) for keys in self._under_way.values()
        ):
            self.wait_for_one()
        self._collect({future for future in self._under_way if future.done()})
        self._reserved = conflict_keys

    def start(self, job: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Start the job that room was made for.

        :raises BaseException: what it raised, if it ran in this thread.
        """
        keys, self._reserved = self._reserved, frozenset()
        if self._pool is None:
            job(*args, **kwargs)
        else:
            context = contextvars.copy_context()  # traces know their parent by it
            self._under_way[self._pool.submit(context.run, partial(job, *args, **kwargs))] = keys

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._under_way)

    def wait_for_one(self) -> None:
        """Wait until a job ends.

        :raises BaseException: what it raised.
        """
        self._collect(wait(self._under_way, return_when=FIRST_COMPLETED).done)

    def wait_for_all(self) -> None:
        """Wait for every job.

        :raises BaseException: what one of them raised.
        """
        while self._under_way:
            self.wait_for_one()

    def drain(self) -> list[BaseException]:
        """Wait for every job; return what they raised."""
        wait(self._under_way)
        raised = [error for future in self._under_way if (error := future.exception()) is not None]
        self._under_way.clear()
        return raised

    def _collect(self, done: set[Future[None]]) -> None:
        """Look at one job that ended; the others stay for the next look, so that no error is lost."""
        for future in list(self._under_way):
            if future in done:
                del self._under_way[future]
                future.result()
