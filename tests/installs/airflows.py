"""Which releases of Airflow the wheel is installed into, and what each of them pins: one constraints file a release.

Airflow's own files are made on the day of its release with the newest of everything. The files here are made the same
way: the release with the providers of its usual images, nothing newer than a week after it. Written once, then kept.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Providers that Airflow's images hold; the more of them, the more is pinned.
OF_IMAGES: Final = "amazon,celery,cncf-kubernetes,common-io,docker,google,pandas,postgres,redis,snowflake,ssh,standard"


@dataclass(frozen=True)
class Airflow:
    """A release of Airflow.

    :param as_of: nothing that came out later is in its constraints file.
    :param heeds_reschedule_dates: whether its scheduler lets a task that is no sensor wait for its date.
    :param newest_python: the newest Python that it knows.
    :param tests_dags: whether its ``DAG.test()`` runs a DAG that its database does not hold (3.0.0 and 3.1.0 do not).
    """

    version: str
    as_of: str
    heeds_reschedule_dates: bool = True
    newest_python: tuple[int, int] = (3, 13)
    tests_dags: bool = True

    @property
    def minor(self) -> str:
        """Return the part of its version that people name."""
        return ".".join(self.version.split(".")[:2])


NEWEST: Final = (
    Airflow("2.11.2", "2026-03-21", heeds_reschedule_dates=False, newest_python=(3, 12)),
    Airflow("3.0.6", "2025-09-05", heeds_reschedule_dates=False, newest_python=(3, 12)),
    Airflow("3.1.8", "2026-03-18", heeds_reschedule_dates=False),
    Airflow("3.2.2", "2026-06-05"),
    Airflow("3.3.2", "2026-09-24"),
)
FIRST: Final = (
    Airflow("2.11.0", "2025-05-27", heeds_reschedule_dates=False, newest_python=(3, 12)),
    Airflow("3.0.0", "2025-04-29", heeds_reschedule_dates=False, newest_python=(3, 12), tests_dags=False),
    Airflow("3.1.0", "2025-10-02", heeds_reschedule_dates=False, tests_dags=False),
    Airflow("3.2.0", "2026-04-14"),
    Airflow("3.3.0", "2026-07-13"),
)


def constraints_of(airflow: Airflow, folder: Path, uv: Path, python: str, extras: str = OF_IMAGES) -> Path:
    """Return the constraints file of a release; it is resolved if the folder does not hold it yet.

    :param extras: those of Airflow whose providers are pinned too.
    :raises RuntimeError: uv finds no solution.
    """
    wanted = f"# apache-airflow[{extras}]=={airflow.version} as of {airflow.as_of} on Python {python}\n"
    path = folder / f"constraints-{airflow.version}-{python}.txt"
    if path.exists() and path.read_text().startswith(wanted):
        return path
    command = [uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--no-strip-markers"]
    command += ["--exclude-newer", airflow.as_of, "--python-version", python]
    requirement = f"apache-airflow[{extras}]=={airflow.version}\n"
    done = subprocess.run(command, input=requirement, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"No constraints file for Airflow {airflow.version}:\n{done.stderr}")
    path.write_text(wanted + without_extras(done.stdout))
    return path


def without_extras(pins: str) -> str:
    """Return the pins as a constraints file may hold them: pip allows no extras there."""
    lines = (line.partition("[") for line in pins.splitlines())
    return "".join(f"{name}{rest.partition(']')[2]}\n" for name, _, rest in lines)
