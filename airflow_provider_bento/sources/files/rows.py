"""What every reader of a file yields: its rows one by one, those that cannot be read named by line.

Tested by tests/unit/sources/files/test_csv_rows.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["LONGEST", "START", "Line", "Place"]

LONGEST: Final = 16 * 2**20
"""Bytes of the longest line or field that is read: memory stays flat even if a file has no line feeds at all."""


class Place(NamedTuple):
    """A place in one file; everything before it was read.

    :param rows: rows before it.
    :param offset: its byte offset, if the format can continue from there; else 0.
    :param lines: physical lines before it.
    """

    rows: int
    offset: int
    lines: int


START: Final = Place(0, 0, 0)


class Line(NamedTuple):
    """One row of a file.

    :param data: the row; of a malformed one what could be saved of it.
    :param unreadable: why it could not be read, with its line number; never a value.
    :param after: the place after it.
    """

    data: object
    unreadable: str | None
    after: Place
