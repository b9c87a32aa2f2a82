"""What an error of the core means to Airflow: fail for good, try again later, or give the slot back and go on."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from airflow_provider_bento.delivery.doubt import NOT_DURABLE
from airflow_provider_bento.exceptions import (
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRetryLater,
    BentoStateError,
)
from airflow_provider_bento.version_compat import AirflowFailException, AirflowRescheduleException, AirflowSkipException

# Airflow's scheduler fails a task that is due again before it has heard of its executor's end (seen under load at 5 s).
SHORTEST_RESCHEDULE: Final = 20.0  # seconds


def retrying_helps(error: BaseException) -> bool:
    """Whether another attempt of the task could end differently without anybody changing anything."""
    if isinstance(error, BentoOutcomeUnknown):
        return not error.held
    return isinstance(error, BentoRetryLater | BentoInterrupted | BentoStateError)


def raise_for_airflow(error: Exception, *, may_reschedule: bool = False, doubles: bool = False) -> NoReturn:
    """Raise what Airflow understands.

    :param may_reschedule: whether the checkpoint outlives this process, so that the slot can be given back.
    :param doubles: whether a retry would send again what was accepted, and what is not harmless to repeat.
    :raises AirflowRescheduleException: our own budget stays closed for long.
    :raises AirflowFailException: retrying cannot help, or does harm; Airflow then ignores ``retries``.
    :raises BentoError: retrying may help; Airflow's ``retries`` decide.
    """
    if doubles and not isinstance(error, AirflowSkipException) and (retrying_helps(error) or not _is_ours(error)):
        words = str(error) if _is_ours(error) else f"The source failed ({type(error).__name__}, above)."
        raise AirflowFailException(f"{words} A part was, or may have been, accepted. {NOT_DURABLE}") from error
    if may_reschedule and isinstance(error, BentoRateLimited) and error.status is None and error.retry_after:
        raise AirflowRescheduleException(_moment(error.retry_after)) from error
    if retrying_helps(error) or not _is_ours(error):
        raise error
    raise AirflowFailException(str(error)) from error


def _is_ours(error: Exception) -> bool:
    return isinstance(error, BentoError)


def _moment(seconds: float) -> Any:
    import pendulum

    return pendulum.now("UTC").add(seconds=max(seconds, SHORTEST_RESCHEDULE))
