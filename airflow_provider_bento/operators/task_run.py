"""Where a task instance keeps its checkpoint and its dead letters, and which attempt of it runs.

Tested by tests/unit/operators/test_careful_runs.py.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.delivery.checkpoint.state import TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore, MemoryStore
from airflow_provider_bento.delivery.dead_letters import DeadLetterSink, NoDeadLetters

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskRun:
    """Which task instance this is; ``map_index`` is -1 for a task that is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    attempt: TaskAttempt

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> TaskRun:
        """Read it from Airflow's context; without a task instance (in a shell or a test) the run is named ``none``."""
        ti = context.get("ti")
        if ti is None:
            return cls("none", "none", "none", -1, TaskAttempt())
        attempt = TaskAttempt(int(ti.try_number or 1), int(getattr(ti, "max_tries", 0) or 0))
        return cls(str(ti.dag_id), str(ti.run_id), str(ti.task_id), int(getattr(ti, "map_index", -1)), attempt)

    @property
    def name(self) -> str:
        """Its parts as a path below a folder of checkpoints, and as the run's name in the dead letters."""
        return "/".join((self.dag_id, self.run_id, self.task_id, str(self.map_index)))


def store_for(context: Mapping[str, Any], run: TaskRun, checkpoint_path: str | None) -> KeyValueStore:
    """Return where the checkpoint is kept: Airflow 3.3's task state store, else a file, else memory.

    :param checkpoint_path: a folder, any ObjectStoragePath.
    """
    if (accessor := context.get("task_state_store")) is not None:
        from airflow_provider_bento.stores.task_state import TaskStateStore

        return TaskStateStore(accessor)
    if checkpoint_path:
        from airflow_provider_bento.stores.files import FileStore

        return FileStore(checkpoint_path, name=run.name)
    log.warning(
        "The checkpoint of this run is kept in memory only: after a crash, a retry starts from the first record and "
        "resends what Bento has already confirmed. Use Airflow 3.3 or later, or set checkpoint_path."
    )
    return MemoryStore()


def dead_letters_for(path: str | None, run: TaskRun) -> DeadLetterSink:
    """Return where dead letters are kept."""
    if path is None:
        return NoDeadLetters()
    from airflow_provider_bento.stores.dead_letters import DeadLetterFile

    return DeadLetterFile(path, run=run.name)


def text_or_none(value: Any) -> str | None:
    """Return a text or path as text; ``None`` also if a template rendered as ``None`` or as empty text."""
    return None if value is None or str(value) in ("", "None") else str(value)
