"""Which file is read how: by its name's endings, or as the author says."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any, Final, Literal, get_args

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.csv_rows import csv_rows
from airflow_provider_bento.sources.json_lines import json_lines
from airflow_provider_bento.sources.lines import Line, Place
from airflow_provider_bento.sources.parquet_rows import parquet_rows

__all__ = ["FileFormat", "Reading", "has_known_ending"]

FileFormat = Literal["jsonl", "csv", "parquet"]

_FORMATS: Final[dict[str, FileFormat]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_COMPRESSIONS: Final = frozenset({".gz", ".zst", ".zstd"})
_BUFFER: Final = 1 << 20  # bytes


class Reading(msgspec.Struct, frozen=True):
    """How files are read; every setting changes what comes out, so all of them are part of a source's identity.

    :param format: ``jsonl``, ``csv`` or ``parquet``; ``None``: by the name's ending.
    :param delimiter: of CSV; ``None``: a comma, in ``.tsv`` files a tab.
    :param header: names of the columns of CSV files whose first line is already a row.
    :param keep_empty: whether an empty CSV field is empty text; else the key is left out of the record.
    :raises BentoSetupError: a setting that cannot be meant.
    """

    format: FileFormat | None = None
    delimiter: str | None = None
    header: Sequence[str] | None = None
    keep_empty: bool = False

    def __post_init__(self) -> None:
        if self.format not in (None, *get_args(FileFormat)):
            raise BentoSetupError(
                f"format must be one of {', '.join(get_args(FileFormat))}, or None for the file's ending."
            )
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise BentoSetupError("delimiter must be one character, and neither a quote nor a line feed.")
        if isinstance(self.header, str):
            raise BentoSetupError("header must be a list of column names.")

    def check(self, name: str) -> None:
        """Refuse a file whose format its name does not tell.

        :raises BentoSetupError: says what is known.
        """
        self._format_of(name)

    def lines(self, stream: IO[bytes], name: str, after: Place) -> Iterator[Line]:
        """Yield the rows of a file behind ``after``.

        :param stream: the file's bytes as they are stored; can be sought in.
        :param name: the file's name.
        :raises BentoSetupError: it is not what its name says.
        """
        kind, plain = self._format_of(name), _uncompressed(stream, name)
        if kind == "csv":
            tabbed = PurePosixPath(_stem(name)).suffix.lower() == ".tsv"
            delimiter = self.delimiter or ("\t" if tabbed else ",")
            return csv_rows(
                plain, after, name=name, delimiter=delimiter, header=self.header, keep_empty=self.keep_empty
            )
        if kind == "parquet":
            return parquet_rows(plain, after, name=name)
        return json_lines(plain, after, name=name, seekable=plain is stream)

    def _format_of(self, name: str) -> FileFormat:
        ending = PurePosixPath(_stem(name)).suffix.lower()
        found = self.format or _FORMATS.get(ending)
        if found is None:
            raise BentoSetupError(
                f"The name {name!r} does not tell what is in the file. Known endings: {', '.join(_FORMATS)}, each also "
                "with .gz or .zst behind it. Rename it, or pass format= (jsonl, csv or parquet)."
            )
        if found == "parquet" and _stem(name) != name:
            raise BentoSetupError(
                f"{name} is Parquet compressed as a whole. Parquet compresses inside: store it as it is."
            )
        return found


def has_known_ending(name: str) -> bool:
    """Whether a name ends like a file that can be read."""
    return PurePosixPath(_stem(name)).suffix.lower() in _FORMATS


def _stem(name: str) -> str:
    """Return the name without the ending of a compression."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in _COMPRESSIONS else path.name


def _uncompressed(stream: IO[bytes], name: str) -> Any:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(fileobj=stream), _BUFFER)
    if suffix in (".zst", ".zstd"):
        try:
            import zstandard

            from airflow_provider_bento.sources.zstd_frames import ZstdFrames
        except ImportError as error:
            raise BentoSetupError(
                f"{name} needs zstandard: install airflow-provider-bento[zstd] where the task runs."
            ) from error
        return io.BufferedReader(ZstdFrames(stream, zstandard.ZstdDecompressor()), _BUFFER)
    return stream
