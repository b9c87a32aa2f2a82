"""What does the safety margin buy, and what does it cost? A hundred in 60 s for an hour, on a fake clock.

Between permit and arrival most requests take 20 to 50 ms, over a connection that is open already; some need a new one
(DNS, TCP, TLS), or their process is held up, and take up to ``late`` seconds more.
"""

from __future__ import annotations

import os
import platform
import random
import sys
from typing import Final
from unittest import mock

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import permit_log, window
from airflow_provider_bento.delivery.pacing.budget import Budget

RATE: Final = Rate(100, 60.0)
HOUR: Final = 3600.0


def arrivals(late: float) -> list[float]:
    """Return when the requests of an hour arrive; one in ten is late."""
    budget, at, found = Budget(), 0.0, []
    while at < HOUR:
        budget, seconds = window.try_acquire(budget, [RATE], at)
        if seconds <= 0:
            found.append(at + random.uniform(0.02, 0.05) + (random.random() < 0.1) * random.uniform(0, late))
        at += seconds + random.uniform(0, 0.002) if seconds > 0 else 0.0
    return sorted(found)


def row(margin: float, late: float) -> str:
    """Return a line of the table."""
    with mock.patch.object(permit_log, "margin", return_value=margin):
        times = arrivals(late)
    windows = [right - left for left, right in zip(times, times[RATE.limit :], strict=False)]
    beyond = sum(1 for length in windows if length < RATE.seconds)
    steady = sum(1 for at in times if 600 <= at < HOUR) / ((HOUR - 600) / RATE.seconds * RATE.limit)
    return f"margin {margin:4g} s  late by up to {late:3g} s  used {steady:6.1%}  requests beyond the limit {beyond:4}"


def main() -> int:
    """Print the table."""
    random.seed(1)
    print(f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}; a fake clock, seed 1")
    for late in (0.1, 0.5, 1.0):
        for margin in (0.0, 0.1, 0.3, 0.6, 1.2, 3.0):
            print(row(margin, late), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
