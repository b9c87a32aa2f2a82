"""From rows to records: one by one, or in blocks if the parser can judge many rows at once. Pure.

Tested by tests/unit/delivery/test_validation.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.delivery.block_size import BlockSize
from airflow_provider_bento.delivery.row_copies import as_taken, is_still
from airflow_provider_bento.delivery.source import Source, TakenRows, blocks_of
from airflow_provider_bento.delivery.unnamed_rows import has_fields, no_record
from airflow_provider_bento.delivery.validated_rows import (
    InvalidRow,
    Item,
    Parse,
    UnchangedRows,
    ValidRow,
    ValidRows,
)
from airflow_provider_bento.delivery.values import Cursor, Row, RowBlock

if TYPE_CHECKING:
    from airflow_provider_bento.api.records.columns import Block

WRAPPER_BYTES: Final = 32  # {"subscribers":[ … ]}, rounded up
_DICT: Final = frozenset({dict})


class JudgesBlocks(Protocol):
    """A parser that can also judge many rows at once, with the same results."""

    def block(self, rows: Sequence[Any]) -> Block:
        """Return what became of rows that are dicts, and nothing else."""
        ...


def validated_rows(
    source: Source, after: Cursor, parse: Parse, max_records: int, *, max_bytes: int
) -> Iterator[Item | ValidRows]:
    """Yield the rows of a source as valid, invalid or unchanged, in order; in blocks if the parser can judge them.

    :param max_records: the most records of a request.
    :param max_bytes: see :func:`validated`.
    :raises BentoRecordError: see :func:`validated`.
    """
    if not hasattr(parse, "block"):
        return validated(source.rows(after), parse, max_bytes=max_bytes)
    size = BlockSize(max_records)
    return validated_in_blocks(blocks_of(source, after, size), parse, size, max_bytes=max_bytes)


def validated(rows: Iterable[Row], parse: Parse, *, max_bytes: int) -> Iterator[Item]:
    """Yield every row as valid, invalid or unchanged, in order.

    :param max_bytes: the most bytes of a request; a record that cannot fit into one is invalid.
    :raises BentoRecordError: a row that is no mapping, which is no invalid record but a mistake in the DAG.
    """
    for row in rows:
        yield _validated(row, parse, max_bytes)


def validated_in_blocks(
    blocks: Iterable[Sequence[Row]], parse: Parse, size: BlockSize, *, max_bytes: int
) -> Iterator[Item | ValidRows]:
    """Yield what :func:`validated` does, valid rows that follow each other as one item.

    :param blocks: rows, some at a time.
    :param parse: also judges blocks.
    :param size: is told how large they were.
    """
    for block in blocks:
        read = 0
        for item in _judged(block, parse, size, max_bytes):
            read += _bytes_of(item)
            yield item
        size.saw(len(block), read)


def _judged(block: Sequence[Row], parse: Parse, size: BlockSize, max_bytes: int) -> Iterator[Item | ValidRows]:
    if len(block) == 1:
        yield from validated(block, parse, max_bytes=max_bytes)
        return
    judge: JudgesBlocks = parse  # type: ignore[assignment]  # it has been asked
    if (data := _dicts(block)) is not None:
        found = judge.block(data)
        if not _is_still(block, data, found):
            size.read_one_by_one()
            yield from validated(_as_taken(block), parse, max_bytes=max_bytes)
            return
        yield from _runs(block, found, max_bytes)
        return
    for plain, part in groupby(block, _is_plain):
        rows = list(part)
        if plain:
            yield from _runs(rows, judge.block([row.data for row in rows]), max_bytes)
        else:
            yield from validated(rows, parse, max_bytes=max_bytes)


def _is_still(block: Sequence[Row], rows: Sequence[Any], found: Block) -> bool:
    """Whether no row of a block was changed since it was taken; most often its records are what was taken.

    :param rows: their data.
    """
    seen = block.seen if isinstance(block, RowBlock | TakenRows) else None
    if seen is None or (not found.alone and found.lines == b"\n".join([*seen, b""])):
        return True
    bodies = iter(found.lines.split(b"\n"))
    records = (None if index in found.alone else next(bodies) for index in range(len(rows)))
    return all(
        record == before or is_still(row, before) for row, record, before in zip(rows, records, seen, strict=True)
    )


def _as_taken(block: Sequence[Row]) -> Iterator[Row]:
    seen = block.seen if isinstance(block, RowBlock | TakenRows) else None
    for row, before in zip(block, seen or (), strict=True):
        data: Any = row.data
        was = data if is_still(data, before) else as_taken(data, before, row.position)
        yield msgspec.structs.replace(row, data=was)


def _bytes_of(item: Item | ValidRows) -> int:
    if isinstance(item, ValidRows):
        return len(item.lines)
    return len(item.body) if isinstance(item, ValidRow) else item.weight if isinstance(item, InvalidRow) else 0


def _dicts(block: Sequence[Row]) -> Sequence[Any] | None:
    """Return the data of the rows; ``None``: some are no readable dicts."""
    if isinstance(block, RowBlock):
        data = block.data
        if isinstance(data, Table):
            return data
    else:
        data = [row.data for row in block]
        if any(row.unreadable is not None for row in block):
            return None
    return data if _DICT.issuperset(map(type, data)) else None


def _is_plain(row: Row) -> bool:
    return type(row.data) is dict and row.unreadable is None


def _runs(rows: Sequence[Row], block: Block, max_bytes: int) -> Iterator[ValidRows | InvalidRow]:
    """Yield what was judged at once in runs between the rows that were not, in order."""
    alone: dict[int, ValidRow | InvalidRow] = {
        index: _item(rows[index], found, max_bytes) for index, found in block.alone.items()
    }
    if not alone and len(block.lines) + WRAPPER_BYTES <= max_bytes:
        yield ValidRows(rows, block.lines, block.emails, block.idempotent)
        return
    judged = [row for index, row in enumerate(rows) if index not in alone]
    valid = ValidRows(judged, block.lines, block.emails, block.idempotent)
    if len(block.lines) + WRAPPER_BYTES > max_bytes:
        yield from _runs_of_large(rows, valid, alone, max_bytes)
        return
    begin = 0  # of the rows that were judged and are not yielded yet
    for number, (index, item) in enumerate(sorted(alone.items())):
        if index - number > begin:
            yield valid[begin : index - number]
        yield _run_of_one(item)
        begin = index - number
    if begin < len(valid):
        yield valid[begin:]


def _runs_of_large(
    rows: Sequence[Row], valid: ValidRows, alone: Mapping[int, ValidRow | InvalidRow], max_bytes: int
) -> Iterator[ValidRows | InvalidRow]:
    """Yield the same row by row: a record may be too large for any request."""
    judged = iter(range(len(valid)))
    for index, row in enumerate(rows):
        if (item := alone.get(index)) is not None:
            yield _run_of_one(item)
        elif len(body := valid.bodies[place := next(judged)]) + WRAPPER_BYTES > max_bytes:
            yield _too_large(row, body, max_bytes)
        else:
            yield valid[place : place + 1]


def _run_of_one(item: ValidRow | InvalidRow) -> ValidRows | InvalidRow:
    if isinstance(item, InvalidRow):
        return item
    return ValidRows([item.row], item.body + b"\n", [item.record.email], [item.record.idempotent])


def _validated(row: Row, parse: Parse, max_bytes: int) -> Item:
    if row.unchanged:
        return UnchangedRows(row)
    if row.unreadable is not None:
        return InvalidRow(row, (FieldError("", row.unreadable),))
    if type(row.data) is not dict and not has_fields(row.data):
        raise no_record(row.data, row.position)
    return _item(row, parse(row.data), max_bytes)


def _item(row: Row, found: Any, max_bytes: int) -> ValidRow | InvalidRow:
    if isinstance(found, tuple):
        return InvalidRow(row, found)
    body = found.encode()
    return ValidRow(row, found, body) if len(body) + WRAPPER_BYTES <= max_bytes else _too_large(row, body, max_bytes)


def _too_large(row: Row, body: bytes, max_bytes: int) -> InvalidRow:
    return InvalidRow(row, (FieldError("", f"is {len(body):,} bytes as JSON; a request may have {max_bytes:,}"),))
