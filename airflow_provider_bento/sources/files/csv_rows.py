"""Rows of a CSV file (RFC 4180, and what spreadsheets and databases make of it); every value is text.

Knows how a row is read, and that a broken one costs no other; :mod:`sources.files.csv_header` knows what a header says.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import IO, Any, Final

from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.files.csv_header import column_names, delimiter_of, is_foreign, stated_delimiter
from airflow_provider_bento.sources.files.options import FileOptions
from airflow_provider_bento.sources.files.rows import LONGEST, Line, Place

__all__ = ["csv_rows"]

_NULL: Final = "\\N"  # how MySQL and Postgres write NULL; no real value looks like it
_MOST_LINES: Final = 100  # of a header whose cells contain line feeds


def csv_rows(stream: IO[bytes], after: Place, *, name: str, options: FileOptions, usual: str = ",") -> Iterator[Line]:
    """Yield the rows after ``after`` as dicts; those before it are read again and skipped.

    :param stream: the file's bytes, at their beginning.
    :param after: the place to continue from.
    :param name: the file's name, for messages.
    :param options: how it is read.
    :param usual: the usual delimiter of files with this extension.
    :raises BentoSetupError: the header is missing, or names a column twice or not at all; or the encoding is another.
    """
    if csv.field_size_limit() < LONGEST:  # of the whole process; nothing gets smaller by it
        csv.field_size_limit(LONGEST)
    encoding = options.get("encoding", "UTF-8")
    text = io.TextIOWrapper(stream, _codec(encoding), errors="surrogateescape", newline="")
    try:
        lines = _Lines(text)
        reader = csv.reader(lines, strict=True, **_dialect(lines, options, usual, name))
        cells = options.get("header") or _first(reader, lines)
        if cells is None:  # a database's export without rows has no header
            return
        cleaner = _Cleaner(column_names(cells, name, encoding), options, encoding)
        yield from _rows(reader, lines, cleaner, after, name=name)
    except UnicodeError as error:
        raise BentoSetupError(f"{name} is not {encoding}, or is truncated.") from error
    finally:
        text.detach()  # who opened the stream closes it


def _codec(encoding: str) -> str:
    """Return the codec's name; that of UTF-8 skips a byte order mark."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def _dialect(lines: _Lines, options: FileOptions, usual: str, name: str) -> dict[str, Any]:
    """Return the arguments of ``csv.reader``; a first line that states the delimiter is skipped."""
    quote, delimiter = options.get("quote", '"'), options.get("delimiter")
    stated = stated_delimiter(lines.look())
    if stated is not None and stated != quote:
        next(lines)
    if delimiter is None:
        delimiter = stated or delimiter_of(
            lines.look(quote), usual, name=name, quote=quote, names=options.get("header")
        )
    return {
        "delimiter": delimiter,
        "quotechar": quote or None,
        "quoting": csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    }


class _Cleaner:
    """Makes a row of fields: blanks removed, words that mean no value replaced by ``None``."""

    def __init__(self, names: list[str], options: FileOptions, encoding: str) -> None:
        null = options.get("null", ())
        words = [null] if isinstance(null, str) else null
        self._names = names
        self._trim = options.get("trim", True)
        self._nothing = {_NULL, *(word.strip() if self._trim else word for word in words)}
        self._nothing |= set() if options.get("keep_empty") else {""}
        self._encoding = encoding

    def is_blank(self, fields: list[str]) -> bool:
        """Whether they are a blank line, and no row."""
        return not fields or (self._trim and len(fields) == 1 and fields[0].isspace())

    def row(self, fields: list[str]) -> tuple[object, str | None]:
        """Return the row and what is wrong with it."""
        if len(fields) != len(self._names):
            return fields, f"has {counted(len(fields), 'fields')}, but the header has {len(self._names)}"
        if self._trim:
            fields = [field.strip() for field in fields]
        nothing = self._nothing
        row = {key: None if field in nothing else field for key, field in zip(self._names, fields, strict=True)}
        return row, f"is not {self._encoding}" if any(map(is_foreign, fields)) else None


class _Lines:
    """The text's lines.

    Those after the first of a row that is not CSV are read once more: otherwise a quote that is never closed would turn
    many valid rows into one invalid row.
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

    def look(self, quote: str = "") -> str:
        """Return the next line that is not blank, blank ones are skipped; with a quote, all lines of its record."""
        found = self._unmarked()
        while found and not found.strip("\r\n"):
            self.number += 1
            found = self._unmarked()
        taken = [found]
        while quote and "".join(taken).count(quote) % 2 and len(taken) < _MOST_LINES and taken[-1]:
            taken.append(self._take())
        self._again.extendleft(line for line in reversed(taken) if line)
        return "".join(taken)

    def _take(self) -> str:
        return self._again.popleft() if self._again else next(self._text, "")

    def _unmarked(self) -> str:
        """Return the next line without byte order marks; a file that was saved twice may have two."""
        return self._take().lstrip("\ufeff")

    def keep_only_the_first(self) -> str:
        """Return the row's first line; the reader continues after it."""
        self._again.extendleft(reversed(self.row[1:]))
        self.number -= len(self.row) - 1
        return self.row[0].rstrip("\r\n")


def _rows(reader: Iterator[list[str]], lines: _Lines, cleaner: _Cleaner, after: Place, *, name: str) -> Iterator[Line]:
    rows = 0
    while True:
        begun = lines.number + 1
        fields, why = _next(reader, lines)
        if fields is None:
            return
        if isinstance(fields, list) and cleaner.is_blank(fields):
            continue
        rows += 1
        if rows <= after.rows:
            continue
        data, why = (fields, why) if isinstance(fields, str) else cleaner.row(fields)
        unreadable = None if why is None else f"line {begun} of {name} {why}"
        yield Line(data, unreadable, Place(rows, 0, lines.number))


def _next(reader: Iterator[list[str]], lines: _Lines) -> tuple[list[str] | str | None, str | None]:
    """Return the next row's fields; at the end ``None``; of a row that is no CSV its first line as text, and why."""
    lines.row.clear()
    try:
        return next(reader), None
    except StopIteration:
        return None, None
    except csv.Error as error:
        more = f" (possibly an unclosed quote; the {len(lines.row) - 1} lines after it were read as separate rows)"
        return lines.keep_only_the_first(), f"is not CSV: {error}{more if len(lines.row) > 1 else ''}"


def _first(reader: Iterator[list[str]], lines: _Lines) -> list[str] | None:
    """Return the first line that is not blank; ``None``: the file is empty."""
    while True:
        fields, _ = _next(reader, lines)
        if fields is None:
            return None
        if isinstance(fields, str):
            return []
        if fields:
            return fields
