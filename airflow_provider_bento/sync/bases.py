"""The Parquet files of a snapshot: stored, fetched and compared with their digest, removed when they are of no use.

Tested by tests/unit/sync/test_bases.py.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync import generations
from airflow_provider_bento.sync.entries import FOLDER as SEGMENTS
from airflow_provider_bento.sync.entries import is_segment, opened_of
from airflow_provider_bento.sync.folder import Folder
from airflow_provider_bento.sync.manifest import RESTORE, START_OVER, Base, Manifest

__all__ = ["fetched", "forget_unused", "stored"]

FOLDER = "bases"

log = logging.getLogger(__name__)


def stored(folder: Folder, file: Path, *, rows: int, generation: int) -> Base:
    """Store a base that was written on this machine.

    :param rows: how many it has.
    :param generation: the generation that will name it.
    :raises BentoStateError: it could not be stored.
    """
    name = f"{FOLDER}/{generation:09d}.parquet"
    digest = _digest(file)
    folder.put(name, file)
    return Base(name, rows, digest, absorbed=generation)


def fetched(folder: Folder, base: Base, into: Path) -> Path:
    """Return a base as a file on this machine.

    :raises BentoStateError: it is missing or damaged.
    """
    file = folder.fetch(base.file, into)
    if file is None or _digest(file) != base.sha256:
        how = "missing" if file is None else "damaged"
        raise BentoStateError(
            f"The snapshot's {base.file} is {how}. Nothing was sent. Restore it; or, {START_OVER}.", advice=RESTORE
        )
    return file


def forget_unused(folder: Folder, newest: Manifest, previous: Base | None) -> None:
    """Remove what a generation that was just stored no longer needs; the base before it stays, and whatever newer runs
    have stored since.

    Nothing depends on it: what stays because of an error is logged, and removed by the next run.
    """
    try:
        _forget(folder, newest, previous)
    except BentoStateError as error:
        log.warning("Files of the snapshot that are of no use any more are still there. %s", error)


def _forget(folder: Folder, newest: Manifest, previous: Base | None) -> None:
    needed = {base.file for base in (newest.base, previous) if base is not None}
    for name in folder.names(FOLDER):
        if f"{FOLDER}/{name}" not in needed and 0 < _generation(name) <= newest.generation:
            folder.remove(f"{FOLDER}/{name}")
    for name in folder.names(SEGMENTS):
        if is_segment(name) and opened_of(name, newest.salt) <= newest.absorbed:
            folder.remove(f"{SEGMENTS}/{name}")
    generations.forget_old(folder, newest.generation)


def _generation(name: str) -> int:
    """Return the generation after which a base is named; 0: it is none."""
    stem = name.removesuffix(".parquet")
    return int(stem) if stem.isdecimal() and name.endswith(".parquet") else 0


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
