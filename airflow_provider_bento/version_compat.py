"""The only file that asks which Airflow this is, by trying names instead of comparing versions.

What one import path serves for all versions comes from ``airflow.providers.common.compat.sdk`` instead.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import mask_secret

try:
    from airflow.sdk.exceptions import AirflowRescheduleException
except ImportError:  # before Airflow 3.2
    from airflow.exceptions import AirflowRescheduleException

    # 2.11 and 3.0 start such a task again at once, unless it is a sensor; of 3.1 only later releases wait
    HEEDS_RESCHEDULE_DATES = False
else:
    HEEDS_RESCHEDULE_DATES = True

try:
    from airflow.sdk import NEVER_EXPIRE, RetryDecision, RetryPolicy  # type: ignore[attr-defined]  # an old stub
except ImportError:  # before Airflow 3.3: no state store and no retry policies
    NEVER_EXPIRE = RetryDecision = RetryPolicy = None

__all__ = [
    "HEEDS_RESCHEDULE_DATES",
    "NEVER_EXPIRE",
    "AirflowRescheduleException",
    "RetryDecision",
    "RetryPolicy",
    "mask_secret",
]
