"""Columns to records: which column becomes which field, and what is the same in every record.

Knows field paths; must not know which fields Bento has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.delivery.jsonable import to_jsonable
from airflow_provider_bento.delivery.source import Source, blocks_of, share_of, size_of, taken_in_blocks
from airflow_provider_bento.delivery.values import Cursor, Row, RowBlock
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.mapped_columns import mapped_table

__all__ = ["Columns", "MappedSource"]

Columns = Mapping[str, str] | Callable[[Any], object]
"""``{"email": "EmailAddress", "details.value.amount": "amount_cents"}``: field of the record → column of the row; dots
nest on both sides: ``user.email`` is the column of this name, or, if there is none, ``email`` in the object ``user``.
Or a function from a row to a record."""

_MISSING: Final = object()
_HASH: Final = re.compile("^unusual_prefix_[0-9a-f]+_")


class MappedSource:
    """A source whose rows become records by a table of columns or by a function.

    Columns that are not named are left out. A column that the first readable row lacks is an error before the first
    request; a later row that lacks one is an invalid row. A value of ``None`` is left out of the record.

    :param source: the rows.
    :param columns: see :data:`Columns`; ``None``: the row as it is, with the constants added.
    :param constants: field of the record → value, the same in every record: ``{"type": "$purchase"}``; dots nest.
        A constant overrides the same field of the row.
    :raises BentoSetupError: two fields of which one is part of the other, or a field named twice.
    """

    def __init__(
        self, source: Source, columns: Columns | None = None, constants: Mapping[str, object] | None = None
    ) -> None:
        if columns is not None and not isinstance(columns, Mapping) and not callable(columns):
            raise BentoSetupError("columns must be a dict of field: column, or a function from a row to a record.")
        if isinstance(columns, Mapping) and not all(isinstance(name, str) for pair in columns.items() for name in pair):
            raise BentoSetupError("columns must map text to text: the record's field to the row's column.")
        if constants is not None and not isinstance(constants, Mapping):
            raise BentoSetupError("constants must be a dict of field: value.")
        self._source = source
        self._columns = columns
        self._constants = [(_path(field), value) for field, value in (constants or {}).items()]
        self._fields = (
            [(_path(field), column) for field, column in columns.items()] if isinstance(columns, Mapping) else []
        )
        _check_paths([path for path, _ in (*self._fields, *self._constants)])

    @property
    def rereadable(self) -> bool:
        """Whether the source is."""
        return self._source.rereadable

    @property
    def resumable(self) -> bool:
        """Whether the source is."""
        return self._source.resumable

    def size(self, after: Cursor) -> int | None:
        """Return how many rows of the source come after a cursor; ``None``: it cannot tell."""
        return size_of(self._source, after)

    def share(self, cursor: Cursor) -> float | None:
        """Return which part of the source lies before a cursor; ``None``: it cannot tell."""
        return share_of(self._source, cursor)

    def identity(self) -> str:
        """Return the source's identity with a digest of the mapping; of a function only its name is known."""
        known = [self._columns if isinstance(self._columns, Mapping) else _name_of(self._columns), self._constants]
        digest = hashlib.sha256(msgspec.json.encode(to_jsonable(known))).hexdigest()[:16]
        return f"{self._source.identity()} mapped:{digest}".strip()

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the rows from ``after`` on as records.

        :raises BentoSetupError: the first row lacks a column; lists the row's columns.
        """
        yield from self._records(self._source.rows(after), at_start=after.position == 0)

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks; the columns of a table are mapped as columns."""
        if callable(self._columns) and not isinstance(self._columns, Mapping):  # the author's; it may reuse a record
            yield from taken_in_blocks(self.rows(after), size)
            return
        at_start = after.position == 0
        for block in blocks_of(self._source, after, size):
            if (mapped := self._mapped_block(block)) is not None:
                yield mapped
            else:
                yield list(self._records(block, at_start=at_start))
            at_start = at_start and all(row.unreadable is not None for row in block)

    def _mapped_block(self, block: Sequence[Row]) -> RowBlock | None:
        """Return a table with its columns mapped; ``None``: the rows are to be mapped one by one."""
        if not isinstance(block, RowBlock) or not isinstance(block.data, Table):
            return None
        table = mapped_table(block.data, self._fields, self._constants)
        return None if table is None else RowBlock(block.position, table, block.token_of)

    def _records(self, rows: Iterable[Row], *, at_start: bool) -> Iterator[Row]:
        for row in rows:
            if row.unreadable is not None:
                yield row
                continue
            data, why = self._record(row.data)
            if why is not None and at_start and self._fields and isinstance(row.data, Mapping):
                raise BentoSetupError(f"The first row {why}. Its columns: {_shown(row.data)}.")
            at_start = False
            yield Row(row.position, data, row.token, why, None if data is row.data else row.data)

    def _record(self, row: object) -> tuple[object, str | None]:
        if callable(self._columns) and not isinstance(self._columns, Mapping):
            try:
                record = self._columns(row)
            except Exception as error:  # noqa: BLE001 - the author's function; the row is named, its values are not
                return row, f"the columns= function raised {type(error).__name__} for this row"
        else:
            record = row
        if not isinstance(record, Mapping):
            return record, None  # a mistake in the DAG, not in the data: validation reports it with its type
        return self._mapped(record)

    def _mapped(self, row: Mapping[Any, Any]) -> tuple[object, str | None]:
        record: dict[Any, Any] = {}
        missing = []
        for path, column in self._fields:
            try:
                value = row[column]
            except KeyError:
                value = _within(row, column)
                if value is _MISSING:
                    missing.append(column)
                    continue
            _put(record, path, value)
        if missing:
            return row, f"has no column {', '.join(map(repr, missing))}"
        if not self._fields:
            paths = [path for path, _ in self._constants]
            if blocked := _blocked(row, paths):
                return row, f"has {blocked!r}, which is not an object, although constants= sets a value inside it"
            record = _copied(row, paths)
        for path, value in self._constants:
            _put(record, path, value)
        return record, None


