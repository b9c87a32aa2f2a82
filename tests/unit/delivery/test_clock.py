"""The machine's clock; its sleep ends when the task is told to stop."""

from __future__ import annotations

import threading
import time

from airflow_provider_bento.delivery.clock import SystemClock


def test_it_is_the_machines() -> None:
    """Wall clock and a clock that never jumps."""
    clock = SystemClock()
    assert abs(clock.time() - time.time()) < 5
    assert clock.monotonic() <= clock.monotonic()


def test_a_stop_ends_a_sleep() -> None:
    """Also one that has begun; a negative wait is none."""
    stop = threading.Event()
    clock = SystemClock(stop)
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    clock.sleep(60)
    clock.sleep(60)
    assert time.monotonic() - began < 5
    SystemClock().sleep(-1)
