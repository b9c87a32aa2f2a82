"""Budgets in this process, shared by its threads.

Tested by tests/conformance/test_pacer_conformance.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.fork_lock import fork_lock

T = TypeVar("T")
_LOCK: Final = fork_lock()


class ProcessBudgets:
    """Keeps budgets in memory.

    :param now: a clock that never jumps, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._budgets: dict[str, Budget] = {}

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Replace a budget while no other thread can."""
        _LOCK.acquire()
        try:
            self._budgets[key], result = step(self._budgets.get(key, Budget()), self._now())
            return result
        finally:
            _LOCK.release()
