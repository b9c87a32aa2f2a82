"""Folders that the tests of snapshots share."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import io

from airflow_provider_bento.filesystem.object_path import object_path
from airflow_provider_bento.sync.folder import Folder

__all__ = ["InMemoryFolder", "attached"]


def attached(scheme: str, fs: Any) -> str:
    """Return the start of a path on a file system that no other path shares."""
    object_path("/")  # Airflow 2 loads io.store with its first path
    name = uuid.uuid4().hex
    io.store.attach(scheme, name, fs=fs)
    return f"{scheme}://{name}@"


class InMemoryFolder(Folder):
    """A folder without a file system; one suite of tests runs over it and the real ones.

    :ivar files: what is in it.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def names(self, below: str) -> list[str]:
        """Return the names of the files in a subfolder."""
        found = [name.removeprefix(f"{below}/") for name in self.files if name.startswith(f"{below}/")]
        return sorted(name for name in found if "/" not in name)

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes."""
        return self.files.get(name)

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        self.files[name] = data

    def create(self, name: str, data: bytes) -> bool:
        """Write a file, unless it exists."""
        with self._lock:
            return self.files.setdefault(name, data) is data

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.files.pop(name, None)

    def fetch(self, name: str, into: Path) -> Path | None:
        """Return a copy."""
        if (data := self.files.get(name)) is None:
            return None
        copy = into / Path(name).name
        copy.write_bytes(data)
        return copy

    def put(self, name: str, path: Path) -> None:
        """Write a file from another."""
        self.files[name] = path.read_bytes()
