"""Rows of a CSV file (RFC 4180): a header line, UTF-8, quoted line feeds; every value is text."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.lines import LONGEST, Line, Place

__all__ = ["csv_rows"]


def csv_rows(
    stream: IO[bytes],
    after: Place,
    *,
    name: str,
    delimiter: str = ",",
    header: Sequence[str] | None = None,
    keep_empty: bool = False,
) -> Iterator[Line]:
    """Yield the rows behind ``after`` as dicts; those before it are read again and passed over.

    :param stream: the file's bytes, at their beginning.
    :param after: where to go on.
    :param name: the file's name, for faults.
    :param delimiter: one character between fields.
    :param header: names of the columns, where the file's first line is already a row.
    :param keep_empty: whether an empty field is empty text; else it is ``None``: left out of the record.
    :raises BentoSetupError: the header is missing, or names a column twice or not at all.
    """
    if csv.field_size_limit() < LONGEST:  # of the whole process; nothing gets smaller by it
        csv.field_size_limit(LONGEST)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        names = _checked(header if header is not None else _first(reader, lines), name)
        yield from _rows(reader, lines, names, after, name=name, keep_empty=keep_empty)
    finally:
        text.detach()  # who opened the stream closes it


class _Lines:
    """The text's lines. Those behind the first of a row that is no CSV are read once more: a quote that was never
    closed would make one bad row of many good ones.
    """

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.row: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.number += 1
        self.row.append(line)
        return line

    def keep_only_the_first(self) -> str:
        """Return the row's first line; the reader goes on behind it."""
        self._again.extendleft(reversed(self.row[1:]))
        self.number -= len(self.row) - 1
        return self.row[0].rstrip("\r\n")


def _rows(
    reader: Iterator[list[str]], lines: _Lines, names: list[str], after: Place, *, name: str, keep_empty: bool
) -> Iterator[Line]:
    rows = 0
    while True:
        begun = lines.number + 1
        fields, why = _next(reader, lines)
        if fields is None:
            return
        if not fields:  # a blank line
            continue
        rows += 1
        if rows <= after.rows:
            continue
        data, why = (fields, why) if isinstance(fields, str) else _named(fields, names, keep_empty=keep_empty)
        fault = None if why is None else f"line {begun} of {name} {why}"
        yield Line(data, fault, Place(rows, 0, lines.number))


def _next(reader: Iterator[list[str]], lines: _Lines) -> tuple[list[str] | str | None, str | None]:
    """Return the next row's fields; at the end ``None``; of a row that is no CSV its first line as text, and why."""
    lines.row.clear()
    try:
        return next(reader), None
    except StopIteration:
        return None, None
    except csv.Error as error:
        more = f" (a quote that is not closed? {len(lines.row) - 1} lines behind it were read as rows of their own)"
        return lines.keep_only_the_first(), f"is no CSV: {error}{more if len(lines.row) > 1 else ''}"


def _first(reader: Iterator[list[str]], lines: _Lines) -> list[str]:
    while True:
        fields, _ = _next(reader, lines)
        if fields is None or isinstance(fields, str):
            return []
        if fields:
            return fields


def _named(fields: list[str], names: list[str], *, keep_empty: bool) -> tuple[object, str | None]:
    if len(fields) != len(names):
        return fields, f"has {len(fields)} fields, the header {len(names)}"
    if any(map(_is_foreign, fields)):
        return dict(zip(names, fields, strict=True)), "is not UTF-8"
    if keep_empty:
        return dict(zip(names, fields, strict=True)), None
    return {key: field or None for key, field in zip(names, fields, strict=True)}, None


def _is_foreign(field: str) -> bool:
    """Whether a byte that is no UTF-8 stood in it."""
    return not field.isascii() and any("\udc80" <= letter <= "\udcff" for letter in field)


def _checked(header: Sequence[str], name: str) -> list[str]:
    names = [column.strip() for column in header]
    if not names:
        raise BentoSetupError(f"{name} has no header line. Write one, or pass the names of its columns (header=).")
    if any(map(_is_foreign, names)):
        raise BentoSetupError(f"{name} is not UTF-8. Write it as UTF-8, with or without a byte order mark.")
    if not all(names):
        raise BentoSetupError(f"Column {names.index('') + 1} of {name} has no name in the header.")
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise BentoSetupError(f"The header of {name} names a column twice: {', '.join(map(repr, twice))}.")
    return names
