"""What an error of the core means to Airflow: fail for good, retry later, or free the slot and continue.

Tested by tests/unit/operators/test_failures_to_read.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.delivery.sending.in_doubt import NOT_DURABLE
from airflow_provider_bento.exceptions import (
    BentoCountMismatch,
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoSetupError,
)
from airflow_provider_bento.operators.advice import advice
from airflow_provider_bento.version_compat import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
)

if TYPE_CHECKING:
    import logging

    from airflow_provider_bento.operators.build import Parts
    from airflow_provider_bento.operators.options import TaskLabels

__all__ = ["SHORTEST_RESCHEDULE", "failure_of", "for_airflow", "retrying_helps"]

# Airflow's scheduler fails a task that is due again before it has heard of its executor's end (seen under load at 5 s).
SHORTEST_RESCHEDULE: Final = 20.0  # seconds


def retrying_helps(error: BaseException) -> bool:
    """Whether another attempt of the task could end differently although nobody changed anything."""
    if isinstance(error, BentoOutcomeUnknown):
        return not error.needs_decision
    return isinstance(error, BentoError) and error.recovery == "retry"


def failure_of(error: Exception, task: TaskLabels, parts: Parts | None, log: logging.Logger) -> Exception:
    """Log what to do, as the first thing to read in the task's log, and return what Airflow should see.

    :param task: what messages name; known even if ``error`` is about the arguments.
    :param parts: the parts of the push, if they had been built.
    :param log: the task's log.
    """
    durable, doubles = True, False
    if parts is not None:
        parts.progress.broken()
        durable, doubles = parts.durable, parts.would_double()
    failure = for_airflow(error, task.title, may_reschedule=parts is not None and durable, doubles=doubles)
    if not isinstance(failure, AirflowSkipException | AirflowRescheduleException):
        words = advice(
            error,
            conn_id=task.conn_id,
            dead_letters_path=task.dead_letters_path,
            checkpoint_path=task.checkpoint_path,
            durable=durable,
            doubles=doubles,
        )
        log.error("What to do: %s.", words)
    return failure


def for_airflow(error: Exception, task: str, *, may_reschedule: bool = False, doubles: bool = False) -> Exception:
    """Return what Airflow understands; ours without its trace, which leads through this package only.

    Raise it ``from None``: Airflow shows each exception of a chain with all its frames.

    :param task: the task's id and operator, named in what is wrong with its arguments.
    :param may_reschedule: whether the checkpoint outlives this process, so that the slot can be freed.
    :param doubles: whether a retry would resend accepted records that are not idempotent.
    :returns: ``AirflowRescheduleException``: our own budget stays exhausted for long; ``AirflowFailException``:
        retrying cannot help or does harm; Airflow then ignores ``retries``; else the error itself.
    """
    ours = isinstance(error, BentoError)
    if doubles and not isinstance(error, AirflowSkipException) and (retrying_helps(error) or not ours):
        words = str(error) if ours else f"The source failed ({type(error).__name__})."
        return _failed(f"{words} Some records were, or may have been, accepted. {NOT_DURABLE}", None if ours else error)
    if may_reschedule and isinstance(error, BentoRateLimited) and error.status is None and error.retry_after:
        later: Exception = AirflowRescheduleException(_moment(error.retry_after))
        return later
    if not ours:
        return error
    if retrying_helps(error):
        return error.with_traceback(None)
    words = str(error)
    if type(error) is BentoSetupError and not words.startswith(task):
        words = f"{task}: {words}"
    return _failed(words, error if isinstance(error, BentoCountMismatch) else None)


def _failed(words: str, traced: Exception | None) -> Exception:
    """Return what fails a task for good; with the trace of ``traced``, so that its origin can be found."""
    failure: Exception = AirflowFailException(words)
    return failure.with_traceback(traced.__traceback__ if traced else None)


def _moment(seconds: float) -> Any:
    import pendulum

    return pendulum.now("UTC").add(seconds=max(seconds, SHORTEST_RESCHEDULE))
