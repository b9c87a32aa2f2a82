"""A retry policy for Airflow 3.3 and later: waits as long as Bento asked, fails at once if retrying cannot help.

Tested by tests/unit/operators/test_careful_runs.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow_provider_bento.exceptions import BentoError
from airflow_provider_bento.operators.outcomes import retrying_helps
from airflow_provider_bento.version_compat import RetryDecision, RetryPolicy

_Base: Any = RetryPolicy or object


class BentoRetryPolicy(_Base):  # type: ignore[misc]  # the base is Airflow's, if it has one
    """Decides about a task's retries by the error's class and fields; ``retries`` stays the upper bound.

    The operators use it unless ``retry_policy=`` is set. Below Airflow 3.3 it is not consulted: there, permanent
    errors are raised as ``AirflowFailException``, and ``retry_delay`` decides how long the others wait.

    .. seealso:: https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/tasks.html
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> Any:  # noqa: ARG002  # Airflow's signature
        """Return what to do after ``exception``."""
        if not isinstance(exception, BentoError):
            return RetryDecision.default()
        if not retrying_helps(exception):
            return RetryDecision.fail(reason=type(exception).__name__)
        if exception.retry_after is None:
            return RetryDecision.default()
        delay = timedelta(seconds=exception.retry_after)
        return RetryDecision.retry(delay=delay, reason=f"{type(exception).__name__}: waiting as long as Bento asked")
