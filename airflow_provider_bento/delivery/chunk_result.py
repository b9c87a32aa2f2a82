"""From what became of a chunk to its counts and its dead letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.receipt import Created, Receipt
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.reasons import added, of_field_errors
from airflow_provider_bento.delivery.validated_rows import ValidRow, ValidRows
from airflow_provider_bento.delivery.values import DeadLetter, LetterKind, Row
from airflow_provider_bento.delivery.wording import counted


class _Answer(NamedTuple):
    """What Bento said about the records of one request.

    :ivar named: indexes of those that it rejected by name.
    :ivar unnamed: how many others it rejected.
    """

    valid: ValidRows
    named: frozenset[int]
    unnamed: int

    def others(self) -> list[ValidRow]:
        """Return those that were not named."""
        return [row for index, row in enumerate(self.valid) if index not in self.named]

    def confirmed(self) -> list[ValidRow]:
        """Return those that Bento surely has."""
        return self.others() if self.unnamed <= 0 else []

    def refused(self) -> list[ValidRow]:
        """Return those that it surely has not."""
        others = self.others() if self.unnamed == len(self.valid) - len(self.named) else []
        return [*(self.valid[index] for index in self.named), *others]


class ChunkResult:
    """What became of one chunk, entered piece by piece; a chunk may take several requests.

    :param chunk: the chunk.
    :param endpoint: which of Bento's endpoints gets the records.
    :param attempt: the task's try number, for the letters.
    :ivar counts: where its records went.
    :ivar letters: those that did not get to Bento.
    :ivar reasons: the invalid and the rejected ones, counted by reason.
    """

    def __init__(self, chunk: Chunk, endpoint: str, attempt: int) -> None:
        self._chunk, self._endpoint, self._attempt = chunk, endpoint, attempt
        self.counts = RecordCounts(read=chunk.rows, invalid=len(chunk.invalid), unchanged=chunk.unchanged)
        self._answers: list[_Answer] = []
        self.reasons: dict[str, int] = {}
        for row in chunk.invalid:
            self._count(of_field_errors(row.field_errors))
        self.letters: list[DeadLetter] = [self._letter(row.row, "invalid", row.field_errors) for row in chunk.invalid]

    @property
    def confirmed(self) -> list[ValidRow]:
        """Those that Bento surely has."""
        return [row for answer in self._answers for row in answer.confirmed()]

    @property
    def rejected(self) -> list[ValidRow]:
        """Those that it surely has not."""
        return [row for answer in self._answers for row in answer.refused()]

    def sent(self, valid: ValidRows, receipt: Receipt) -> None:
        """Enter the reply to a request that carried ``valid``."""
        self.counts += RecordCounts(
            accepted=receipt.accepted,
            rejected=receipt.rejected,
            created=receipt.created,
            absent=receipt.absent,
        )
        named = {failure.index: failure.reason for failure in receipt.failures}
        for index, reason in named.items():
            self._count({f"Bento rejected it: {reason}": 1})
            self._write([valid[index]], "rejected", f"Bento rejected it: {reason}")
        answer = _Answer(valid, frozenset(named), receipt.rejected - len(named))
        self._answers.append(answer)
        if (unnamed := answer.unnamed) > 0:
            rest = answer.others()
            self._count({"Bento rejected it, and does not say why": unnamed})
            kind: LetterKind = "rejected" if unnamed == len(rest) else "suspect"
            self._write(
                rest, kind, f"Bento rejected {unnamed} of these {counted(len(rest), 'records')} and does not say which"
            )

    def found(self, created: Sequence[Created]) -> None:
        """Enter broadcasts that a look-up found in Bento."""
        self.counts += RecordCounts(accepted=len(created), created=tuple(created))

    def skipped(self, valid: ValidRows) -> None:
        """Enter records whose outcome is unknown and which the author chose to leave so."""
        self.counts += RecordCounts(skipped=len(valid))
        self._write(valid, "skipped", "it is not known whether Bento applied it; in_doubt='skip' left it so")

    def _count(self, reasons: Mapping[str, int]) -> None:
        self.reasons = added(self.reasons, reasons)

    def _write(self, valid: Iterable[ValidRow], kind: LetterKind, reason: str) -> None:
        self.letters.extend(self._letter(row.row, kind, (FieldError("", reason),)) for row in valid)

    def _letter(self, row: Row, kind: LetterKind, field_errors: tuple[FieldError, ...]) -> DeadLetter:
        return DeadLetter(row.position, self._chunk.number, kind, field_errors, self._attempt, self._endpoint, row.data)
