"""How much importing the operators adds to the parse of a DAG file.

Run as ``python tests/benchmarks/bench_import.py [processes]``. Each row is measured in fresh processes, in turns, after
``from airflow.sdk import BaseOperator``, with byte code already compiled, as on a worker that has run before.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET_MS = 10.0
BASE = "from airflow.sdk import BaseOperator"
ROWS = {
    "nothing (the clock itself)": "pass",
    "the compat layer, which official providers import too": "from airflow.providers.common.compat.sdk import BaseHook",
    "the three operators": "import airflow_provider_bento.operators.bento",
    "the hook": "import airflow_provider_bento.hooks.bento",
    "the plugin, which every Airflow process imports": "import airflow_provider_bento.plugins.bento",
    "for comparison: requests": "import requests",
    "for comparison: standard BashOperator": "from airflow.providers.standard.operators.bash import BashOperator",
    "for comparison: common.sql SQLExecuteQueryOperator": (
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator"
    ),
}
SCRIPT = """
import sys, time
{base}
loaded, began = len(sys.modules), time.perf_counter()
{then}
print("=>", (time.perf_counter() - began) * 1000, len(sys.modules) - loaded)
"""


def measure(then: str, environment: dict[str, str]) -> tuple[float, int]:
    """Return milliseconds and modules that one import adds in a fresh process."""
    script = SCRIPT.format(base=BASE, then=then)
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    milliseconds, modules = done.stdout.rpartition("=>")[2].split()
    return float(milliseconds), int(modules)


def main(processes: int = 9) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment |= {"AIRFLOW_HOME": home, "PYTHONPYCACHEPREFIX": f"{home}/compiled", "PYTHONPATH": str(ROOT)}
        for then in ROWS.values():
            measure(then, environment)
        rounds = [{row: measure(then, environment) for row, then in ROWS.items()} for _ in range(processes)]
    show(rounds)


def show(rounds: list[dict[str, tuple[float, int]]]) -> None:
    """Print the median and the extremes of each row, and whether the operators are within their target."""
    machine = f"{platform.node()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"Import cost after `{BASE}`; {len(rounds)} processes a row; {machine}\n")
    print(f"{'import':<56}{'median ms':>10}{'least':>8}{'most':>8}{'modules':>9}")
    for row in ROWS:
        times = [one[row][0] for one in rounds]
        median = statistics.median(times)
        print(f"{row:<56}{median:>10.1f}{min(times):>8.1f}{max(times):>8.1f}{rounds[0][row][1]:>9}")
    operators = statistics.median(one["the three operators"][0] for one in rounds)
    verdict = "within" if operators <= TARGET_MS else "ABOVE"
    print(f"\nThe operators add {operators:.1f} ms: {verdict} the target of {TARGET_MS:g} ms.")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
