"""The small frozen values that travel along the path; they know nothing of files, HTTP or Airflow.

Tested by tests/unit/delivery/test_deliver_facts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, overload

import msgspec

from airflow_provider_bento.api.field_error import FieldError

JsonValue = Any
"""Any JSON value: ``None``, bool, int, float, str, lists and string-keyed dicts of these."""

LetterKind = Literal["invalid", "rejected", "suspect", "skipped", "different", "missing"]
"""Why a record is in the dead letters: our field errors, Bento's refusal, one of a chunk of which Bento rejected
some without saying which, an unknown outcome that the author chose to skip, or, after a comparison, a person in Bento
who differs from the record or whom Bento does not have."""


class Cursor(msgspec.Struct, frozen=True):
    """A place in a source: everything before it is done.

    :param position: how many rows lie before it; the next row has this position.
    :param token: what the source needs to go on from here (byte offset, key …); ``None``: the position is enough.
    """

    position: int = 0
    token: JsonValue = None


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row as the source gave it, not yet looked at.

    :param position: 0-based count of rows before it in the source.
    :param data: the row itself, usually a mapping.
    :param token: resume token of the place after this row; ``None``: ``position + 1`` is enough.
    :param unreadable: why the source could not read it (a malformed line); ``data`` is then what could be saved of it.
    :param unmapped: the row before its columns became fields, if they did.
    :param key: by what a :class:`~airflow_provider_bento.delivery.ledger.Ledger` knows it, a digest; ``None``: nothing.
    :param unchanged: if above 0, the row has no data: it stands for this number of rows that need not be sent, and is
        the last of them.
    :param added: whether nothing was known of its key, so that nothing of it is in Bento if this row is not.
    """

    position: int
    data: object
    token: JsonValue = None
    unreadable: str | None = None
    unmapped: object = None
    key: str | None = None
    unchanged: int = 0
    added: bool = False

    @property
    def after(self) -> Cursor:
        """The place after this row."""
        return Cursor(self.position + 1, self.token)


class RowBlock(Sequence[Row]):
    """Rows that follow each other in a source, all readable: no object for each until someone asks for it.

    :param position: of the first.
    :param data: of each; a :class:`~airflow_provider_bento.api.records.table.Table` if they are in columns.
    :param token_of: returns the resume token of the place after a row, by its index; ``None``: the position is enough.
    :param seen: the JSON of each when it was taken, see :mod:`~airflow_provider_bento.delivery.row_copies`; ``None``:
        nobody changes them.
    """

    __slots__ = ("data", "position", "seen", "token_of")

    def __init__(
        self,
        position: int,
        data: Sequence[Any],
        token_of: Callable[[int], JsonValue] | None = None,
        *,
        seen: Sequence[bytes] | None = None,
    ) -> None:
        self.position = position
        self.data = data
        self.token_of = token_of
        self.seen = seen

    def __len__(self) -> int:
        return len(self.data)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        places = range(len(self.data))[index]
        if isinstance(places, int):
            return Row(self.position + places, self.data[places], self._token(places))
        if places.step == 1 and self.token_of is None:
            return RowBlock(self.position + places.start, self.data[places.start : places.stop])
        return [self[place] for place in places]

    def __iter__(self) -> Iterator[Row]:
        if self.token_of is None:
            return map(Row, range(self.position, self.position + len(self.data)), self.data)
        return map(
            Row,
            range(self.position, self.position + len(self.data)),
            self.data,
            map(self.token_of, range(len(self.data))),
        )

    def _token(self, index: int) -> JsonValue:
        return None if self.token_of is None else self.token_of(index)


class DeadLetter(msgspec.Struct, frozen=True):
    """One record that did not get to Bento, as it is kept.

    :param position: its position in the source.
    :param chunk: number of its chunk, from 0.
    :param kind: see :data:`LetterKind`.
    :param field_errors: why, with field paths.
    :param attempt: the task's try number.
    :param endpoint: which of Bento's endpoints it was meant for.
    :param record: the row as the source gave it.
    """

    position: int
    chunk: int
    kind: LetterKind
    field_errors: Sequence[FieldError]
    attempt: int
    endpoint: str
    record: JsonValue


InDoubt = Literal["hold", "resend", "skip"]
"""What to do with a chunk whose outcome stays unknown: stop and name it, send it again, or leave it and go on."""


IN_DOUBT: tuple[InDoubt, ...] = ("hold", "resend", "skip")
