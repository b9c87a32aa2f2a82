"""The chunks under way: up to a limit, and never two that concern the same person."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self


class InFlight:
    """Runs up to ``size`` jobs at once; with one, in the caller's own thread.

    :param size: most jobs under way.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="bento") if size > 1 else None
        self._flying: dict[Future[None], frozenset[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True)  # those whose intent is stored are sent: else they would be in doubt

    def make_room(self, people: frozenset[str]) -> None:
        """Wait until another job may start and none under way concerns any of ``people``.

        :raises BaseException: what a finished job raised.
        """
        while len(self._flying) >= self._size or any(people & others for others in self._flying.values()):
            self.wait_for_one()
        self._collect({future for future in self._flying if future.done()})

    def start(self, people: frozenset[str], job: Callable[[], None]) -> None:
        """Start the job.

        :raises BaseException: what it raised, if it ran in this thread.
        """
        if self._pool is None:
            job()
        else:
            context = contextvars.copy_context()  # traces know their parent by it
            self._flying[self._pool.submit(context.run, job)] = people

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._flying)

    def wait_for_one(self) -> None:
        """Wait until a job ends.

        :raises BaseException: what it raised.
        """
        self._collect(wait(self._flying, return_when=FIRST_COMPLETED).done)

    def wait_for_all(self) -> None:
        """Wait for every job.

        :raises BaseException: what one of them raised.
        """
        while self._flying:
            self.wait_for_one()

    def drain(self) -> list[BaseException]:
        """Wait for every job; return what they raised."""
        wait(self._flying)
        raised = [error for future in self._flying if (error := future.exception()) is not None]
        self._flying.clear()
        return raised

    def _collect(self, done: set[Future[None]]) -> None:
        """Look at one job that ended; the others stay for the next look, so that no error is lost."""
        for future in list(self._flying):
            if future in done:
                del self._flying[future]
                future.result()
