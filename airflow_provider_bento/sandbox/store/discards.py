"""Tags that are discarded and restored; knows the table of tags only.

Tested by tests/sandbox/test_sandbox_deletions.py.
"""

from __future__ import annotations

from airflow_provider_bento.sandbox.store.storage import Row, Storage


def toggle_tag(storage: Storage, site: int, tag: int, at: int) -> Row | None:
    """Discard a tag, or restore one that is discarded; return it as it was before, ``None`` if there is none.

    People keep a discarded tag: what Bento does with it no source says.
    """
    found = storage.first("SELECT * FROM tags WHERE site = ? AND id = ?", (site, tag))
    if found is not None:
        discarded_at = at if found["discarded_at"] is None else None
        storage.run("UPDATE tags SET discarded_at = ? WHERE id = ?", (discarded_at, tag))
    return found
