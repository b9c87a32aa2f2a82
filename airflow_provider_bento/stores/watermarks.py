"""Where a watermark is kept from run to run: in the state store of an asset (Airflow 3.3), or in a file.

Knows places; does not know what a watermark means.

Tested by tests/unit/stores/test_watermarks.py.
"""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.filesystem.object_path import PathLike
from airflow_provider_bento.stores.files import FileStore

__all__ = ["AssetAccessor", "AssetWatermarks", "FileWatermarks", "WatermarkStore"]

_LONGEST_KEY: Final = 512  # characters, of Airflow's table
_CORRUPT: Final = "The next run begins with watermark_start if you delete the file."
_KEY: Final = "watermark"


class WatermarkStore(Protocol):
    """One watermark, of one task (and map index) of a DAG; not of a run."""

    def get(self) -> JsonValue:
        """Return what is stored, or ``None``.

        :raises BentoStateError: it cannot be read.
        """
        ...

    def set(self, value: JsonValue) -> None:
        """Replace it.

        :raises BentoStateError: it cannot be written.
        """
        ...


class AssetAccessor(Protocol):
    """What ``context["asset_state_store"][asset]`` offers (airflow.sdk ``AssetStateStoreAccessor``, Airflow 3.3)."""

    def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """Return the stored value, or ``default``."""
        ...

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value."""
        ...


class AssetWatermarks:
    """A watermark in the state store of an asset, which belongs to no run and is never deleted by Airflow.

    :param accessor: the asset's.
    :param name: the task as ``dag_id.task_id.map_index``; the key is ``watermark:<name>``.
    """

    def __init__(self, accessor: AssetAccessor, name: str) -> None:
        self._accessor = accessor
        self._key = _fitting(f"{_KEY}:{name}")

    def get(self) -> JsonValue:
        """Return what is stored, or ``None``.

        :raises BentoStateError: Airflow's API is unreachable.
        """
        try:
            return self._accessor.get(self._key)
        except Exception as error:
            raise self._failed("read", error) from error

    def set(self, value: JsonValue) -> None:
        """Replace it.

        :raises BentoStateError: Airflow's API rejected it.
        """
        try:
            self._accessor.set(self._key, value)
        except Exception as error:
            raise self._failed("written", error) from error

    def _failed(self, what: str, error: Exception) -> BentoStateError:
        return BentoStateError(
            f"The key {self._key!r} in the asset's state store could not be {what} ({type(error).__name__}). This "
            "attempt sends nothing more. Retry or clear the task when Airflow's API server is reachable; it resumes."
        )


class FileWatermarks:
    """A watermark in a file: ``<folder>/watermarks/<dag_id>/<task_id>/<map_index>/watermark.json``.

    :param folder: any path of Airflow's object storage.
    :param name: the task as ``dag_id/task_id/map_index``.
    :raises BentoSetupError: no file system is known for the folder's scheme.
    """

    def __init__(self, folder: PathLike, name: str) -> None:
        self._file = FileStore(folder, name=f"watermarks/{name}", if_corrupt=_CORRUPT)

    def get(self) -> JsonValue:
        """Return what is stored, or ``None``.

        :raises BentoStateError: the file cannot be read, or is not JSON.
        """
        return self._file.get(_KEY)

    def set(self, value: JsonValue) -> None:
        """Replace it.

        :raises BentoStateError: the file cannot be written.
        """
        self._file.set(_KEY, value)


def _fitting(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[: _LONGEST_KEY - 33]}~{hashlib.sha256(key.encode()).hexdigest()[:32]}"
