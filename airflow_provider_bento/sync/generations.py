"""The generations of a snapshot, each one file that is created once: of two runs that write, one finds out that it
came too late (compare-and-swap without a lock, as table formats on object stores do it).

Tested by tests/unit/sync/test_generations.py.
"""

from __future__ import annotations

from typing import Final

from airflow_provider_bento.exceptions import BentoStateError, BentoSuperseded
from airflow_provider_bento.sync.folder import Folder
from airflow_provider_bento.sync.manifest import Manifest, decoded

__all__ = ["check_newest", "commit", "forget_old", "latest", "newest_number", "superseded"]

FOLDER: Final = "generations"
KEPT: Final = 10
"""Files that stay, so that a person can see what happened."""

_TRIES: Final = 5


def newest_number(folder: Folder) -> int:
    """Return the number of the newest generation; 0: there is none."""
    return max((_number(name) for name in folder.names(FOLDER)), default=0)


def latest(folder: Folder) -> Manifest | None:
    """Return the newest generation; ``None``: there is none.

    :raises BentoStateError: it is damaged, or of another version.
    """
    for _ in range(_TRIES):
        number = newest_number(folder)
        if not number:
            return None
        data = folder.read(_file(number))
        if data is not None:
            return decoded(_file(number), data)
    raise BentoStateError("The snapshot's newest generation is listed but missing. Retry; other runs may be writing.")


def commit(folder: Folder, manifest: Manifest) -> bool:
    """Store a generation; return whether it is the newest one. If not, another run was faster, and nothing changed."""
    if not folder.create(_file(manifest.generation), manifest.encode()):
        return False
    if newest_number(folder) == manifest.generation:
        return True
    folder.remove(_file(manifest.generation))  # its number was free again, because others are far ahead
    return False


def check_newest(folder: Folder, number: int, *, salt: str | None = None) -> None:
    """Do nothing while a generation is the newest one.

    :param number: the generation.
    :param salt: that of its snapshot, to be compared as well.
    :raises BentoSuperseded: a newer run has taken over.
    :raises BentoStateError: the folder was deleted or replaced.
    """
    newest = newest_number(folder)
    if newest > number:
        raise superseded()
    found = latest(folder) if salt is not None and newest == number else None
    if newest < number or (salt is not None and (found is None or found.salt != salt)):
        raise BentoStateError(
            "The snapshot's folder was deleted or replaced while this run used it. This attempt sends nothing more. "
            "A retry starts a new snapshot."
        )


def superseded() -> BentoSuperseded:
    """Return the error of a run that is no longer the newest one."""
    return BentoSuperseded(
        "A newer run has taken over the snapshot, so this run sends nothing more. What it sent, and what Bento "
        "confirmed, is noted. If two tasks use the same snapshot_path, pass each its own."
    )


def forget_old(folder: Folder, newest: int) -> None:
    """Remove the files of generations that are long past."""
    for name in folder.names(FOLDER):
        if 0 < _number(name) <= newest - KEPT:
            folder.remove(f"{FOLDER}/{name}")


def _file(number: int) -> str:
    return f"{FOLDER}/{number:09d}.json"


def _number(name: str) -> int:
    stem = name.removesuffix(".json")
    number = int(stem) if stem.isdecimal() else 0
    return number if _file(number) == f"{FOLDER}/{name}" else 0
