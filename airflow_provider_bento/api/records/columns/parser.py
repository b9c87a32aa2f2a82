"""A block of rows: the good ones encoded at once, the odd ones parsed one by one, in the order of the rows.

Tested by tests/unit/api/records/columns/test_block_parser.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.event import Event
from airflow_provider_bento.api.records.subscriber import Subscriber

Parsed = Subscriber | Event | tuple[FieldError, ...]
"""What a row became when it was parsed alone."""

_ENCODE_LINES: Final = msgspec.json.Encoder().encode_lines
_ENCODE: Final = msgspec.json.Encoder().encode
_NUL: Final = b"\\u0000"  # also a backslash before "u0000", which parsing the row alone tells apart


class Columns(NamedTuple):
    """What is known of a block's rows once their columns were judged.

    :param rows: clean, in the order of the rows.
    :param odd: indexes of the rows to be parsed alone; what is in their place means nothing.
    :param idempotent: whether each record is.
    """

    rows: Sequence[dict[str, Any]]
    odd: Collection[int]
    idempotent: Sequence[bool]

    def __repr__(self) -> str:
        return f"<columns of {len(self.rows)} rows>"


class Block(NamedTuple):
    """What became of the rows of a block.

    :param lines: the JSON of those that were judged by columns, in order, each followed by a line feed.
    :param emails: whose they are.
    :param idempotent: whether each of them is idempotent.
    :param alone: what became of the others, by index.
    """

    lines: bytes
    emails: list[str]
    idempotent: list[bool]
    alone: Mapping[int, Parsed]

    def __repr__(self) -> str:
        return f"<block of {len(self.emails)} records, {len(self.alone)} rows alone>"


class BlockParser:
    """Parses rows of one kind, alone or in blocks; the results are the same.

    :param parse: parses one row.
    :param judge: judges the columns of a block; whatever it raises, the rows are then parsed alone.
    """

    def __init__(self, parse: Callable[[Any], Parsed], judge: Callable[[Sequence[dict[str, Any]]], Columns]) -> None:
        self._parse = parse
        self._judge = judge

    def __call__(self, row: Any) -> Parsed:
        """Return the row as a record, or all its field errors."""
        return self._parse(row)

    def block(self, rows: Sequence[dict[str, Any]]) -> Block:
        """Return what became of the rows.

        :param rows: of exactly this class; never changed.
        """
        try:
            columns = self._judge(rows)
            good, lines, odd = _encoded(columns)
            emails = [row["email"] for row in good]
        except Exception:  # noqa: BLE001  (parsing each row alone finds out what it is)
            return Block(b"", [], [], dict(enumerate(map(self._parse, rows))))
        if not odd:
            return Block(lines, emails, list(columns.idempotent), {})
        idempotent = [one for index, one in enumerate(columns.idempotent) if index not in odd]
        return Block(lines, emails, idempotent, {index: self._parse(rows[index]) for index in sorted(odd)})


def _encoded(columns: Columns) -> tuple[Sequence[dict[str, Any]], bytes, set[int]]:
    """Return the good rows, their JSON, and the indexes of the odd ones: of those too that JSON cannot hold."""
    odd = set(columns.odd)
    good = _without(columns.rows, odd)
    try:
        lines = _ENCODE_LINES(good)
        if b"\\" not in lines or _NUL not in lines:  # the first is much faster to find out
            return good, lines, odd
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        pass
    odd |= {index for index, row in enumerate(columns.rows) if index not in odd and not _fits(row)}
    good = _without(columns.rows, odd)
    return good, _ENCODE_LINES(good), odd


def _without(rows: Sequence[dict[str, Any]], odd: set[int]) -> Sequence[dict[str, Any]]:
    return [row for index, row in enumerate(rows) if index not in odd] if odd else rows


def _fits(row: dict[str, Any]) -> bool:
    """Whether JSON holds the row as it is, without a NUL that Bento's database would refuse."""
    try:
        return _NUL not in _ENCODE(row)
    except Exception:  # noqa: BLE001  (whatever it is, the row is parsed alone)
        return False
