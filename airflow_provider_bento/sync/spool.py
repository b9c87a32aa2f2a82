"""The rows of a source, kept in a temporary file until it is known which of them are to be sent.

Tested by tests/unit/sync/test_spool.py.
"""

from __future__ import annotations

import contextlib
import pickle
import tempfile
import weakref
from struct import Struct
from typing import IO, Any, Final

from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["RowSpool", "pickled"]

_PLACE: Final = Struct("<Q")  # where a row begins


class RowSpool:
    """Rows by their position, on the disk: nothing of them is in memory. The files have no name, and end with this
    object; they are in ``TMPDIR``.
    """

    def __init__(self) -> None:
        self._rows = _temporary_file(self)
        self._places = _temporary_file(self)  # one number for each position
        self._end = 0
        self._next = 0  # the position whose place would be written without a seek

    def add(self, position: int, data: object, key: str | None, why: str | None = None) -> None:
        """Keep a row, or replace it.

        :param key: see :class:`~airflow_provider_bento.delivery.values.Row`.
        :param why: why it is invalid.
        :raises BentoStateError: the disk is full.
        """
        kept = pickled((data, key, why))
        try:
            if position != self._next:
                self._places.seek(position * _PLACE.size)
                self._rows.seek(self._end)
            self._places.write(_PLACE.pack(self._end))
            self._rows.write(kept)
        except OSError as error:
            raise _no_room(error) from error
        self._next = position + 1
        self._end += len(kept)

    def get(self, position: int) -> tuple[Any, str | None, str | None]:
        """Return a row that was kept: its data, its key, and why it is invalid.

        :raises BentoStateError: the disk is full.
        """
        try:
            self._places.seek(position * _PLACE.size)
            (place,) = _PLACE.unpack(self._places.read(_PLACE.size))
            self._rows.seek(place)
            data, key, why = pickle.load(self._rows)  # noqa: S301 - what we pickled, in a file that has no name
        except OSError as error:
            raise _no_room(error) from error
        self._next = -1
        return data, key, why


def pickled(data: object) -> bytes:
    """Return data as bytes; what cannot be pickled as JSON values: validation says what is wrong with it."""
    try:
        return pickle.dumps(data, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - foreign objects may raise anything
        return pickle.dumps(to_jsonable(data))


def _temporary_file(owner: object) -> IO[bytes]:
    try:
        file = tempfile.TemporaryFile(prefix="bento-")  # noqa: SIM115 - it lives as long as its owner
    except OSError as error:
        raise _no_room(error) from error
    weakref.finalize(owner, _closed, file)
    return file


def _closed(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # a full disk, once more
        file.close()


def _no_room(error: OSError) -> BentoStateError:
    return BentoStateError(
        f"The rows to compare could not be stored on this machine ({error.strerror or type(error).__name__}). Nothing "
        "was sent. Free space in TMPDIR, then retry or clear the task.",
        advice="free space in TMPDIR of the worker, then clear the task",
    )
