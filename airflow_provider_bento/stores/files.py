"""Values of a task instance as JSON files below a folder, for Airflow before 3.3 or without a task state store.

Knows file names and JSON; does not know what a checkpoint is.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final
from urllib.parse import quote

import msgspec

from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoError, BentoStateError
from airflow_provider_bento.filesystem.object_path import PathLike, object_path, reason_of, safe_text
from airflow_provider_bento.filesystem.whole_files import Blob, blob_at

__all__ = ["FileStore"]

_LONGEST_NAME: Final = 200  # bytes; local file systems end at 255, and a suffix is added
_IF_CORRUPT: Final = (
    "Restore the file from a copy; or check in Bento what arrived, then delete all files beside it that begin with "
    "'checkpoint_' or 'fence_' to start from the first record."
)


class FileStore:
    """Values of a task instance in files: ``<folder>/<name>/<key>.json``.

    On a local disk a value is written to a file of mode 0600 beside the old one, synced and renamed over it; in an
    object store it is one put, which replaces the object atomically; on other file systems it is written beside
    the old one and moved over it. The folder must outlive the worker, and every worker must see the same one.

    :param folder: any path of Airflow's object storage, like ``s3://conn_id@bucket/checkpoints`` or ``/shared/bento``.
    :param name: the task instance as ``dag_id/run_id/task_id/map_index``; each part is quoted as a file name.
    :param if_corrupt: what to do if a file is corrupt, for the message; default: what to do about a checkpoint.
    :raises BentoSetupError: no file system is known for the folder's scheme.
    """

    def __init__(self, folder: PathLike, *, name: str, if_corrupt: str = _IF_CORRUPT) -> None:
        self._if_corrupt = if_corrupt
        self._folder = object_path(folder)
        for part in name.split("/"):
            self._folder /= _file_name(part)

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None``.

        :raises BentoStateError: the file cannot be read, or is not JSON; the message names the file and what to do.
        """
        path, blob = self._at(key)
        try:
            data = blob.read()
        except Exception as error:
            raise _failed("read", path, error) from error
        if data is None:
            return None
        try:
            return msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BentoStateError(
                f"{safe_text(path)} does not contain readable JSON ({len(data):,} bytes): it is corrupt or was edited. "
                f"Nothing was sent. {self._if_corrupt}"
            ) from None

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value; it is durable when this returns.

        :raises BentoStateError: the file cannot be written.
        """
        path, blob = self._at(key)
        try:
            blob.write(msgspec.json.encode(value))
        except Exception as error:
            raise _failed("written", path, error) from error

    def delete(self, key: str) -> None:
        """Remove the value's file.

        :raises BentoStateError: the file cannot be removed.
        """
        path, blob = self._at(key)
        try:
            blob.remove()
        except Exception as error:
            raise _failed("deleted", path, error) from error

    def _at(self, key: str) -> tuple[Any, Blob]:
        path = self._folder / f"{_file_name(key)}.json"
        return path, blob_at(path)


def _file_name(part: str) -> str:
    """Return the part as a name that every file system takes; different parts have different names."""
    quoted = quote(part, safe="", errors="surrogatepass")
    if not quoted.strip("."):
        quoted = quoted.replace(".", "%2E") or "%"
    if len(quoted) <= _LONGEST_NAME:
        return quoted
    return f"{quoted[:100]}~{hashlib.sha256(part.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _failed(what: str, path: Any, error: Exception) -> BentoError:
    return BentoStateError(
        f"{safe_text(path)} could not be {what} ({reason_of(error)}). This attempt sends nothing more. Retry or clear "
        "the task when the path is readable and writable; it resumes."
    )
