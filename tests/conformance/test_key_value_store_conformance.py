"""What every key-value store promises; the checkpoints rest on it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import io
from engines.object_storage import RCLONE
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore, MemoryStore
from airflow_provider_bento.stores.files import FileStore
from airflow_provider_bento.stores.task_state import TaskStateStore

Make = Callable[[str], KeyValueStore]
"""Opens the store of a task instance; twice with one name is one store, as a retry sees it."""


class _AirflowState:
    """Airflow's accessor as far as we use it: values are JSON, and ``None`` is refused."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(self.values[key]) if key in self.values else default

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        if value is None:
            raise ValueError("Cannot set value as None")
        self.values[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


def _in_memory(_: Path) -> Make:
    stores: dict[str, MemoryStore] = {}
    return lambda name: stores.setdefault(name, MemoryStore())


def _in_task_state(_: Path) -> Make:
    sdk = pytest.importorskip("airflow.sdk", reason="Airflow 2 has no task state store")
    if "NEVER_EXPIRE" not in sdk.__all__:
        pytest.skip("Airflow before 3.3 has no task state store")
    states: dict[str, _AirflowState] = {}
    return lambda name: TaskStateStore(states.setdefault(name, _AirflowState()))


def _on_disk(folder: Path) -> Make:
    return lambda name: FileStore(folder / "deep" / "below", name=name)


def _remote(scheme: str) -> Callable[[Path], Make]:
    def make(_: Path) -> Make:
        io.store.attach(scheme, fs=MemoryFileSystem())
        folder = f"{scheme}://bucket/{uuid.uuid4().hex}"
        return lambda name: FileStore(folder, name=name)

    return make


@pytest.fixture(
    params=[
        _in_memory,
        _in_task_state,
        _on_disk,
        _remote("memory"),
        _remote("sftp"),
        *([None] if RCLONE.exists() else []),
    ],
    ids=["memory", "task state", "disk", "object store", "other file system", *(["S3"] if RCLONE.exists() else [])],
)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what opens stores of one kind."""
    if request.param is None:
        folder = f"{request.getfixturevalue('lake')}/{uuid.uuid4().hex}"
        return lambda name: FileStore(folder, name=name)
    opened: Make = request.param(tmp_path)
    return opened


VALUES: list[Any] = [
    {"v": 1, "cursor": {"position": 3, "token": [1, "é", None]}, "done": False},
    [],
    {},
    0,
    -1,
    2**53,
    1.5,
    "",
    "ünïcödé \u2028 \U0001f600",
    False,
    "x" * 100_000,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_comes_back_to_another_process(make: Make, value: Any) -> None:
    """What was set is what a later attempt gets."""
    make("a/b/c/-1").set("checkpoint", value)
    assert make("a/b/c/-1").get("checkpoint") == value


def test_an_absent_value_is_none(make: Make) -> None:
    """A key that nobody set is None."""
    assert make("a/b/c/-1").get("checkpoint") is None


def test_the_last_value_counts(make: Make) -> None:
    """A value is replaced as a whole, also by a shorter one."""
    store = make("a/b/c/-1")
    store.set("checkpoint", {"long": "x" * 1000})
    store.set("checkpoint", {"v": 2})
    assert make("a/b/c/-1").get("checkpoint") == {"v": 2}


def test_deleting_forgets(make: Make) -> None:
    """A deleted key is absent, deleting it again is no error, and it can be set again."""
    store = make("a/b/c/-1")
    store.set("in_doubt", "resend")
    store.delete("in_doubt")
    store.delete("in_doubt")
    assert store.get("in_doubt") is None
    store.set("in_doubt", "skip")
    assert store.get("in_doubt") == "skip"


def test_none_means_absent(make: Make) -> None:
    """Setting None leaves nothing to be found."""
    store = make("a/b/c/-1")
    store.set("in_doubt", "resend")
    store.set("in_doubt", None)
    assert store.get("in_doubt") is None


def test_keys_are_apart(make: Make) -> None:
    """Two keys of a task instance do not touch each other."""
    store = make("a/b/c/-1")
    store.set("checkpoint", 1)
    store.set("attempt", 2)
    store.delete("attempt")
    assert store.get("checkpoint") == 1


NAMES = [
    "dag/run/task/-1",
    "dag/run/task/0",
    "dag/run/task/1",
    "dag/run/tas/k-1",
    "dag/manual__2026-01-01T00:00:00+00:00/task/-1",
    "dag/../task/-1",
    "dag/./task/-1",
    "dag//task/-1",
    "dag/%2E%2E/task/-1",
    "dag/a b?#*/task/-1",
    "dag/ünï/task/-1",
    "dag/" + "ü" * 240 + "/task/-1",
    "dag/" + "ü" * 239 + "x/task/-1",
]


def test_task_instances_are_apart(make: Make) -> None:
    """Every task instance has values of its own, whatever its names hold."""
    for number, name in enumerate(NAMES):
        make(name).set("checkpoint", number)
    assert [make(name).get("checkpoint") for name in NAMES] == list(range(len(NAMES)))
