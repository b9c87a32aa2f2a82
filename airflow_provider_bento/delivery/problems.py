"""Invalid records as one error: how many, by position and field, and for which reasons; never a value.

Tested by tests/unit/delivery/test_reasons.py.
"""

from __future__ import annotations

from airflow_provider_bento.delivery.reasons import added, by_reason, of_field_errors
from airflow_provider_bento.delivery.validated_rows import InvalidRow
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoRecordError


class InvalidRecords:
    """Counts field errors; keeps the first twenty, without any value of a record.

    :ivar records: records with at least one.
    :ivar count: all field errors of all of them.
    :ivar first: the first twenty, each ``(position, field path, what to write instead)``.
    :ivar reasons: the records, counted by kind of error.
    """

    SHOWN = 20

    def __init__(self) -> None:
        self.records = 0
        self.count = 0
        self.first: list[tuple[int, str, str]] = []
        self.reasons: dict[str, int] = {}

    def add(self, row: InvalidRow) -> None:
        """Count one invalid row with all its errors."""
        self.records += 1
        self.count += len(row.field_errors)
        self.reasons = added(self.reasons, of_field_errors(row.field_errors))
        for field_error in row.field_errors:
            if len(self.first) < self.SHOWN:
                self.first.append((row.row.position, field_error.field, field_error.reason))

    def lines(self) -> str:
        """Return the first twenty, one a line."""
        return "\n".join(
            f"  position {position}{', ' + field if field else ''}: {reason}" for position, field, reason in self.first
        )


def invalid_records(
    found: InvalidRecords,
    consequence: str,
    *,
    alternative: str = ", or set on_invalid_record='drop' (and max_failed) to continue without invalid records",
) -> BentoRecordError:
    """Return the error that lists the first twenty field errors by position and field, never a value.

    :param consequence: what was not done, in one sentence.
    :param alternative: what the caller can do after, or instead of, fixing them; continues the sentence "Fix them".
    """
    shown = f", of which the first {found.SHOWN} are" if found.count > found.SHOWN else ""
    lines = [
        f"{counted(found.records, 'invalid records')}, {counted(found.count, 'field errors')}{shown}:",
        found.lines(),
        *by_reason(found.reasons if found.records > 1 else {}),
        f"{consequence} Fix {'it' if found.count == 1 else 'them'}{alternative}.",
    ]
    return BentoRecordError(
        "\n".join(lines),
        field_errors=tuple(found.first),
        count=found.count,
        records=found.records,
        reasons=found.reasons,
    )
