"""An operator's settings after rendering and validation: typed, frozen, and all that a push is made from.

Tested by tests/unit/operators/test_careful_runs.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.delivery.push import OnInvalidRecord
from airflow_provider_bento.delivery.values import IN_DOUBT, InDoubt
from airflow_provider_bento.operators.arguments import OnEmpty
from airflow_provider_bento.operators.asking_options import Asking
from airflow_provider_bento.operators.sync_options import SyncOptions
from airflow_provider_bento.operators.task_run import text_or_none
from airflow_provider_bento.operators.validation import ArgumentCheck

__all__ = ["Options", "TaskLabels"]


@dataclass(frozen=True)
class TaskLabels:
    """What messages name; known even if the arguments are wrong.

    :param title: the task's id and operator: ``push (BentoBatchEventsOperator)``.
    :param conn_id: the id of Bento's connection.
    :param dead_letters_path: where dead letters go, if anywhere.
    :param checkpoint_path: where checkpoints go on Airflow before 3.3, if in files.
    """

    title: str
    conn_id: str
    dead_letters_path: str | None
    checkpoint_path: str | None

    @classmethod
    def of(cls, title: str, *, conn_id: Any, dead_letters_path: Any, checkpoint_path: Any) -> TaskLabels:
        """Take arguments as they are; nothing is validated."""
        return cls(title, str(conn_id), text_or_none(dead_letters_path), text_or_none(checkpoint_path))


@dataclass(frozen=True)
class Options:
    """What an operator is to do, apart from the records themselves.

    :param endpoint: which of Bento's endpoints gets the records.
    :param labels: what messages name, and the paths.
    :param chunk_size: most records of a request.
    :param max_chunk_bytes: most bytes of a request.
    :param on_invalid_record: what to do if a record is invalid.
    :param on_empty: what to do if the source has no rows.
    :param in_doubt: what to do if an outcome stays unknown; ``None``: resend if idempotent, else hold.
    :param max_failed: how many records may fail: a count, or a fraction below 1.
    :param max_in_flight: most requests in flight at once.
    :param max_attempts: attempts of one request.
    :param release_slot_after: seconds of waiting after which the worker slot is freed; ``None``: never.
    :param validate_only: whether nothing is sent.
    :param isolate_rejected: whether rejected subscribers are isolated by halving.
    :param merge_duplicates: whether rows of one email are merged.
    :param sql: a query instead of records, with ``sql_conn_id``, ``sql_parameters`` and ``resume_key``.
    :param columns: which column fills which field, or a function.
    :param constants: fields that are the same in every record.
    :param file_options: how files are read; ``None`` if a function returns the records: its source has them already.
    :param replay_dead_letters: a dead-letter file instead of records.
    :param sync: how only the difference is sent; ``None``: everything is.
    :param asking: how a person is asked about what is held; ``None``: nobody is.
    """

    endpoint: Endpoint
    labels: TaskLabels
    chunk_size: int
    max_chunk_bytes: int
    on_invalid_record: OnInvalidRecord
    on_empty: OnEmpty
    in_doubt: InDoubt | None
    max_failed: float
    max_in_flight: int
    max_attempts: int
    release_slot_after: float | None
    validate_only: bool
    isolate_rejected: bool
    merge_duplicates: bool
    sql: str | None
    sql_conn_id: str | None
    sql_parameters: Any
    resume_key: str | None
    columns: Any
    constants: Any
    file_options: Any
    replay_dead_letters: str | None
    sync: SyncOptions | None
    asking: Asking | None

    @classmethod
    def of(cls, check: ArgumentCheck, labels: TaskLabels) -> Options:
        """Validate the rendered arguments of one task.

        :raises BentoSetupError: names the task and the argument.
        """
        check.check()
        found = check.arguments
        asking = Asking.of(found)
        return cls(
            endpoint=check.endpoint,
            labels=labels,
            in_doubt="hold" if asking else next((word for word in IN_DOUBT if word == found["in_doubt"]), None),
            validate_only=str(found["validate_only"]).strip().lower() == "true",
            isolate_rejected=found.get("isolate_rejected", False),
            merge_duplicates=found.get("merge_duplicates", False),
            sql=_text(found["sql"]),
            file_options=None if check.by_function else found["file_options"],
            replay_dead_letters=_text(found["replay_dead_letters"]),
            sync=SyncOptions.of(found),
            asking=asking,
            **_as_they_are(found),
        )


_AS_THEY_ARE = (
    *("chunk_size", "max_chunk_bytes", "on_invalid_record", "on_empty", "max_failed", "max_in_flight"),
    *("max_attempts", "release_slot_after", "sql_conn_id", "sql_parameters", "resume_key", "columns", "constants"),
)


def _as_they_are(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in _AS_THEY_ARE}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
