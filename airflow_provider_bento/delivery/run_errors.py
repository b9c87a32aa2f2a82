"""Errors for a run that read its whole source and still failed: an empty source, too many failed records. Pure."""

from __future__ import annotations

from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.reasons import by_reason
from airflow_provider_bento.delivery.sending.in_doubt import NOT_DURABLE
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoEmptySource, BentoError, BentoOutcomeUnknown, BentoTooManyFailed


def empty_source() -> BentoEmptySource:
    """Return the error for a source without a row."""
    return BentoEmptySource(
        "The source has no rows, and on_empty is 'fail'. Nothing was sent. A retry, or clearing the task, reads the "
        "source again."
    )


def too_many_failed(report: Report, allowed: int, *, durable: bool) -> BentoTooManyFailed:
    """Return the error for more failures than are allowed: how many, why, and what became of the others.

    :param allowed: how many may fail.
    :param durable: whether another attempt would know what this one did.
    """
    counts = report.counts
    failed = (
        f"{counts.failed:,} of {counted(counts.read, 'records')} failed ({counts.invalid:,} invalid, "
        f"{counts.rejected:,} rejected by Bento); max_failed allows {allowed:,}."
    )
    advice = " Fix and push the dead letters." if report.dead_letters_path else ""
    return BentoTooManyFailed(
        "\n".join([failed, *by_reason(report.reasons), _rest(counts.accepted, durable) + advice]),
        summary=report.summary(),
        reasons=report.reasons,
    )


def _rest(accepted: int, durable: bool) -> str:  # noqa: FBT001  (a fact of the run)
    if not accepted:
        return "None was accepted."
    were = "was" if accepted == 1 else "were"
    if durable:
        return f"{counted(accepted, 'records')} {were} accepted and will not be sent again."
    return f"{counted(accepted, 'records')} {were} accepted. {NOT_DURABLE}"


def gravity(error: BaseException) -> int:
    """Return how much an error says: 2 for a defect or the task's end, 1 if retrying cannot help, else 0."""
    if not isinstance(error, BentoError):
        return 2
    passing = error.recovery == "retry" or (isinstance(error, BentoOutcomeUnknown) and not error.needs_decision)
    return 0 if passing else 1
