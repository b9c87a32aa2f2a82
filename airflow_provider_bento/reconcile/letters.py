"""The people who differ, as dead letters: written many at a time, since elsewhere than on a disk each write is a whole
file.

Tested by tests/unit/reconcile/test_run.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from airflow_provider_bento.delivery.dead_letters import DeadLetterSink
from airflow_provider_bento.delivery.values import DeadLetter, Row
from airflow_provider_bento.reconcile.comparison import Difference

__all__ = ["Letters"]

_MOST: Final = 500  # that wait to be written


class Letters:
    """Collects dead letters for one attempt.

    :param sink: where they are kept.
    :param attempt: the task's try number.
    """

    def __init__(self, sink: DeadLetterSink, attempt: int) -> None:
        self._sink = sink
        self._attempt = attempt
        self._waiting: list[DeadLetter] = []

    def begin(self) -> None:
        """Forget what earlier attempts wrote: this one compares everybody again.

        :raises BentoStateError: the file cannot be written.
        """
        self._sink.reset(attempt=self._attempt)

    def add(self, row: Row, kind: Literal["different", "missing"], found: Sequence[Difference]) -> None:
        """Take one more.

        :raises BentoStateError: the file cannot be written.
        """
        self._waiting.append(DeadLetter(row.position, 0, kind, found, self._attempt, "subscribers", row.data))
        if len(self._waiting) >= _MOST:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        :raises BentoStateError: the file cannot be written.
        """
        self._sink.write(self._waiting)
        self._waiting = []
