"""Values of a task instance in Airflow 3.3's task state store.

Knows Airflow's accessor and its rules; does not know what a checkpoint is.
"""

from __future__ import annotations

from typing import Any, Protocol

from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["StateAccessor", "TaskStateStore"]


class StateAccessor(Protocol):
    """What ``context["task_state_store"]`` offers (airflow.sdk ``TaskStateStoreAccessor``, Airflow 3.3)."""

    def get(self, key: str, default: JsonValue = None) -> JsonValue:
        """Return the stored value, or ``default``."""
        ...

    def set(self, key: str, value: JsonValue, *, retention: Any = None) -> None:
        """Store the value; it is committed in Airflow's database when this returns."""
        ...

    def delete(self, key: str) -> None:
        """Delete the key; no error if it is missing."""
        ...


class TaskStateStore:
    """A :class:`~airflow_provider_bento.delivery.checkpoint.store.KeyValueStore` in Airflow's task state store.

    Values outlive kills, retries, reschedules, deferrals and a user's Clear, and each mapped task has its own; they
    are kept until the DAG run is deleted (``NEVER_EXPIRE``), because without its state a run resends confirmed records.

    :param accessor: ``context["task_state_store"]``; absent (``None``) before Airflow 3.3.
    """

    def __init__(self, accessor: StateAccessor) -> None:
        self._accessor = accessor

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None``.

        :raises BentoStateError: Airflow's API is unreachable.
        """
        try:
            return self._accessor.get(key)
        except Exception as error:
            raise _failed("read", key, error) from error

    def set(self, key: str, value: JsonValue) -> None:
        """Store the value for as long as the DAG run exists; ``None`` deletes the key.

        :raises BentoStateError: Airflow's API rejected it.
        """
        if value is None:  # Airflow rejects it, and absent means the same
            self.delete(key)
            return
        try:
            from airflow_provider_bento.version_compat import NEVER_EXPIRE

            self._accessor.set(key, value, retention=NEVER_EXPIRE)
        except Exception as error:
            raise _failed("written", key, error) from error

    def delete(self, key: str) -> None:
        """Forget the value.

        :raises BentoStateError: Airflow's API rejected it.
        """
        try:
            self._accessor.delete(key)
        except Exception as error:
            raise _failed("deleted", key, error) from error


def _failed(what: str, key: str, error: Exception) -> BentoStateError:
    return BentoStateError(
        f"The key {key!r} in the task's state store could not be {what} ({type(error).__name__}). This attempt sends "
        "nothing more. Retry or clear the task when Airflow's API server is reachable; it resumes."
    )
