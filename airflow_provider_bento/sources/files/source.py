"""Rows of files at any path of Airflow's object storage: JSON Lines, CSV, Parquet, compressed or not, one or many.

Knows the order of the files and where to continue; each format has its own reader.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Final, Unpack

import msgspec

from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.delivery.source import batched
from airflow_provider_bento.delivery.values import Cursor, Row, RowBlock
from airflow_provider_bento.exceptions import BentoError, BentoRetryLater, BentoSetupError, BentoSourceChanged
from airflow_provider_bento.filesystem.object_path import PathLike, reason_of, safe_text
from airflow_provider_bento.sources.files.formats import Reading, has_known_ending
from airflow_provider_bento.sources.files.listing import File, files_at
from airflow_provider_bento.sources.files.options import FileOptions
from airflow_provider_bento.sources.files.parquet_rows import parquet_tables, row_count
from airflow_provider_bento.sources.files.rows import START, Line, Place

__all__ = ["FileSource"]

MOST_FOOTERS: Final = 20  # of Parquet files, read only for the number of rows


class FileSource:
    """Rows of a file, of all files below a folder, or of those that a pattern matches, in the order of their names.

    Formats go by the names' endings: ``.jsonl``, ``.ndjson`` (JSON Lines), ``.json`` (one list, or JSON Lines),
    ``.csv``, ``.tsv``, ``.parquet``, ``.pq``; all but Parquet also followed by ``.gz`` or ``.zst``. A line that
    cannot be read is an unreadable row, named by its line number. A resumed run seeks in plain JSON Lines, skips
    row groups in Parquet, and elsewhere reads and drops the rows before its cursor. Files must not change while a run
    is unfinished: names, sizes, versions and options are its identity.

    :param path: see :data:`~airflow_provider_bento.filesystem.object_path.PathLike`; folders, and patterns with ``*``.
    :param rereadable: whether all rows are validated before the first request, and kept until they are sent.
    :param options: see :class:`~airflow_provider_bento.sources.files.options.FileOptions`.
    :raises BentoSetupError: an option is unknown or invalid.
    """

    resumable = True

    def __init__(self, path: PathLike, *, rereadable: bool = False, **options: Unpack[FileOptions]) -> None:
        self._path = path
        self._reading = Reading(options)
        name = PurePosixPath(str(path)).name
        if has_known_ending(name) and not any(letter in name for letter in "*?["):
            self._reading.check([name])
        self._listed: list[File] | None = None
        self._open: tuple[int, IO[bytes]] | None = None
        self.rereadable = rereadable

    def identity(self) -> str:
        """Return a digest of the files' names, sizes and versions, and of how they are read.

        :raises BentoSetupError: there is no file.
        :raises BentoRetryLater: the file system did not answer.
        """
        files = [(str(file.path), *file.version) for file in self._files()]
        known = msgspec.json.encode(files) + self._reading.identity()
        return f"files:{hashlib.sha256(known).hexdigest()[:32]}"

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on; the resume token is ``[file, row in it, byte offset, line]``.

        :raises BentoSetupError: a file is not what its name says, cannot be opened, or is corrupt.
        :raises BentoSourceChanged: a file changed while it was read.
        :raises BentoRetryLater: the file system did not answer.
        """
        if after.token is None:
            return itertools.dropwhile(lambda row: row.position < after.position, self._from(Cursor()))
        return self._from(after)

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks; those of Parquet files are tables."""
        if after.token is None and after.position:
            yield from batched(self.rows(after), size)
            return
        number, *where = after.token or (0, *START)
        files = self._files()
        if number >= len(files) or not all(self._reading.is_parquet(file.name) for file in files):
            yield from batched(self._from(after), size)
            return
        position, place = after.position, Place(*where)
        for index, file in enumerate(files[number:], number):
            done = place.rows
            for table in self._tables(index, file, place):
                begin = 0
                while part := table[begin : begin + size()]:
                    yield RowBlock(position, part, partial(_token, index, done))
                    position, begin, done = position + len(part), begin + len(part), done + len(part)
            place = START

    def size(self, after: Cursor) -> int | None:
        """Return how many rows come after a cursor, if all files are Parquet, whose footers contain it, and few."""
        files = self._files()
        if len(files) > MOST_FOOTERS or not all(self._reading.is_parquet(file.name) for file in files):
            return None
        rows = 0
        for file in files:
            with closing(file.open()) as stream:
                rows += row_count(stream)
        return rows - after.position

    def share(self, cursor: Cursor) -> float | None:
        """Return which part of the bytes lies before a cursor, compressed ones as they are stored; of Parquet none."""
        files = self._files()
        if any(self._reading.is_parquet(file.name) for file in files):
            return None
        number, _, offset, _ = cursor.token or (0, *START)
        sizes = [file.size for file in files]
        if not offset and self._open is not None and self._open[0] == number:
            offset = self._open[1].tell()  # what is read ahead counts too: it is little
        return (sum(sizes[:number]) + offset) / sum(sizes) if sum(sizes) else None

    def _from(self, after: Cursor) -> Iterator[Row]:
        number, *where = after.token or (0, *START)
        place, position = Place(*where), after.position
        files = self._files()
        if number >= len(files):
            raise BentoSourceChanged(
                f"Cannot resume at position {position}: there are fewer files than before.", changed=("the files",)
            )
        for index, file in enumerate(files[number:], number):
            for line in self._lines(index, file, place):
                yield Row(position, line.data, [index, *line.after], line.unreadable)
                position += 1
            place = START

    def _files(self) -> list[File]:
        if self._listed is None:
            try:
                self._listed = files_at(self._path)
            except BentoError:
                raise
            except Exception as error:
                raise _unreadable(safe_text(self._path), error) from error
            self._reading.check([file.name for file in self._listed])
        return self._listed

    def _lines(self, number: int, file: File, place: Place) -> Iterator[Line]:
        with self._opened(number, file) as stream:
            yield from self._reading.lines(stream, file.name, place)

    def _tables(self, number: int, file: File, place: Place) -> Iterator[Table]:
        with self._opened(number, file) as stream:
            yield from parquet_tables(stream, place, name=file.name)

    @contextlib.contextmanager
    def _opened(self, number: int, file: File) -> Iterator[IO[bytes]]:
        try:
            file.check()
            with closing(file.open()) as stream:
                self._open = number, stream
                yield stream
            file.check()
        except BentoError:
            raise
        except Exception as error:
            raise _unreadable(safe_text(file.path), error) from error


def _token(file: int, before: int, index: int) -> list[int]:
    """Return the resume token of the place after a row of a Parquet file: see :meth:`FileSource.rows`."""
    return [file, *Place(before + index + 1, 0, 0)]


def _unreadable(path: str, error: Exception) -> BentoError:
    """Distinguish temporary errors (a network) from permanent ones (a missing or corrupt file)."""
    missing = isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError)
    if missing or isinstance(error, EOFError | zlib.error) or type(error).__name__ in _CORRUPT:
        return BentoSetupError(f"{path} cannot be read, or is corrupt ({reason_of(error)}).")
    return BentoRetryLater(f"{path} could not be read (temporary error: {reason_of(error)}).")


# Compression and Parquet libraries' names for errors about corrupt files: these libraries are optional.
_CORRUPT = frozenset({"BadGzipFile", "ZstdError", "ArrowInvalid", "ArrowException"})
