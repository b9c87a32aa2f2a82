"""Folders of a snapshot that fail, and one in memory."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["Failing", "MemoryFolder"]


class MemoryFolder:
    """A :class:`~airflow_provider_bento.sync.folder.Folder` in a dict."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def names(self, below: str) -> list[str]:
        """Return the names of the files in a subfolder."""
        return sorted(name.removeprefix(f"{below}/") for name in self.files if name.startswith(f"{below}/"))

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes."""
        return self.files.get(name)

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        self.files[name] = data

    def create(self, name: str, data: bytes) -> bool:
        """Write a file, unless it exists."""
        return self.files.setdefault(name, data) is data

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.files.pop(name, None)

    def fetch(self, name: str, into: Path) -> Path | None:
        """Return a copy."""
        if name not in self.files:
            return None
        copy = into / "fetched.parquet"
        copy.write_bytes(self.files[name])
        return copy

    def put(self, name: str, path: Path) -> None:
        """Write a file."""
        self.files[name] = path.read_bytes()


class Failing:
    """A folder of which some calls fail, before or after they had their effect.

    :param inner: the folder.
    :param chance: how many of the calls fail.
    :param luck: decides which.
    :param told: counts the failures.
    """

    def __init__(self, inner: Any, chance: float, luck: random.Random, told: Counter[str]) -> None:
        self._inner = inner
        self._chance = chance
        self._luck = luck
        self._told = told

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def called(*args: Any) -> Any:
            fails = self._luck.random() < self._chance
            if fails and self._luck.random() < 0.5:
                self._told[f"folder: {name}"] += 1
                raise BentoStateError("the disk")
            result = method(*args)
            if fails:
                self._told[f"folder: {name}, after its effect"] += 1
                raise BentoStateError("the disk")
            return result

        return called
