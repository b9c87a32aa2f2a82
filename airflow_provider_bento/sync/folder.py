"""Where a snapshot is kept: the protocol of its folder.

Tested by tests/unit/sync/test_folder.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

__all__ = ["Folder"]


class Folder(Protocol):
    """Files of one snapshot, by names such as ``generations/000000007.json``. One conformance suite runs over every
    implementation. All methods raise ``BentoStateError`` if the file system fails.
    """

    def names(self, below: str) -> list[str]:
        """Return the names of the files in a subfolder, without it, sorted; empty if there is none."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes; ``None`` if it is missing."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole and durably, or replace it."""
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Write a file whole and durably, unless it exists; return whether it was written. Of several writers, one
        succeeds.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file; no error if it is missing."""
        ...

    def fetch(self, name: str, into: Path) -> Path | None:
        """Return a path on this machine's disk at which the file can be read; ``None`` if it is missing.

        :param into: a folder for the copy, if there has to be one.
        """
        ...

    def put(self, name: str, path: Path) -> None:
        """Write a file whole and durably from one on this machine's disk, which may be moved away."""
        ...
