"""Invalid records as one error: how many, by position and field, and for which reasons; never a value.

Tested by tests/unit/delivery/test_reasons.py.
"""

from __future__ import annotations

from airflow_provider_bento.delivery.chunks import InvalidRow
from airflow_provider_bento.delivery.reasons import added, by_reason, of_faults
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoRecordError


class InvalidRecords:
    """Counts faults; keeps the first twenty, without any value of a record.

    :ivar records: records that have one.
    :ivar count: all faults of all of them.
    :ivar reasons: the records, counted by kind of fault.
    """

    SHOWN = 20

    def __init__(self) -> None:
        self.records = 0
        self.count = 0
        self.first: list[tuple[int, str, str]] = []
        self.reasons: dict[str, int] = {}

    def add(self, bad: InvalidRow) -> None:
        """Count one bad row with all its faults."""
        self.records += 1
        self.count += len(bad.faults)
        self.reasons = added(self.reasons, of_faults(bad.faults))
        for fault in bad.faults:
            if len(self.first) < self.SHOWN:
                self.first.append((bad.row.position, fault.field, fault.reason))

    def lines(self) -> str:
        """Return the first twenty, one a line."""
        return "\n".join(
            f"  position {position}{', ' + field if field else ''}: {reason}" for position, field, reason in self.first
        )


def invalid_records(
    faults: InvalidRecords,
    consequence: str,
    *,
    advice: str = "Fix them, or set on_invalid_record='drop' (and max_failed) to continue without invalid records.",
) -> BentoRecordError:
    """Return the error that lists the first twenty faults by position and field, never a value.

    :param advice: what to do, in one sentence.
    """
    shown = f", of which the first {faults.SHOWN} are" if faults.count > faults.SHOWN else ""
    lines = [
        f"{counted(faults.records, 'invalid records')}, {counted(faults.count, 'problems')}{shown}:",
        faults.lines(),
        *by_reason(faults.reasons if faults.records > 1 else {}),
        f"{consequence} {advice}",
    ]
    return BentoRecordError(
        "\n".join(lines),
        faults=tuple(faults.first),
        count=faults.count,
        records=faults.records,
        reasons=faults.reasons,
    )
