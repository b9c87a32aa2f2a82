"""Where a mapped task keeps a file that its siblings must not write to. Pure.

Tested by tests/unit/links/test_task_links.py.
"""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["own_path"]


def own_path(path: str | None, map_index: int) -> str | None:
    """Return the path with the map index before its suffix, if the task is mapped: ``dead_letters.3.jsonl``."""
    if path is None or map_index < 0:
        return path
    folder, slash, name = path.rpartition("/")
    file = PurePosixPath(name)
    return f"{folder}{slash}{file.stem}.{map_index}{file.suffix}"
