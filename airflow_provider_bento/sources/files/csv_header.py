"""The header of a CSV file: its delimiter, and the names of its columns without invisible characters.

Knows how spreadsheets and databases write a first line; must not know which fields Bento has.

Tested by tests/unit/sources/files/test_csv_rows.py.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from typing import Final

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["column_names", "delimiter_of", "is_foreign", "stated_delimiter"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_NAMED: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "|"}
_STATED: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # Excel's own first line
_JOINERS: Final = "\u200c\u200d"  # invisible, but needed in the spelling of some languages


def stated_delimiter(line: str) -> str | None:
    """Return the delimiter that a first line such as ``sep=;`` states; ``None``: it states none."""
    found = _STATED.fullmatch(line.strip("\r\n"))
    return found.group(1) if found else None


def delimiter_of(record: str, usual: str, *, name: str, quote: str, names: Sequence[str] | None) -> str:
    """Return the delimiter of a file for which the options specify none.

    :param record: the file's first record as text.
    :param usual: the usual one for its extension; taken if the record contains it.
    :param name: the file's name, for the error.
    :param quote: the quote, or an empty text.
    :param names: the columns, if the record is already a row: the delimiter must make as many fields of it.
    :raises BentoSetupError: more than one is possible.
    """
    bare = re.sub(f"{re.escape(quote)}[^{re.escape(quote)}]*{re.escape(quote)}", "", record) if quote else record
    counts = {one: bare.count(one) for one in _DELIMITERS if one != quote}
    if names is None and counts.get(usual):
        return usual
    most = max(counts.values()) if names is None else len(names) - 1
    found = [one for one, count in counts.items() if most and count == most]
    if len(found) > 1:
        either = " or ".join(_NAMED[one] for one in found)
        raise BentoSetupError(
            f"The first line of {name} does not show which delimiter separates its columns: {either}? Set it: "
            'file_options={"delimiter": "…"}.'
        )
    return found[0] if found else usual


def column_names(cells: Sequence[str], name: str, encoding: str) -> list[str]:
    """Return the columns' names without blanks around them and without invisible characters.

    :param name: the file's name, for errors.
    :param encoding: the encoding that it was read in.
    :raises BentoSetupError: there are none, one is empty, two are equal, or they are in another encoding.
    """
    if not cells:
        raise BentoSetupError(
            f"{name} has no header line. Add one, or pass the column names: "
            'file_options={"header": ["email", "first_name"]}.'
        )
    _check_letters("".join(cells), name, encoding)
    names = [_visible(cell) for cell in cells]
    if not all(names):
        raise BentoSetupError(f"Column {names.index('') + 1} of {name} has no name in the header.")
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise BentoSetupError(f"The header of {name} names a column twice: {', '.join(map(repr, twice))}.")
    return names


def is_foreign(text: str) -> bool:
    """Whether the text contains bytes that are not in the file's encoding."""
    return not text.isascii() and any("\udc80" <= letter <= "\udcff" for letter in text)


def _check_letters(header: str, name: str, encoding: str) -> None:
    if header.startswith(("\udcff\udcfe", "\udcfe\udcff")) or "\x00" in header:
        raise BentoSetupError(
            f"{name} is not {encoding}: it looks like UTF-16. Write it as UTF-8, or pass "
            'file_options={"encoding": "utf-16"} (utf-16-le if it has no byte order mark).'
        )
    if is_foreign(header):
        raise BentoSetupError(
            f"{name} is not {encoding}. Write it as UTF-8, with or without a byte order mark, or name its encoding: "
            'file_options={"encoding": "cp1252"} for files that Excel writes in Western Europe.'
        )


def _visible(cell: str) -> str:
    """Return a cell without blanks around it and without characters that take no room."""
    hidden = {one for one in cell if unicodedata.category(one) in ("Cf", "Cc") and not one.isspace()}
    text = "".join(one for one in cell if one not in hidden)
    if not text.isascii():
        text = "".join(one for one in cell if one not in hidden or one in _JOINERS)
    return text.strip(_JOINERS + string.whitespace).strip()