def _path(field: str) -> tuple[str, ...]:
    path = tuple(field.split("."))
    if not all(path):
        raise BentoSetupError(f"{field!r} is not a field path: write names separated by dots, like details.value.")
    return path


def _check_paths(paths: list[tuple[str, ...]]) -> None:
    for number, path in enumerate(paths):
        for other in paths[number + 1 :]:
            shorter = min(len(path), len(other))
            if path[:shorter] == other[:shorter]:
                if path == other:
                    raise BentoSetupError(
                        f"{'.'.join(path)} is set twice: columns and constants must name each field once."
                    )
                raise BentoSetupError(
                    f"{'.'.join(path)} and {'.'.join(other)} overlap: columns and constants must name each field once."
                )


def _put(record: dict[Any, Any], path: tuple[str, ...], value: object) -> None:
    """Put a value into a record of ours; ``None`` is left out."""
    if value is None:
        return
    if len(path) > 1:
        for name in path[:-1]:
            record = record.setdefault(name, {})
    record[path[-1]] = value


def _within(row: Mapping[Any, Any], column: str) -> Any:
    """Return the value at a dotted path in the row's objects; below ``None`` there is ``None``."""
    value: Any = row
    for name in column.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping) or name not in value:
            return _MISSING
        value = value[name]
    return value


def _blocked(row: Mapping[Any, Any], paths: list[tuple[str, ...]]) -> str:
    """Return what blocks a path and would be lost by it, such as details that are JSON text."""
    for path in paths:
        value: Any = row
        for number, name in enumerate(path[:-1], 1):
            value = value.get(name)
            if value is None:
                break
            if not isinstance(value, Mapping):
                return ".".join(path[:number])
    return ""


def _copied(row: Mapping[Any, Any], paths: list[tuple[str, ...]]) -> dict[Any, Any]:
    """Return a copy of the row, as deep as the paths go: the source's own objects are not ours to change."""
    record = dict(row)
    for name in dict.fromkeys(path[0] for path in paths if len(path) > 1):  # no set: its order differs in each process
        inner = record.get(name)
        deeper = [path[1:] for path in paths if path[0] == name and len(path) > 1]
        record[name] = _copied(inner, deeper) if isinstance(inner, Mapping) else {}
    return record


def _shown(row: Mapping[Any, Any]) -> str:
    """Return the row's columns; a key with an @ may be a person, and rows of thousands of keys are no table."""
    names = [str(name) for name in row if "@" not in str(name)]
    return ", ".join(names[:50]) + (", …" if len(names) > 50 else "")


def _name_of(function: object) -> str:
    """Return its name; of a DAG file's module without the hash of its path, which may differ from worker to worker."""
    module = _HASH.sub("", str(getattr(function, "__module__", "")))
    return f"{module}.{getattr(function, '__qualname__', type(function).__name__)}"
