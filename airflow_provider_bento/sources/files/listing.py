"""The files at a path: one, those below a folder, or those that a pattern matches; always in the same order.

Knows file systems; does not know what is in a file.

Tested by tests/conformance/test_source_conformance.py.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO, Any, Final

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError, BentoSourceChanged
from airflow_provider_bento.filesystem.object_path import (
    PathLike,
    conn_id_of,
    local_path,
    object_path,
    safe_text,
    version_of,
)

__all__ = ["File", "files_at"]

_BUFFER: Final = 1 << 20  # bytes
_HIDDEN: Final = (".", "_")


class File(msgspec.Struct, frozen=True):
    """One file as it was when it was listed.

    :param path: its ``ObjectStoragePath``.
    :param version: its size, and how its file system distinguishes versions.
    """

    path: Any
    version: tuple[str, str]

    @property
    def name(self) -> str:
        """Its name without folders, for messages."""
        return PurePosixPath(self.path.path).name

    @property
    def size(self) -> int:
        """Its bytes as they are stored; 0 if the file system does not report it."""
        return int(self.version[0]) if self.version[0].isdecimal() else 0

    def check(self) -> None:
        """Reject a file that changed after it was listed.

        :raises BentoSourceChanged: it was written to, replaced or removed.
        """
        if version_of(self.path) != self.version:
            raise BentoSourceChanged(
                f"{safe_text(self.path)} changed while it was being read. Confirmed records stay confirmed. Write "
                "files under another name and rename them when they are complete; then clear the task.",
                changed=("the file",),
            )

    def open(self) -> IO[bytes]:
        """Return its bytes, buffered; can be sought in."""
        disk = local_path(self.path)
        if disk is not None:
            return disk.open("rb", buffering=_BUFFER)
        return io.BufferedReader(self.path.fs.open(self.path.path, "rb"), _BUFFER)


def files_at(path: PathLike) -> list[File]:
    """Return the files at a path, sorted by their whole names.

    Hidden ones (``.x``, ``_x``: unfinished, or markers such as ``_SUCCESS``) are left out of folders and patterns.

    :param path: a file, a folder (with all below it), or a pattern with ``*``, ``?``, ``[`` and ``**``, one part of
        which may begin with a dot or underscore to mean hidden ones.
    :raises BentoSetupError: there is none.
    """
    found = object_path(path)
    found.fs.invalidate_cache()
    names = _names(found)
    if not names:
        raise BentoSetupError(f"There is no file at {safe_text(found)}.")
    return [_file(found, name) for name in sorted(names)]


def _names(path: Any) -> list[str]:
    fs, top = path.fs, path.path
    try:  # not isfile(), for which every error means no
        kind = fs.info(top)["type"]
    except FileNotFoundError:
        kind = None
    if kind is not None:
        return _below(fs, top) if kind == "directory" else [top]
    if not any(letter in top for letter in "*?["):
        return []
    names: set[str] = set()
    for name, info in fs.glob(top, detail=True).items():
        if not _is_hidden(name, top):
            names.update(_below(fs, name) if info["type"] == "directory" else [name])
    return list(names)


def _is_hidden(name: str, pattern: str) -> bool:
    """Whether a wildcard stands for a part of the name that begins like a hidden one."""
    asked = pattern.strip("/").split("/")
    first = next(number for number, part in enumerate(asked) if any(letter in part for letter in "*?["))
    hidden = tuple(letter for letter in _HIDDEN if not any(part.startswith(letter) for part in asked[first:]))
    return any(part.startswith(hidden) for part in name.strip("/").split("/")[first:])


def _below(fs: Any, folder: str) -> list[str]:
    below: Iterable[str] = fs.find(folder)
    start = len(fs._strip_protocol(folder).rstrip("/")) + 1
    return [name for name in below if not any(part.startswith(_HIDDEN) for part in name[start:].split("/"))]


def _file(path: Any, name: str) -> File:
    one = type(path)(path.fs.unstrip_protocol(name), conn_id=conn_id_of(path)) if name != path.path else path
    version = version_of(one)
    if version is None:
        raise BentoSetupError(f"{safe_text(one)} disappeared while the files were being listed.")
    return File(one, version)
