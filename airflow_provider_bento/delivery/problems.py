"""Invalid records as one error: how many, by position and field, and for which reasons; never a value.

Tested by tests/unit/delivery/test_reasons.py.
"""

from __future__ import annotations

from airflow_provider_bento.delivery.chunks import InvalidRow
from airflow_provider_bento.delivery.reasons import added, by_reason, of_field_errors
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoRecordError


class InvalidRecords:
    """Counts field errors; keeps the first twenty, without any value of a record.

    :ivar records: records that have one.
    :ivar count: all field errors of all of them.
    :ivar reasons: the records, counted by kind of error.
    """

    SHOWN = 20

    def __init__(self) -> None:
        self.records = 0
        self.count = 0
        self.first: list[tuple[int, str, str]] = []
        self.reasons: dict[str, int] = {}

    def add(self, bad: InvalidRow) -> None:
        """Count one bad row with all its errors."""
        self.records += 1
        self.count += len(bad.field_errors)
        self.reasons = added(self.reasons, of_field_errors(bad.field_errors))
        for field_error in bad.field_errors:
            if len(self.first) < self.SHOWN:
                self.first.append((bad.row.position, field_error.field, field_error.reason))

    def lines(self) -> str:
        """Return the first twenty, one a line."""
        return "\n".join(
            f"  position {position}{', ' + field if field else ''}: {reason}" for position, field, reason in self.first
        )


def invalid_records(
    field_errors: InvalidRecords,
    consequence: str,
    *,
    advice: str = "Fix them, or set on_invalid_record='drop' (and max_failed) to continue without invalid records.",
) -> BentoRecordError:
    """Return the error that lists the first twenty field errors by position and field, never a value.

    :param advice: what to do, in one sentence.
    """
    shown = f", of which the first {field_errors.SHOWN} are" if field_errors.count > field_errors.SHOWN else ""
    lines = [
        f"{counted(field_errors.records, 'invalid records')}, {counted(field_errors.count, 'problems')}{shown}:",
        field_errors.lines(),
        *by_reason(field_errors.reasons if field_errors.records > 1 else {}),
        f"{consequence} {advice}",
    ]
    return BentoRecordError(
        "\n".join(lines),
        field_errors=tuple(field_errors.first),
        count=field_errors.count,
        records=field_errors.records,
        reasons=field_errors.reasons,
    )
