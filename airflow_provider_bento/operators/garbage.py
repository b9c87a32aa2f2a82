"""Python's garbage collector while many rows pass: it need not look again and again at all that Airflow has loaded.

Tested by tests/unit/operators/test_garbage.py.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator
from typing import Final

__all__ = ["old_objects_ignored"]

_lock: Final = threading.Lock()
_users = 0
_frozen = False


@contextlib.contextmanager
def old_objects_ignored() -> Iterator[None]:
    """Let the collector ignore the objects that exist now, until the last one who asked for that is done.

    Rows are new objects, and enough of them start a full collection, which looks at every object of the process; in a
    worker most of those are Airflow's. What becomes garbage meanwhile is collected as ever (docs: Python, gc.freeze).
    If somebody else has frozen objects, as Airflow does before it forks, this does nothing: they are ignored already.
    """
    global _users, _frozen  # noqa: PLW0603  (the collector is the process's, too)
    with _lock:
        if _users == 0 and gc.get_freeze_count() == 0:
            gc.freeze()
            _frozen = True
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and _frozen:
                gc.unfreeze()
                _frozen = False
