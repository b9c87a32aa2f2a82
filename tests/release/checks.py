"""What is checked of the two files before anybody uploads them; each check says what it saw, or why it failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from installs import installs
from installs.airflows import NEWEST, constraints_of
from packaging.requirements import Requirement
from release.build import Built, build, differing
from release.licences import Licence, refused, table

from airflow_provider_bento.sandbox.in_thread import running_sandbox

BIN: Final = Path(sys.executable).parent
EXTRAS: Final = "parquet,redis,sandbox,sync,zstd"


class Refused(Exception):
    """This must not be released; the text says why."""


class NotChecked(Refused):
    """Nobody answered who could have said."""


def built_twice(checkout: Path, folder: Path) -> tuple[Built, str]:
    """Build in two folders, of two users with other habits; return the first pair.

    :raises Refused: a byte differs.
    """
    first = build(checkout, folder / "one")
    before = os.umask(0o077)
    try:
        elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1", "HOME": str(folder)}
        second = build(checkout, folder / "another place", **elsewhere)
    finally:
        os.umask(before)
    other = differing(first.digests(), second.digests())
    if other:
        raise Refused(f"two builds of one commit differ: {', '.join(other)}")
    return first, "two builds are the same bytes"


def rendered(files: Built) -> str:
    """Let twine judge the metadata and the description.

    :raises Refused: twine has something to say.
    """
    done = _run(sys.executable, "-m", "twine", "check", "--strict", *files)
    if done.returncode:
        raise Refused(done.stdout + done.stderr)
    return "twine check --strict passed for both"


def installed(files: Built, venv: Path) -> str:
    """Install the wheel with all extras into a clean environment under Airflow's constraints, and use it.

    :param venv: where; it stays, for the checks of what was installed.
    :raises Refused: a pin was moved, or the first use failed.
    """
    airflow = NEWEST[-1]
    installs.FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        constraints = constraints_of(airflow, installs.FOLDER, installs.UV, installs.PYTHON)
        installs.by_uv(airflow, files.wheel, constraints, venv)
        with running_sandbox() as bento:
            installs.first_use(airflow, venv, bento.connection, "release@installs.example")
            arrived = [one["email"] for one in bento.control.records("subscribers")]
        installs.unchanged(venv, constraints)
        install = (installs.UV, "pip", "install", "--quiet", "--python", venv / "bin/python")
        installs.run(*install, "--constraint", constraints, f"{files.wheel}[{EXTRAS}]")
    except (installs.DidNotWork, RuntimeError) as error:
        raise Refused(str(error)) from error
    if arrived != ["release@installs.example"]:
        raise Refused(f"{len(arrived)} subscribers arrived at the local Bento")
    return f"Airflow {airflow.version}, Python {installs.PYTHON}: imported, listed, a record pushed"


def audited(venv: Path) -> str:
    """Ask for known vulnerabilities of everything that was installed.

    :raises Refused: there is one.
    :raises NotChecked: the service did not know, or did not answer.
    """
    site = next((venv / "lib").glob("python*/site-packages"))
    done = _run(BIN / "pip-audit", "--path", site, "--format", "json", "--progress-spinner", "off")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise NotChecked("the vulnerability service did not answer") from None
    return judged(answer["dependencies"])


def judged(dependencies: Iterable[dict[str, Any]]) -> str:
    """Return what an audit found, as pip-audit reports it.

    :raises Refused: a vulnerability.
    :raises NotChecked: packages that nobody could say anything about, our own one apart.
    """
    answers = [one for one in dependencies if one["name"] != "airflow-provider-bento"]
    known = [f"{one['name']} {one['version']}: {found['id']}" for one in answers for found in one.get("vulns", ())]
    if known:
        raise Refused("known vulnerabilities: " + "; ".join(known))
    silent = [one["name"] for one in answers if "vulns" not in one]
    if silent or not answers:
        raise NotChecked(f"no answer about {len(silent)} of {len(answers)} packages")
    return f"{len(answers)} packages, no known vulnerability"


def licensed(venv: Path, dist: Path) -> str:
    """Write the licences of everything that was installed to ``LICENCES.md``; judge those that we brought.

    :raises Refused: one of them is not permitted.
    """
    done = _run(BIN / "pip-licenses", "--python", venv / "bin/python", "--from", "mixed", "--format", "json")
    found = [Licence(one["Name"], one["Version"], one["License"]) for one in json.loads(done.stdout)]
    (dist / "LICENCES.md").write_text(table(found))
    ours = [one for one in found if _normal(one.package) in _own_requirements()]
    wrong = refused(ours)
    if wrong:
        raise Refused("licences: " + "; ".join(f"{one.package} ({one.licence})" for one in wrong))
    return f"{len(found)} packages listed, the {len(ours)} that we ask for may be used"


def _own_requirements() -> set[str]:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return {_normal(Requirement(line).name) for line in lines}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:  # no checkout is below it
        return subprocess.run(
            list(map(str, command)), capture_output=True, text=True, timeout=600, check=False, cwd=folder
        )
