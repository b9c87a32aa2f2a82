"""What came of each method or script of a client."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """One method or script.

    :param value: what it returned.
    :param error: what was not as it should be; ``None``: all was.
    """

    name: str
    value: Any = None
    error: str | None = None


class ClientFailed(Exception):
    """A client's program ended otherwise than it should."""


def printed(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it printed.

    :raises ClientFailed: its exit status is not 0.
    """
    env = os.environ | dict(env or {})
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False, env=env)
    if done.returncode:
        raise ClientFailed((done.stderr or done.stdout).strip()[-2000:])
    return done.stdout
