"""Where the Pythons of the matrix are on this machine: what uv finds, what is on the path, and what pyenv installed.

Tested by tests/matrix/test_pythons.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

UV: Final = Path(sys.executable).parent / "uv"
_ASK: Final = "import sys; print(*sys.version_info[:2], sep='.')"


def found(python: tuple[int, int]) -> Path | None:
    """Return an interpreter of a version, or ``None`` if this machine has none that runs."""
    wanted = f"{python[0]}.{python[1]}"
    return next((path for path in _candidates(wanted) if runs(path, wanted)), None)


def runs(path: Path, wanted: str) -> bool:
    """Return whether an interpreter starts and has the wanted version; a shim of pyenv may do neither."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == wanted


def _candidates(wanted: str) -> Iterator[Path]:
    if sys.version_info[:2] == tuple(int(part) for part in wanted.split(".")):
        yield Path(sys.executable).resolve()
    for folder in os.get_exec_path():
        if on_path := shutil.which(f"python{wanted}", path=folder):
            yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{wanted}.*/bin/python"), reverse=True)
    command = [UV, "python", "find", "--no-project", "--no-python-downloads", "--managed-python", wanted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 0:
        yield Path(done.stdout.strip())
