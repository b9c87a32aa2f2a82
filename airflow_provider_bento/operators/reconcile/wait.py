"""Wait for imports to take effect, without a worker slot if this Airflow can.

Tested by tests/unit/operators/test_reconcile_wait.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.delivery.wording import spoken
from airflow_provider_bento.exceptions import BentoInterrupted
from airflow_provider_bento.operators.outcomes import SHORTEST_RESCHEDULE
from airflow_provider_bento.reconcile.run import COMPARE_AGAIN
from airflow_provider_bento.version_compat import HEEDS_RESCHEDULE_DATES, AirflowRescheduleException

if TYPE_CHECKING:
    import logging

    from airflow_provider_bento.delivery.clock import Clock

__all__ = ["wait_until_due"]


def wait_until_due(
    after: timedelta | None,
    context: Mapping[str, Any],
    *,
    clock: Clock,
    stopped: Callable[[], bool],
    log: logging.Logger,
) -> None:
    """Return once ``after`` has passed since the task instance first started; at once if it is a retry.

    From Airflow 3.2 on the task is rescheduled, and Airflow's record of that tells the second start when the first one
    was. Before, and for less than 20 seconds, it waits here. A cleared task waits again.

    :param context: Airflow's; without a task instance it waits here.
    :raises AirflowRescheduleException: the slot is freed until then.
    :raises BentoInterrupted: the task was stopped while it waited here.
    """
    ti = context.get("ti")
    if after is None or _is_retry(ti):
        return
    now = datetime.fromtimestamp(clock.time(), UTC)
    seconds = (after - (now - (_first_start(ti, context) or now))).total_seconds()
    if seconds <= 0:
        return
    if ti is not None and HEEDS_RESCHEDULE_DATES and seconds >= SHORTEST_RESCHEDULE:
        log.info(
            "Imports take minutes: people are compared in %s; the worker slot is free until then.", spoken(seconds)
        )
        raise AirflowRescheduleException(now + timedelta(seconds=seconds))
    why = "" if HEEDS_RESCHEDULE_DATES else ", because this Airflow starts a rescheduled task at once"
    log.info("Imports take minutes: people are compared in %s; the task keeps its worker slot%s.", spoken(seconds), why)
    clock.sleep(seconds)
    if stopped():
        raise BentoInterrupted("The task was stopped before anybody was compared.", advice=COMPARE_AGAIN)


def _is_retry(ti: Any) -> bool:
    """Whether an earlier attempt has waited; Airflow raises ``max_tries`` if a task is cleared."""
    if ti is None:
        return False
    retries = int(getattr(ti.task, "retries", 0) or 0)
    return int(ti.try_number or 1) > int(getattr(ti, "max_tries", 0) or 0) - retries + 1


def _first_start(ti: Any, context: Mapping[str, Any]) -> datetime | None:
    """Return when this attempt first started, if it was rescheduled."""
    if ti is None or not HEEDS_RESCHEDULE_DATES:
        return None
    found: datetime | None = ti.get_first_reschedule_date(context)
    return found
