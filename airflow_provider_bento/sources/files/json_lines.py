"""Rows of a JSON Lines file (https://jsonlines.org): one JSON object a line, UTF-8, LF or CRLF, blank lines allowed.

Tested by tests/unit/sources/files/test_json_files.py.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import IO, Any, Final

import msgspec

from airflow_provider_bento.sources.files.rows import LONGEST, Line, Place

__all__ = ["decoded", "json_lines"]

_DECODER: Final = msgspec.json.Decoder()


def json_lines(stream: IO[bytes], after: Place, *, name: str, seekable: bool) -> Iterator[Line]:
    """Yield the rows after ``after``.

    :param stream: the file's bytes, at their beginning.
    :param after: the place to continue from.
    :param name: the file's name, for messages.
    :param seekable: whether a byte offset of ``stream`` may be stored and sought later; else lines are skipped.
    """
    rows, offset, lines = after if seekable else Place(after.rows, 0, 0)
    if offset:
        stream.seek(offset)
    while raw := stream.readline(LONGEST + 1):
        whole, size = len(raw) <= LONGEST or raw.endswith(b"\n"), len(raw)
        if not whole:
            size += _pass_line(stream)
        offset, lines = offset + size, lines + 1
        if lines == 1:
            raw = raw.removeprefix(BOM_UTF8)
        if lines <= after.lines or not raw.strip():
            continue
        data, why = decoded(raw) if whole else (None, f"is longer than {LONGEST:,} bytes")
        rows += 1
        unreadable = None if why is None else f"line {lines} of {name} {why}"
        yield Line(data, unreadable, Place(rows, offset if seekable else 0, lines))


def decoded(raw: bytes) -> tuple[Any, str | None]:
    """Return the object that a JSON text says, and ``None``; of anything else what could be saved, and why."""
    try:
        data, why = _DECODER.decode(raw), None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        data, why = _decoded_slowly(raw)
    return data, why or (None if isinstance(data, dict) else "is not a JSON object")


def _decoded_slowly(raw: bytes) -> tuple[Any, str | None]:
    """Read what is JSON to Python and not to msgspec (NaN, lone surrogates), or return what is wrong."""
    raw = raw.removeprefix(BOM_UTF8)  # files that were joined bring theirs along
    saved = raw.decode("utf-8", "backslashreplace").rstrip("\r\n")
    try:
        return json.loads(raw.decode("utf-8")), None
    except UnicodeDecodeError:
        return saved, "is not UTF-8"
    except json.JSONDecodeError as error:
        return saved, f"is not JSON: {error.msg.lower()}, at character {error.pos + 1}"
    except (RecursionError, ValueError):
        return saved, "is JSON that cannot be read: it is nested too deeply, or a number in it is too long"


def _pass_line(stream: IO[bytes]) -> int:
    """Skip to the line's end; return how many bytes that was."""
    passed = 0
    while raw := stream.readline(LONGEST):
        passed += len(raw)
        if raw.endswith(b"\n"):
            break
    return passed
