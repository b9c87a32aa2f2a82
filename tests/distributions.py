"""The two files that are published, built from a copy of this checkout: the sdist, and from it the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
LEFT_OUT: Final = shutil.ignore_patterns(
    "__pycache__", "*.egg-info", "build", "dist", ".git", ".venv", ".venvs", ".*_cache", ".demo", ".bench", ".prove",
    ".hypothesis",
)  # fmt: skip


class Distributions(NamedTuple):
    """What was built, and the folder that the sdist unpacks to."""

    sdist: Path
    wheel: Path
    unpacked: Path


def built(folder: Path, source: Path = ROOT) -> Distributions:
    """Build both into an empty folder, without a network, by the setuptools that is installed.

    :param source: the checkout.
    """
    copy, target = folder / "checkout", folder / "dist"
    shutil.copytree(source, copy, ignore=LEFT_OUT, symlinks=True)
    target.mkdir()
    call_backend("build_sdist", copy, target)
    sdist = next(target.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "sdist", filter="data")
    unpacked = folder / "sdist" / sdist.name.removesuffix(".tar.gz")
    call_backend("build_wheel", unpacked, target)
    return Distributions(sdist, next(target.glob("*.whl")), unpacked)


def call_backend(hook: str, source: Path, target: Path, **variables: str) -> None:
    """Call a hook of the build backend in ``source``, in a process with more environment variables."""
    script = f"from setuptools.build_meta import {hook}; {hook}({str(target)!r})"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # a checkout there would be seen
    command = [sys.executable, "-c", script]
    subprocess.run(
        command, cwd=source, check=True, capture_output=True, timeout=300, env={**env, **variables},
        umask=0o022,  # the modes in a wheel are those of copies
    )  # fmt: skip
