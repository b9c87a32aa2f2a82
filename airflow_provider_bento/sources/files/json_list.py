"""Rows of a file that contains one JSON list, an element at a time: flat memory, whatever the list's length.

Python's own decoder reads each element; this module only finds where one begins and ends.

Tested by tests/unit/sources/files/test_json_files.py.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final, NoReturn

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.files.csv_header import is_foreign
from airflow_provider_bento.sources.files.json_lines import decoded
from airflow_provider_bento.sources.files.rows import LONGEST, Line, Place

__all__ = ["json_list"]

_READ: Final = 1 << 16  # bytes at a time
_BLANK: Final = re.compile(r"[ \t\r\n\ufeff]*")
# A text that is not there as a whole ends with what was read, even in the middle of an escape.
_STEP: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]|,', re.DOTALL)
_ENDS: Final = frozenset(",]")
_DECODER: Final = json.JSONDecoder()


def json_list(stream: IO[bytes], after: Place, *, name: str) -> Iterator[Line]:
    """Yield the elements after ``after``; those before it are read again and skipped.

    :param stream: the file's bytes, UTF-8, at their beginning.
    :param after: the place to continue from.
    :param name: the file's name, for messages.
    :raises BentoSetupError: the list is cut off, or something comes after it.
    """
    text = _Text(stream, name)
    text.skip_opening()
    rows = 0
    while text.blank() != "]":
        text.rows = rows
        data, why = text.element()
        rows += 1
        if rows > after.rows:
            unreadable = None if why is None else f"element {rows} of the list in {name} {why}"
            yield Line(data, unreadable, Place(rows, 0, 0))
    text.check_end()


class _Text:
    """The text that was read and is not yet used; bytes that are not UTF-8 are in it as surrogates."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode
        self._name = name
        self._text = ""
        self._at = 0
        self._ended = False
        self.rows = 0

    def skip_opening(self) -> None:
        """Skip the opening bracket, which is known to be there."""
        self.blank()
        self._at += 1

    def blank(self) -> str:
        """Go to the next letter that is no blank, and return it.

        :raises BentoSetupError: there is none.
        """
        return self._next() or self._refuse_cut_off()

    def _next(self) -> str:
        while True:
            self._at = _after_blanks(self._text, self._at)
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def element(self) -> tuple[Any, str | None]:
        """Return the next element and what is wrong with it; the comma after it is skipped."""
        while True:
            data, end = self._whole()
            if end is None:
                end = self._end()
            if end is not None:
                return self._taken(data, end)
            if not self._more():
                self._refuse_cut_off()

    def _whole(self) -> tuple[Any, int | None]:
        """Return the element, and where it ends, if it is JSON and something ends it: 12 may be the half of 1234."""
        try:
            data, end = _DECODER.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):  # broken, or not there as a whole
            return None, None
        end = _after_blanks(self._text, end)
        return (data, end) if self._text[end : end + 1] in _ENDS else (None, None)

    def _taken(self, data: Any, end: int) -> tuple[Any, str | None]:
        raw, self._at = self._text[self._at : end], end + (self._text[end] == ",")
        if isinstance(data, dict) and not is_foreign(raw):
            return data, None
        return decoded(raw.encode("utf-8", "surrogateescape"))

    def check_end(self) -> None:
        """Reject what comes after the list."""
        self._at += 1
        if self._next():
            raise BentoSetupError(
                f"{self._name} continues after its list. A .json file must contain one list, or JSON Lines: one record "
                "per line, without brackets."
            )

    def _end(self) -> int | None:
        """Return where the element ends that cannot be decoded: at a comma or bracket that is not inside it."""
        depth = 0
        for step in _STEP.finditer(self._text, self._at):
            letter = step.group()
            if letter in "[{":
                depth += 1
            elif letter in "]}" and depth:
                depth -= 1
            elif letter in ",]" and not depth:
                return step.start()
        return None

    def _more(self) -> bool:
        """Read on, as much as there is, so that an element is not tried too often; say whether there was more."""
        if self._ended:
            return False
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > LONGEST:
            raise BentoSetupError(
                f"Element {self.rows + 1} of the list in {self._name} is longer than {LONGEST:,} characters, or a "
                "quote or bracket in it is never closed."
            )
        raw = self._stream.read(max(_READ, len(self._text)))
        self._ended = not raw
        self._text += self._decode(raw, final=self._ended)
        return True

    def _refuse_cut_off(self) -> NoReturn:
        raise BentoSetupError(
            f"{self._name} is truncated: its list does not end. It stops in element {self.rows + 1}, or a quote or "
            "bracket there is never closed."
        )


def _after_blanks(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
