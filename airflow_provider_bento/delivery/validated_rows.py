"""What rows turn out to be: valid ones, many in one value, invalid ones, and those that need not be sent.

Tested by tests/unit/delivery/test_validated_rows.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final, Protocol, overload

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.row_size import weight
from airflow_provider_bento.delivery.values import Row

FIELD_ERROR_BYTES = 100  # what one takes in memory, about


class Record(Protocol):
    """A row that became a record."""

    @property
    def idempotent(self) -> bool:
        """Whether Bento may get it twice without anybody noticing."""
        ...

    @property
    def group(self) -> str:
        """What it must share with all records of its request, such as the sender of an email; empty: nothing."""
        ...

    def encode(self) -> bytes:
        """Return its JSON, as sent."""
        ...


Parse = Callable[[Any], Record | tuple[FieldError, ...]]
"""Turns a row into a record, or into all its field errors."""


class ValidRow(msgspec.Struct, frozen=True, gc=False):
    """A row that became a record.

    :param row: the row, kept for the dead letters.
    :param record: the record.
    :param body: its JSON, encoded once.
    """

    row: Row
    record: Any
    body: bytes


class _Encoded(msgspec.Struct, frozen=True, gc=False):
    """A record of which only its JSON and what delivery must know is left."""

    body: bytes
    email: str
    idempotent: bool
    group: str = ""

    def encode(self) -> bytes:
        """Return its JSON."""
        return self.body

    def __repr__(self) -> str:
        return f"<record of {len(self.body)} bytes>"


class _Rows(Sequence[Row]):
    """The rows of several parts; one list of them is made if someone asks for one between the first and the last."""

    def __init__(self, parts: Sequence[Sequence[Row]]) -> None:
        self._parts = parts
        self._length = sum(map(len, parts))

    @cached_property
    def _all(self) -> list[Row]:
        return list(chain.from_iterable(self._parts))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if index == 0:
            return self._parts[0][0]
        return self._parts[-1][-1] if index == -1 else self._all[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._all)


class ValidRows(Sequence[ValidRow]):
    """Valid rows that were judged together: their JSON in one value, no object for each record.

    :param rows: the rows, kept for the dead letters.
    :param lines: their JSON, each followed by a line feed.
    :param emails: whom each concerns.
    :param idempotent: whether each is.
    :param records: the records, if they were made one by one, because there is more to know of them.
    """

    __slots__ = ("_bodies", "_emails", "_idempotent", "lines", "records", "rows")

    def __init__(
        self,
        rows: Sequence[Row],
        lines: bytes,
        emails: Sequence[str] = (),
        idempotent: Sequence[bool] = (),
        records: Sequence[Any] | None = None,
    ) -> None:
        self.rows = rows
        self.lines = lines
        self.records = records
        self._emails = emails
        self._idempotent = idempotent
        self._bodies: list[bytes] | None = None

    @classmethod
    def of(cls, valid: Iterable[ValidRow]) -> ValidRows:
        """Return rows whose records were made one by one."""
        rows = list(valid)
        lines = b"".join([row.body + b"\n" for row in rows])
        return cls([row.row for row in rows], lines, records=[row.record for row in rows])

    @classmethod
    def joined(cls, parts: Sequence[ValidRows]) -> ValidRows:
        """Return several as one."""
        if len(parts) == 1:
            return parts[0]
        rows = _Rows([part.rows for part in parts])
        lines = b"".join([part.lines for part in parts])
        if all(part.records is None for part in parts):
            emails = list(chain.from_iterable(part.emails for part in parts))
            return cls(rows, lines, emails, list(chain.from_iterable(part.idempotent for part in parts)))
        return cls(rows, lines, records=[row.record for part in parts for row in part])

    @property
    def bodies(self) -> list[bytes]:
        """The JSON of each."""
        if self._bodies is None:
            self._bodies = self.lines.split(b"\n")[:-1]
        return self._bodies

    @property
    def emails(self) -> Sequence[str]:
        """Whom each concerns."""
        return self._emails if self.records is None else [record.email for record in self.records]

    @property
    def idempotent(self) -> Sequence[bool]:
        """Whether each is."""
        return self._idempotent if self.records is None else [record.idempotent for record in self.records]

    @property
    def group(self) -> str:
        """What the last of them must share with all records of its request."""
        return self.records[-1].group if self.records else ""

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> ValidRow: ...

    @overload
    def __getitem__(self, index: slice) -> ValidRows: ...

    def __getitem__(self, index: int | slice) -> ValidRow | ValidRows:
        if isinstance(index, slice):
            lines = b"\n".join([*self.bodies[index], b""])
            records = None if self.records is None else self.records[index]
            return ValidRows(self.rows[index], lines, self._emails[index], self._idempotent[index], records)
        return ValidRow(self.rows[index], self._record(index), self.bodies[index])

    def __repr__(self) -> str:
        return f"<{len(self)} valid rows>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ValidRows):
            return NotImplemented
        return self.lines == other.lines and list(self.rows) == list(other.rows)

    __hash__ = None  # type: ignore[assignment]  # equal by content

    def __iter__(self) -> Iterator[ValidRow]:
        return map(self.__getitem__, range(len(self)))

    def _record(self, index: int) -> Any:
        if self.records is not None:
            return self.records[index]
        return _Encoded(self.bodies[index], self._emails[index], self._idempotent[index])


NO_ROWS: Final = ValidRows((), b"")


class InvalidRow(msgspec.Struct, frozen=True, gc=False):
    """A row that became no record.

    :param row: the row, kept for the dead letters.
    :param field_errors: all that is wrong with it.
    """

    row: Row
    field_errors: tuple[FieldError, ...]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory; the same at each reading."""
        return weight(self.row.data) + FIELD_ERROR_BYTES * len(self.field_errors)


class UnchangedRows(msgspec.Struct, frozen=True, gc=False):
    """Rows that need not be sent.

    :param row: the last of them.
    """

    row: Row


Item = ValidRow | InvalidRow | UnchangedRows
"""What a row can turn out to be."""
