"""The task state store behind our three words."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.stores.task_state import StateAccessor, TaskStateStore

sdk = pytest.importorskip("airflow.sdk", reason="Airflow 2 has no task state store")
if "NEVER_EXPIRE" not in sdk.__all__:
    pytest.skip("Airflow before 3.3 has no task state store", allow_module_level=True)


class _Broken:
    """An accessor whose API server is down."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError("ann@example.com is in this text")

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        raise RuntimeError("ann@example.com is in this text")

    def delete(self, key: str) -> None:
        raise RuntimeError("ann@example.com is in this text")


class _Recording(_Broken):
    """An accessor that remembers how long it was asked to keep a value."""

    retention: Any = None

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        self.retention = retention


def test_values_are_kept_for_ever() -> None:
    """A checkpoint that expired would send confirmed records again."""
    from airflow.sdk import NEVER_EXPIRE

    accessor = _Recording()
    TaskStateStore(accessor).set("checkpoint", {})
    assert accessor.retention is NEVER_EXPIRE


@pytest.mark.parametrize("call", [("get",), ("set", 1), ("set", None), ("delete",)], ids=str)
def test_every_failure_is_a_state_error_without_values(call: tuple[Any, ...]) -> None:
    """What Airflow raises becomes our error, which tells the key and the kind of failure, and its cause."""
    name, *values = call
    with pytest.raises(BentoStateError, match=r"'checkpoint'.*RuntimeError") as caught:
        getattr(TaskStateStore(_Broken()), name)("checkpoint", *values)
    assert "ann@example.com" not in str(caught.value)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_nothing_begins_without_a_store() -> None:
    """A store that is down stops a run where it would open its checkpoint, before any request."""
    checkpoints = Checkpoints(TaskStateStore(_Broken()), Plan("events", 1000, 5_000_000), TaskAttempt())
    with pytest.raises(BentoStateError):
        checkpoints.open()


def test_our_words_are_those_of_airflow() -> None:
    """Airflow's accessor takes every argument that we pass."""
    from airflow.sdk.execution_time.context import TaskStateStoreAccessor

    for name in ("get", "set", "delete"):
        ours = inspect.signature(getattr(StateAccessor, name)).parameters
        theirs = inspect.signature(getattr(TaskStateStoreAccessor, name)).parameters
        assert [(p.name, p.kind) for p in ours.values()] == [(p.name, p.kind) for p in theirs.values()]
