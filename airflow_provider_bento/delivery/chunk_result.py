"""From what became of a chunk to its books and its dead letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from airflow_provider_bento.api.field_error import Fault
from airflow_provider_bento.api.receipt import Created, Receipt
from airflow_provider_bento.delivery.chunks import Chunk, Good
from airflow_provider_bento.delivery.counts import Books
from airflow_provider_bento.delivery.reasons import added, of_faults
from airflow_provider_bento.delivery.values import DeadLetter, LetterKind, Row
from airflow_provider_bento.delivery.wording import counted


class Account:
    """What became of one chunk, entered piece by piece; a chunk may take several requests.

    :param chunk: the chunk.
    :param endpoint: ``subscribers``, ``events`` or ``broadcasts``.
    :param attempt: the task's try number, for the letters.
    :ivar books: where its records went.
    :ivar letters: those that did not get to Bento.
    :ivar reasons: the rejected and the refused ones, counted by reason.
    """

    def __init__(self, chunk: Chunk, endpoint: str, attempt: int) -> None:
        self._chunk, self._endpoint, self._attempt = chunk, endpoint, attempt
        self.books = Books(read=chunk.rows, rejected=len(chunk.bads))
        self.reasons: dict[str, int] = {}
        for bad in chunk.bads:
            self._count(of_faults(bad.faults))
        self.letters: list[DeadLetter] = [self._letter(bad.row, "rejected", bad.faults) for bad in chunk.bads]

    def sent(self, goods: Sequence[Good], receipt: Receipt) -> None:
        """Enter the reply to a request that carried ``goods``."""
        self.books += Books(accepted=receipt.accepted, refused=receipt.refused, created=receipt.created)
        named = {failure.index: failure.reason for failure in receipt.failures}
        for index, reason in named.items():
            self._count({f"Bento refused it: {reason}": 1})
            self._write([goods[index]], "refused", f"Bento refused it: {reason}")
        unnamed = receipt.refused - len(named)
        if unnamed > 0:
            self._count({"Bento refused it, and does not say why": unnamed})
            rest = [good for index, good in enumerate(goods) if index not in named]
            kind: LetterKind = "refused" if unnamed == len(rest) else "suspect"
            self._write(
                rest, kind, f"Bento refused {unnamed} of these {counted(len(rest), 'records')} and does not say which"
            )

    def found(self, created: Sequence[Created]) -> None:
        """Enter broadcasts that a look-up found in Bento."""
        self.books += Books(accepted=len(created), created=tuple(created))

    def skipped(self, goods: Sequence[Good]) -> None:
        """Enter records whose outcome is unknown and which the author chose to leave so."""
        self.books += Books(skipped=len(goods))
        self._write(goods, "skipped", "it is not known whether Bento applied it; in_doubt='skip' left it so")

    def _count(self, reasons: Mapping[str, int]) -> None:
        self.reasons = added(self.reasons, reasons)

    def _write(self, goods: Iterable[Good], kind: LetterKind, reason: str) -> None:
        self.letters.extend(self._letter(good.row, kind, (Fault("", reason),)) for good in goods)

    def _letter(self, row: Row, kind: LetterKind, faults: tuple[Fault, ...]) -> DeadLetter:
        return DeadLetter(row.position, self._chunk.number, kind, faults, self._attempt, self._endpoint, row.data)
