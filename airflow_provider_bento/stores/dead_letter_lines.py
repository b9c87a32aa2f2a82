"""One dead letter as one line of a JSON Lines file, and back.

Knows the line's shape; does not know where lines are stored.

Tested by tests/unit/stores/test_dead_letters.py.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.delivery.values import DeadLetter

__all__ = ["KEYS", "LetterLine", "is_torn", "line_of", "owner_of"]

KEYS: Final = ("run", "position", "chunk", "kind", "reasons", "attempt", "endpoint", "record")
"""Keys of a line, in order; ``record`` is the part that users fix."""

_START: Final = b'{"run":'


class LetterLine(msgspec.Struct):
    """The keys that show which run a line belongs to; the others are not read.

    :param run: the run that wrote it.
    :param position: the record's position in that run's source.
    :param attempt: which of that run's attempts.
    """

    run: str
    position: int
    attempt: int = 0


_DECODER: Final = msgspec.json.Decoder(LetterLine)


def line_of(letter: DeadLetter, run: str) -> bytes:
    """Return the letter as a line of UTF-8, with its line feed; never fails, whatever the record is.

    :param run: the task instance that writes it.
    """
    values: tuple[Any, ...] = (
        run,
        letter.position,
        letter.chunk,
        letter.kind,
        [
            {"field": to_jsonable(field_error.field), "reason": to_jsonable(field_error.reason)}
            for field_error in letter.field_errors
        ],
        letter.attempt,
        letter.endpoint,
        to_jsonable(letter.record),
    )
    return msgspec.json.encode(dict(zip(KEYS, values, strict=True))) + b"\n"


def owner_of(line: bytes) -> LetterLine | None:
    """Return which run and record the line belongs to; ``None``: it is not a dead letter."""
    line = line.removeprefix(BOM_UTF8)  # editors add one
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:  # an editor may write what msgspec does not read: lone surrogates as \ud800, NaN
        return msgspec.convert(json.loads(line), LetterLine)
    except (ValueError, RecursionError, msgspec.MsgspecError):  # a ValueError only in newer versions
        return None


def is_torn(line: bytes) -> bool:
    """Whether a line is what a crash left of one of ours."""
    head = line[: len(_START)]
    return owner_of(line) is None and head == _START[: len(head)]
