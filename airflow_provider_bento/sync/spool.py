"""The rows of a source, kept in a temporary file until it is known which of them are to be sent.

Tested by tests/unit/sync/test_spool.py.
"""

from __future__ import annotations

import contextlib
import pickle
import tempfile
import weakref
from collections.abc import Mapping
from struct import Struct
from typing import IO, Any, Final

from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["RowSpool", "pickled"]

_PLACE: Final = Struct("<Q")  # where a row begins
_DEEPEST: Final = 20  # levels of values that are looked through one by one


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
            data, key, why = _unpickled(self._rows)
        except OSError as error:
            raise _no_room(error) from error
        self._next = -1
        return data, key, why


def pickled(data: object) -> bytes:
    """Return data as bytes; each value that cannot be pickled as a stand-in, of which validation says the same."""
    try:
        return pickle.dumps(data, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - foreign objects may raise anything
        return pickle.dumps(_picklable(data), pickle.HIGHEST_PROTOCOL)


class _StandIn:
    """A value that could not be pickled: validation refuses it by the name of its type.

    :param kind: that name.
    :param text: what the dead letters show.
    """

    def __init__(self, kind: str, text: str) -> None:
        self._kind = kind
        self._text = text

    def __reduce__(self) -> tuple[Any, ...]:
        return _stand_in, (self._kind, self._text)

    def __str__(self) -> str:
        return self._text


def _stand_in(kind: str, text: str) -> _StandIn:
    named: type[_StandIn] = type(kind, (_StandIn,), {})
    return named(kind, text)


def _picklable(value: Any, depth: int = 0) -> Any:
    try:
        pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - as above
        return _replaced(value, depth)
    return value


def _replaced(value: Any, depth: int) -> Any:
    try:
        if isinstance(value, memoryview):
            return bytes(value)
        if isinstance(value, Mapping) and depth < _DEEPEST:
            return {key: _picklable(value[key], depth + 1) for key in value}
        if isinstance(value, list | tuple) and depth < _DEEPEST:
            return [_picklable(one, depth + 1) for one in value]
    except Exception:  # noqa: BLE001, S110 - as above; its text says that it cannot be read
        pass
    return _stand_in(type(value).__name__, str(to_jsonable(value)))


def _unpickled(file: IO[bytes]) -> tuple[Any, str | None, str | None]:
    try:
        data, key, why = pickle.load(file)  # noqa: S301 - what we pickled, in a file that has no name
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - some classes refuse what they were pickled as, such as exceptions
        return None, None, "contains a value that could not be stored: convert it to text or a number"
    return data, key, why


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
