"""``make installs``: the wheel goes into each Airflow under that Airflow's constraints, by uv and by pip, and works.

By uv, Airflow and the wheel are named in one command, and then a DAG pushes a subscriber to a local Bento; by pip, the
wheel comes into an Airflow that is there. ``--first`` takes the first release of each minor version as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

if sys.path[0] == str(Path(__file__).parent):  # this folder, whose installs.py would hide the folder itself
    sys.path[0] = str(Path(__file__).parents[1])

from distributions import built
from installs.airflows import FIRST, NEWEST, Airflow, constraints_of

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
FOLDER: Final = ROOT / ".venvs" / "installs"
UV: Final = Path(sys.executable).parent / "uv"
PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
EXTRAS: Final = "parquet,redis,sandbox,zstd"

Way = Callable[[Airflow, Path, Path, Path], None]


class DidNotWork(Exception):
    """A command ended otherwise than it should."""


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command; return what it printed.

    :raises DidNotWork: its exit status is not 0.
    """
    env = {name: value for name, value in (env or os.environ).items() if name != "PYTHONPATH"}  # no checkout
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, env=env, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-6000:]
        raise DidNotWork(f"$ {' '.join(map(str, command))}\n{said}")
    return done.stdout


def by_uv(airflow: Airflow, wheel: Path, constraints: Path, venv: Path) -> None:
    """Install Airflow and the wheel in one command; then look whether all extras would fit, too."""
    run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, venv)
    install: tuple[str | Path, ...] = (UV, "pip", "install", "--quiet", "--python", venv / "bin/python")
    run(*install, "--constraint", constraints, f"apache-airflow=={airflow.version}", str(wheel))
    run(*install, "--dry-run", "--constraint", constraints, f"{wheel}[{EXTRAS}]")


def by_pip(airflow: Airflow, wheel: Path, constraints: Path, venv: Path) -> None:
    """Install the wheel with pip into an Airflow that is there."""
    run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, venv)
    named = f"apache-airflow=={airflow.version}"
    run(UV, "pip", "install", "--quiet", "--python", venv / "bin/python", "--constraint", constraints, named)
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", venv / "bin/python")
    run(*pip, "install", "--constraint", constraints, named, str(wheel))


def pins(constraints: Path) -> dict[str, str]:
    """Return the versions that a constraints file holds."""
    lines = [line for line in constraints.read_text().splitlines() if "==" in line and not line.startswith("#")]
    return {name: rest.partition(" ")[0] for name, _, rest in (line.partition("==") for line in lines)}


def unchanged(venv: Path, constraints: Path) -> None:
    """Nothing that the constraints file pins was moved, and all requirements of all packages are met."""
    listed = json.loads(run(UV, "pip", "list", "--quiet", "--format", "json", "--python", venv / "bin/python"))
    wanted = pins(constraints)
    moved = [one["name"] for one in listed if wanted.get(one["name"], one["version"]) != one["version"]]
    if moved:
        raise DidNotWork(f"not the versions that {constraints.name} pins: {', '.join(moved)}")
    run(UV, "pip", "check", "--python", venv / "bin/python")


def first_use(airflow: Airflow, venv: Path, connection: Mapping[str, str], *addresses: str) -> None:
    """Let the installed package do what somebody does first: be imported, be listed, push a subscriber."""
    with tempfile.TemporaryDirectory(prefix="bento-installs-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        env |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__DAGS_FOLDER": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_BENTO_DEFAULT": json.dumps(connection),
        }
        heeds = str(int(airflow.heeds_reschedule_dates))
        said = run(venv / "bin/python", HERE / "first_use.py", heeds, *addresses, env=env)
    result: dict[str, Any] = json.loads(said.rpartition("=>")[2])
    if result["states"] != ["success"] * len(addresses) or result["warnings"]:
        raise DidNotWork(f"first use: {result}\n{said[-6000:]}")


def tried(airflow: Airflow, wheel: Path, bento: RunningSandbox) -> str:
    """Install both ways and use it; return a line of the table."""
    constraints = constraints_of(airflow, FOLDER, UV, PYTHON)
    address = f"airflow-{airflow.version}@installs.example"
    ways: Sequence[tuple[str, Way, list[str]]] = [
        ("uv", by_uv, [address] if airflow.tests_dags else []),
        ("pip", by_pip, []),
    ]
    cells = []
    for name, way, addresses in ways:
        venv = FOLDER / f"{airflow.version}-{name}"
        begun = time.monotonic()
        way(airflow, wheel, constraints, venv)
        unchanged(venv, constraints)
        installed = time.monotonic()
        first_use(airflow, venv, bento.connection, *addresses)
        cells += [f"{installed - begun:.0f} s", f"{time.monotonic() - installed:.0f} s"]
    arrived = Counter(record["email"] for record in bento.control.records("subscribers"))
    if arrived[address] != airflow.tests_dags:
        raise DidNotWork(f"{arrived[address]} subscribers arrived")
    held = pins(constraints)
    floors = " ".join(f"{name} {held.get(name, '-')}" for name in ("requests", "urllib3", "msgspec", "filelock"))
    return f"| {airflow.version} | {airflow.as_of} | {len(held)} | {' | '.join(cells)} | {floors} |"


def judged(airflow: Airflow, wheel: Path, bento: RunningSandbox) -> tuple[str, bool]:
    """Return a line of the table, or what went wrong."""
    if sys.version_info[:2] > airflow.newest_python:
        return f"| {airflow.version} | knows no Python {PYTHON}: run this with an older one |", True
    try:
        return tried(airflow, wheel, bento), True
    except (DidNotWork, RuntimeError) as error:
        return f"Airflow {airflow.version} did not work.\n{error}", False


def main() -> int:
    """Try all releases, two at a time; return the exit status."""
    parser = argparse.ArgumentParser(prog="make installs", description=__doc__)
    parser.add_argument("--first", action="store_true", help="the first release of each minor version as well")
    parser.add_argument("--only", nargs="+", metavar="VERSION", help="these releases, like 2.11.0 3.3.2")
    given = parser.parse_args()
    releases = [one for one in NEWEST + FIRST if one.version in (given.only or ())]
    releases = releases or [*NEWEST, *(FIRST if given.first else ())]
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as bento, ThreadPoolExecutor(2) as pool:
        wheel = built(Path(folder)).wheel
        lines = list(pool.map(lambda airflow: judged(airflow, wheel, bento), releases))
    sys.stdout.write(f"{wheel.name} on Python {PYTHON}\n\n")
    sys.stdout.write("| Airflow | constraints as of | pins | by uv | push | by pip | import | among the pins |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|---|\n")
    sys.stdout.write("".join(f"{line}\n" for line, _ in lines))
    sys.stdout.write(f"\n{time.monotonic() - begun:.0f} s\n")
    return 0 if all(good for _, good in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
