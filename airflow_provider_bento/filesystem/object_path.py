"""Airflow's object storage paths: how one is created, shown in messages, and recognized as local.

Knows nothing of what lies at a path.

Tested by tests/unit/stores/test_files.py.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["PathLike", "conn_id_of", "local_path", "object_path", "reason_of", "safe_text", "version_of"]

PathLike = str | os.PathLike[str]
"""A URI (``s3://conn_id@bucket/key``), a local path, or an ``ObjectStoragePath``."""

# Names under which file systems tell one version of a file from another (fsspec's ``info``), most reliable first.
_VERSION_KEYS = (
    "version_id",
    "generation",
    "ETag",
    "etag",
    "content_md5",
    "md5Hash",
    "checksum",
    "mtime",
    "LastModified",
    "last_modified",
    "modified",
    "updated",
    "created",
)


def object_path(path: PathLike) -> Any:
    """Return the path as Airflow's ``ObjectStoragePath``; its credentials are those of the URI's connection.

    :param path: see :data:`PathLike`.
    :raises BentoSetupError: no file system is known for the URI's scheme.
    """
    from airflow_provider_bento.version_compat import ObjectStoragePath

    try:
        found = path if isinstance(path, ObjectStoragePath) else ObjectStoragePath(os.fspath(path))
        found.fs  # noqa: B018 - the property looks the file system up, and that is what may fail
    except (ValueError, ImportError) as error:
        scheme = str(path).partition("://")[0]
        raise BentoSetupError(
            f"No file system is installed for {scheme}:// paths. Install the Airflow provider that adds it (for s3:// "
            "apache-airflow-providers-amazon with its extra s3fs), or use a local path."
        ) from error
    return found


def safe_text(path: PathLike) -> str:
    """Return the path for a message, without the connection or the credentials that its URI may name."""
    return re.sub(r"//[^/@]*@", "//", str(path))


def conn_id_of(path: Any) -> str | None:
    """Return the id of the connection that an ``ObjectStoragePath`` names; Airflow before 3 keeps it elsewhere."""
    found: str | None = getattr(path, "conn_id", None) or getattr(path, "storage_options", {}).get("conn_id")
    return found


def local_path(path: Any) -> Path | None:
    """Return an ``ObjectStoragePath`` as a path on this machine's disk, links resolved; ``None``: it is elsewhere."""
    return Path(path.path).expanduser().resolve() if path.protocol in ("", "file", "local") else None


def version_of(path: Any) -> tuple[str, str] | None:
    """Return size and version of the file at an ``ObjectStoragePath``; ``None`` if it is missing.

    The version is the most reliable that the file system reports: an ETag, a generation, a checksum, a time of change.

    :raises OSError: it cannot be inspected; some file systems raise errors of their own.
    """
    path.fs.invalidate_cache(path.fs._parent(path.path))  # listings may be cached
    try:
        info = path.fs.info(path.path)
    except FileNotFoundError:
        return None
    best = next((key for key in _VERSION_KEYS if info.get(key) is not None), None)
    return (str(info.get("size")), f"{best}={info[best]}" if best else "")


def reason_of(error: Exception) -> str:
    """Return an error of a file system in words without credentials or content."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
