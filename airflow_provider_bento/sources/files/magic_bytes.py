"""Detects files whose content does not match their name, by their first bytes, before they are read as text.

Tested by tests/unit/sources/files/test_source.py.
"""

from __future__ import annotations

from typing import IO, Final

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["check_kind"]

_KINDS: Final[dict[bytes, str]] = {
    b"PK\x03\x04": "an Excel workbook, or another zip archive. Export it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Export it as CSV",
    b"\x1f\x8b": "compressed with gzip. Its name must end with .gz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd. Its name must end with .zst",
    b"BZh9": "compressed with bzip2, which is not supported. Compress it with gzip; its name must end with .gz",
    b"\xfd7zX": "compressed with xz, which is not supported. Compress it with gzip; its name must end with .gz",
    b"PAR1": 'a Parquet file. Its name must end with .parquet, or pass file_options={"format": "parquet"}',
    b"Obj\x01": "an Avro file, which is not supported. Write it as Parquet or JSON Lines",
    b"ORC\n": "an ORC file, which is not supported. Write it as Parquet or JSON Lines",
}


def check_kind(stream: IO[bytes], name: str) -> None:
    """Reject bytes that are no text; the stream is at its beginning before and after.

    :param stream: a file that is not compressed by its name.
    :param name: the file's name, for the error.
    :raises BentoSetupError: says what it is, and what to do.
    """
    head = stream.read(4)
    stream.seek(0)
    found = next((words for magic, words in _KINDS.items() if head.startswith(magic)), None)
    if found is not None:
        raise BentoSetupError(f"{name} is {found}.")
