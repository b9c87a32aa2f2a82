"""Dead letters as a source: the records of a dead-letter file, after they were fixed.

Knows the lines of such a file; :mod:`sources.files` knows how the file is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, get_args

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.delivery.values import Cursor, LetterKind, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.filesystem.object_path import PathLike
from airflow_provider_bento.sources.files.source import FileSource

__all__ = ["RESENDABLE", "DeadLetterSource"]

RESENDABLE: Final[tuple[LetterKind, ...]] = ("invalid", "rejected", "different", "missing")
"""Kinds of letters that certainly are not in Bento; of the others (``suspect``, ``skipped``) some may be."""


class DeadLetterSource:
    """The ``record`` of each line of a dead-letter file; a position is a line, lines of other kinds are left out.

    A person fixes the records in the file and passes it to the same operator, with another ``dead_letters_path``.
    What a record was before it was written stays text: a date is ISO 8601, a decimal its digits.

    :param path: the file that was an operator's ``dead_letters_path``, or a folder or pattern of such files.
    :param kinds: which letters to take; default :data:`RESENDABLE`. With ``suspect`` or ``skipped`` records may reach
        Bento twice.
    :param run: only the letters of this run, as the lines name it; ``None``: of all.
    :param endpoint: what the records are for; a letter for another endpoint is an invalid row. ``None``: of any.
    :raises BentoSetupError: no kinds, or an unknown one.
    """

    rereadable = True
    resumable = False

    def __init__(
        self,
        path: PathLike,
        *,
        kinds: Collection[LetterKind] = RESENDABLE,
        run: str | None = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        if isinstance(kinds, str) or not kinds or not set(kinds) <= set(get_args(LetterKind)):
            raise BentoSetupError(f"kinds must be a non-empty list of: {', '.join(get_args(LetterKind))}.")
        self._file = FileSource(path, format="jsonl")
        self._kinds = frozenset(kinds)
        self._run = run
        self._endpoint = endpoint

    def identity(self) -> str:
        """Return the file's identity, and what of it is taken."""
        return f"{self._file.identity()} letters:{','.join(sorted(self._kinds))} {self._run or ''}".strip()

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the records from ``after`` on.

        :raises BentoSetupError: there is no file.
        """
        for row in self._file.rows(after):
            letter: Any = row.data
            if row.unreadable is not None:
                yield row
            elif (reason := _no_letter(row)) is not None:
                yield Row(row.position, row.data, row.token, reason)
            elif letter["kind"] in self._kinds and self._run in (None, letter["run"]):
                yield Row(row.position, letter["record"], row.token, self._foreign(letter) or _unread(row))

    def _foreign(self, letter: Mapping[str, Any]) -> str | None:
        noun = letter.get("endpoint")
        if self._endpoint is None or noun in (None, self._endpoint):
            return None
        return f"is a dead letter of {noun}, not of {self._endpoint}: replay it with the operator for {noun}"


def _no_letter(row: Row) -> str | None:
    """Return why a line is no dead letter; a kind that is another version's, or a typo, must not be left out."""
    if not isinstance(row.data, Mapping) or not {"record", "kind", "run"} <= row.data.keys():
        return f"line {_line(row)} is not a dead letter: it needs the keys run, kind and record"
    known = get_args(LetterKind)
    return None if row.data["kind"] in known else f"line {_line(row)} has a kind that is none of: {', '.join(known)}"


def _unread(row: Row) -> str | None:
    """Return why it is no record yet: what was saved of a line that could not be read is text, until it is fixed."""
    letter: Any = row.data
    if isinstance(letter["record"], Mapping):
        return None
    return f"line {_line(row)} does not have an object in record: write one, or remove the line"


def _line(row: Row) -> int:
    """Return the physical line; the file's token ends with it."""
    lines: int = row.token[-1]
    return lines
