"""One export: list, read, write, replace the file. Nothing is replaced before everything is written.

Tested by tests/unit/transfers/test_export.py.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Final

from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoEmptySource, BentoInterrupted, BentoStateError
from airflow_provider_bento.filesystem import streamed_files
from airflow_provider_bento.filesystem.object_path import reason_of, safe_text
from airflow_provider_bento.transfers.listings import Listed
from airflow_provider_bento.transfers.rows import RowReader
from airflow_provider_bento.transfers.schemas import SCHEMAS, FileFormat, What
from airflow_provider_bento.transfers.writers import opened

if TYPE_CHECKING:
    from airflow_provider_bento.operators.arguments import OnEmpty

__all__ = ["START_OVER", "Exported", "Target", "export"]

START_OVER: Final = "clear the task to start over: the old file is unchanged"
"""What to do about a task that was stopped."""

_PROGRESS_ROWS: Final = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """Where rows are written, and how.

    :param path: an ``ObjectStoragePath``.
    :param file_format: its format.
    :param compressed: whether JSON Lines are compressed.
    """

    path: Any
    file_format: FileFormat
    compressed: bool


@dataclass(frozen=True)
class Exported:
    """What an export has done.

    :param rows: rows in the file.
    :param size: bytes of the file; 0 if none was written.
    :param requests: requests to Bento, if the caller counted them.
    :param written: whether the file was replaced; not if there are no rows and ``on_empty`` is ``"skip"``.
    """

    rows: int
    size: int
    requests: int = 0
    written: bool = True


def export(
    what: What, results: Iterable[Listed], target: Target, *, on_empty: OnEmpty, stopped: Callable[[], bool]
) -> Exported:
    """Write all results, then replace the file; after an error the old file is as it was.

    :param results: read once, one after the other.
    :param on_empty: what to do without results: write a file without rows, or keep the old one.
    :param stopped: whether the task was stopped.
    :raises BentoEmptySource: there are no results, and ``on_empty`` is ``"fail"``.
    :raises BentoInterrupted: the task was stopped.
    :raises BentoStateError: the file could not be written.
    :raises BentoError: a page could not be read.
    """
    remaining = iter(results)
    first = next(remaining, None)
    if first is None and on_empty == "fail":
        raise BentoEmptySource(
            f"Bento lists no {_noun(what)} for these filters, and on_empty is 'fail'. The file was not replaced. A "
            "retry, or clearing the task, reads the list again."
        )
    if first is None and on_empty == "skip":
        return Exported(0, 0, written=False)
    reader = RowReader(SCHEMAS[what])
    with _replaced(target.path) as file:
        with opened(file, SCHEMAS[what], target.file_format, compressed=target.compressed) as write:
            for item, known in _until_stopped(what, first, remaining, stopped):
                write(reader.read(item, known))
        size = file.tell()
    _warn(reader.unreadable)
    return Exported(reader.rows, size)


def _until_stopped(
    what: What, first: Listed | None, remaining: Iterator[Listed], stopped: Callable[[], bool]
) -> Iterator[Listed]:
    """Yield all results, with a line in the log from time to time, until the task is stopped."""
    for number, one in enumerate(chain([] if first is None else [first], remaining)):
        if stopped():
            raise BentoInterrupted("The task was stopped. The file was not replaced.", advice=START_OVER)
        if number and number % _PROGRESS_ROWS == 0:
            log.info("%s read so far.", counted(number, _noun(what)))
        yield one


@contextlib.contextmanager
def _replaced(path: Any) -> Iterator[IO[bytes]]:
    """Yield the file to write; what the file system raises is named, other errors of the block stay as they are."""
    of_block: Exception | None = None
    try:
        with streamed_files.replaced(path) as file:
            try:
                yield file
            except Exception as error:
                of_block = None if isinstance(error, OSError) else error
                raise
    except Exception as error:
        if error is of_block:
            raise
        raise BentoStateError(
            f"{safe_text(path)} could not be written ({reason_of(error)}). The old file, if any, is unchanged. "
            "Retry or clear the task when the path is writable; it starts over.",
            advice="let the worker write the file that is named below, then clear the task",
        ) from error


def _warn(unreadable: Mapping[str, int]) -> None:
    if unreadable:
        columns = ", ".join(f"{name} ({count:,})" for name, count in sorted(unreadable.items()))
        log.warning("Values of another type than their column's are null in the file: %s.", columns)


def _noun(what: What) -> str:
    return what.replace("_", " ")
