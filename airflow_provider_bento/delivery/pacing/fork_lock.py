"""A lock that a fork neither tears nor leaves held by a thread that the child does not have.

Tested by tests/unit/delivery/pacing/test_sqlite_budgets.py.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol


class ForkLock(Protocol):
    """The part of :class:`threading.RLock` that is used here."""

    def acquire(self, blocking: bool = ..., timeout: float = ...) -> bool:  # noqa: FBT001  (the standard library's)
        """Take the lock, or return ``False`` after ``timeout`` seconds."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


def fork_lock() -> ForkLock:
    """Return a lock for the whole process; forks wait until it is free. Make it once, when a module is imported."""
    lock = threading.RLock()
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock
