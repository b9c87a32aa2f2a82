"""What a snapshot knows, read from its folder: the base, and the segments of runs that did not end.

Tested by tests/unit/sync/test_snapshot.py.
"""

from __future__ import annotations

from airflow_provider_bento.sync.bases import fetched
from airflow_provider_bento.sync.engine import Engine
from airflow_provider_bento.sync.entries import FOLDER, decoded_segment, opened_of
from airflow_provider_bento.sync.folder import Folder
from airflow_provider_bento.sync.manifest import Manifest

__all__ = ["loaded"]


def loaded(folder: Folder, manifest: Manifest, *, forget_before: float | None) -> Engine:
    """Return an engine that knows what the snapshot knows.

    :param forget_before: entries that were sent earlier are not known; seconds since the epoch.
    :raises BentoStateError: a file is missing or damaged.
    """
    engine = Engine(forget_before=forget_before)
    if manifest.base is not None:
        engine.load(fetched(folder, manifest.base, engine.folder))
    for name in folder.names(FOLDER):
        path = f"{FOLDER}/{name}"
        if opened_of(name, manifest.salt) > manifest.absorbed and (data := folder.read(path)) is not None:
            engine.note(decoded_segment(path, data))
    return engine
