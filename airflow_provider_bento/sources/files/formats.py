"""How each file is read: by the extensions of its name, or as the options specify.

Tested by tests/unit/sources/files/test_source.py.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any, Final

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.files.csv_rows import csv_rows
from airflow_provider_bento.sources.files.json_lines import json_lines
from airflow_provider_bento.sources.files.json_list import json_list
from airflow_provider_bento.sources.files.json_shape import shape_of
from airflow_provider_bento.sources.files.magic_bytes import check_kind
from airflow_provider_bento.sources.files.options import CSV_ONLY, FileFormat, FileOptions, checked_file_options
from airflow_provider_bento.sources.files.parquet_rows import parquet_rows
from airflow_provider_bento.sources.files.recoding import Recoded
from airflow_provider_bento.sources.files.rows import Line, Place

__all__ = ["Reading", "has_known_ending"]

_FORMATS: Final[dict[str, FileFormat]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_COMPRESSIONS: Final = frozenset({".gz", ".zst", ".zstd"})
_BUFFER: Final = 1 << 20  # bytes


class Reading:
    """How files are read.

    :param options: as the author passed them.
    :raises BentoSetupError: an option is unknown or invalid.
    """

    def __init__(self, options: object) -> None:
        self._options: FileOptions = checked_file_options(options)

    def identity(self) -> bytes:
        """Return all options as text: each changes what comes out."""
        return msgspec.json.encode(sorted(self._options.items()))

    def check(self, names: Sequence[str]) -> None:
        """Reject files whose names do not show their format, and options that apply to none of them.

        :raises BentoSetupError: lists the known extensions.
        """
        kinds = {self._format_of(name) for name in names}
        foreign = [key for key in CSV_ONLY if key in self._options]
        if foreign and "csv" not in kinds:
            raise BentoSetupError(
                f"file_options: {foreign[0]} is for CSV files, but {names[0]} is not one. Omit it, or declare the "
                'format: file_options={"format": "csv"}.'
            )
        if "encoding" in self._options and kinds == {"parquet"}:
            raise BentoSetupError("file_options: encoding has no effect on Parquet files. Omit it.")

    def is_parquet(self, name: str) -> bool:
        """Whether a file is read as Parquet."""
        return self._format_of(name) == "parquet"

    def lines(self, stream: IO[bytes], name: str, after: Place) -> Iterator[Line]:
        """Yield the rows of a file after ``after``.

        :param stream: the file's bytes as they are stored; can be sought in.
        :param name: the file's name.
        :raises BentoSetupError: it is not what its name says.
        """
        kind = self._format_of(name)
        if kind == "parquet":
            return parquet_rows(stream, after, name=name)
        if _stem(name) == name:
            check_kind(stream, name)
        if kind == "csv":
            usual = "\t" if PurePosixPath(_stem(name)).suffix.lower() == ".tsv" else ","
            return csv_rows(_uncompressed(stream, name), after, name=name, options=self._options, usual=usual)
        if not after.offset:  # else it is known to be JSON Lines
            shape = shape_of(self._text(stream, name), name, lines_only=kind == "jsonl")
            stream.seek(0)
            if shape == "list":
                return json_list(self._text(stream, name), after, name=name)
        text = self._text(stream, name)
        return json_lines(text, after, name=name, seekable=text is stream)

    def _text(self, stream: IO[bytes], name: str) -> Any:
        """Return the bytes of a JSON file as UTF-8."""
        plain, encoding = _uncompressed(stream, name), self._options.get("encoding")
        if encoding is None or encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
            return plain
        return io.BufferedReader(Recoded(plain, encoding, name), _BUFFER)

    def _format_of(self, name: str) -> FileFormat:
        ending = PurePosixPath(_stem(name)).suffix.lower()
        found = self._options.get("format") or _FORMATS.get(ending)
        if found is None:
            raise BentoSetupError(
                f"The format of the file {name!r} is unknown. Known extensions: {', '.join(_FORMATS)}, each also "
                'with .gz or .zst appended. Rename the file, or set file_options={"format": "csv"} (or jsonl, '
                "json, parquet)."
            )
        if found == "parquet" and _stem(name) != name:
            raise BentoSetupError(
                f"{name} is a compressed Parquet file. Parquet compresses its own data: store the file uncompressed."
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

            from airflow_provider_bento.sources.files.zstd_frames import ZstdFrames
        except ImportError as error:
            raise BentoSetupError(
                f"{name} needs zstandard: install airflow-provider-bento[zstd] on the workers."
            ) from error
        return io.BufferedReader(ZstdFrames(stream, zstandard.ZstdDecompressor()), _BUFFER)
    return stream
