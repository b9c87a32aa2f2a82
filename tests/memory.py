"""What a call holds at its peak, told apart from what else the process does meanwhile."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def peak_bytes(call: Callable[[], object]) -> int:
    """Return the least of three peaks: imports, caches and other threads can only add to a peak.

    :param call: what is measured; it is made three times and should do the same each time.
    """
    return min(_peak(call) for _ in range(3))


def _peak(call: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
