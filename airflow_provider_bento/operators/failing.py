"""What an error of the core means to Airflow: fail for good, try again later, or give the slot back and go on."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.exceptions import (
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRetryLater,
    BentoStateError,
)
from airflow_provider_bento.version_compat import AirflowRescheduleException

SHORTEST_RESCHEDULE: Final = 5.0  # seconds; Airflow's scheduler looks about that often


def retrying_helps(error: BaseException) -> bool:
    """Whether another attempt of the task could end differently without anybody changing anything."""
    if isinstance(error, BentoOutcomeUnknown):
        return not error.held
    return isinstance(error, BentoRetryLater | BentoInterrupted | BentoStateError)


def raise_for_airflow(error: BentoError, *, may_reschedule: bool) -> NoReturn:
    """Raise what Airflow understands.

    :param may_reschedule: whether the checkpoint outlives this process, so that the slot can be given back.
    :raises AirflowRescheduleException: our own budget stays closed for long.
    :raises AirflowFailException: retrying cannot help; Airflow then ignores ``retries``.
    :raises BentoError: retrying may help; Airflow's ``retries`` decide.
    """
    if may_reschedule and isinstance(error, BentoRateLimited) and error.status is None and error.retry_after:
        raise AirflowRescheduleException(_moment(error.retry_after)) from error
    if retrying_helps(error):
        raise error
    raise AirflowFailException(str(error)) from error


def _moment(seconds: float) -> Any:
    import pendulum

    return pendulum.now("UTC").add(seconds=max(seconds, SHORTEST_RESCHEDULE))
