"""The arguments of operators and decorators as types, for editors and type checkers; nothing here runs.

The arguments of Airflow's own base class are listed, too, so that a type checker reports typos such as ``chunk_sise``.

Tested by tests/typing/test_slips.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Required, TypeAlias, TypedDict

if TYPE_CHECKING:
    from airflow.sdk import DAG, ObjectStoragePath, TaskGroup, XComArg

    from airflow_provider_bento.delivery.push import OnInvalidRecord
    from airflow_provider_bento.delivery.values import InDoubt
    from airflow_provider_bento.sources.files.options import FileOptions

    FilePath: TypeAlias = str | os.PathLike[str] | ObjectStoragePath | XComArg
    Columns: TypeAlias = Mapping[str, str] | Mapping[str, Any] | Callable[[Any], object] | XComArg | str

__all__ = [
    "AskingArguments",
    "BatchArguments",
    "BroadcastsArguments",
    "CommandsArguments",
    "EmailsArguments",
    "EventsArguments",
    "OnEmpty",
    "OnceArguments",
    "OperatorArguments",
    "SubscribersArguments",
    "TaskArguments",
    "WhenGone",
    "WhenInDoubt",
]

OnEmpty = Literal["success", "skip", "fail"]
"""What to do if the source has no rows."""

WhenGone = Literal["ignore", "untag", "unsubscribe"]
"""What to do about people who were sent before and are no longer in the source."""

WhenInDoubt = Literal["hold", "resend", "skip", "ask"]
"""What to do about records whose outcome stays unknown, if sending them twice is not harmless."""

Callback = Callable[..., Any] | Collection[Callable[..., Any]] | None


class TaskArguments(TypedDict, total=False):
    """What Airflow's ``BaseOperator`` takes on 2.11 and all of 3.x, but ``task_id`` and ``retry_policy``."""

    owner: str
    email: str | Sequence[str] | None
    email_on_retry: bool
    email_on_failure: bool
    retries: int | None
    retry_delay: timedelta | float
    retry_exponential_backoff: bool | float
    max_retry_delay: timedelta | float | None
    start_date: datetime | None
    end_date: datetime | None
    depends_on_past: bool
    ignore_first_depends_on_past: bool
    wait_for_past_depends_before_skipping: bool
    wait_for_downstream: bool
    dag: DAG | None
    params: MutableMapping[str, Any] | None
    default_args: dict[str, Any] | None
    priority_weight: int
    weight_rule: Any
    queue: str
    pool: str | None
    pool_slots: int
    sla: timedelta | None
    execution_timeout: timedelta | None
    on_execute_callback: Callback
    on_failure_callback: Callback
    on_success_callback: Callback
    on_retry_callback: Callback
    on_skipped_callback: Callback
    pre_execute: Callable[..., Any] | None
    post_execute: Callable[..., Any] | None
    trigger_rule: str
    resources: dict[str, Any] | None
    run_as_user: str | None
    task_concurrency: int | None
    map_index_template: str | None
    max_active_tis_per_dag: int | None
    max_active_tis_per_dagrun: int | None
    executor: str | None
    executor_config: dict[str, Any] | None
    do_xcom_push: bool
    multiple_outputs: bool
    inlets: Any
    outlets: Any
    task_group: TaskGroup | None
    doc: str | None
    doc_md: str | None
    doc_json: str | None
    doc_yaml: str | None
    doc_rst: str | None
    task_display_name: str | None
    logger_name: str | None
    allow_nested_operators: bool
    render_template_as_native_obj: bool | None


class OperatorArguments(TaskArguments, total=False):
    """What each of the operators passes on to Airflow."""

    task_id: Required[str]


class BatchArguments(TaskArguments, total=False):
    """What all decorators take: the operators' arguments but the records, which the function returns."""

    task_id: str
    bento_conn_id: str
    chunk_size: int | None
    max_chunk_bytes: int
    on_invalid_record: OnInvalidRecord
    max_failed: float
    dead_letters_path: FilePath | None
    on_empty: OnEmpty
    validate_only: bool | str
    checkpoint_path: FilePath | None
    release_slot_after: float | None
    max_in_flight: int | None
    max_attempts: int
    columns: Columns | None
    constants: Mapping[str, Any] | XComArg | str | None
    file_options: FileOptions | None
    retry_policy: Any


class SubscribersArguments(BatchArguments, total=False):
    """Arguments of ``@task.bento_subscribers``."""

    in_doubt: InDoubt | None
    merge_duplicates: bool
    isolate_rejected: bool
    snapshot_path: FilePath | None
    when_gone: WhenGone
    untag: Sequence[str]
    max_gone: float | None
    resend_after: timedelta | None
    full_refresh: bool | str
    watermark: str | None
    watermark_start: Any


class AskingArguments(BatchArguments, total=False):
    """Arguments of the decorators whose records must not be sent twice, so that a person may be asked."""

    in_doubt: WhenInDoubt | None
    ask_timeout: timedelta | None
    ask_users: Sequence[str | Mapping[str, str]] | None


class OnceArguments(AskingArguments, total=False):
    """Arguments of the decorators whose records are sent once only."""

    once_by: str | None
    snapshot_path: FilePath | None
    forget_after: timedelta | None
    watermark: str | None
    watermark_start: Any


class EventsArguments(OnceArguments, total=False):
    """Arguments of ``@task.bento_events``."""


class BroadcastsArguments(AskingArguments, total=False):
    """Arguments of ``@task.bento_broadcasts``."""

    allow_send: bool
    to_everyone: bool
    template_keys: Sequence[str]


class CommandsArguments(AskingArguments, total=False):
    """Arguments of ``@task.bento_commands``."""


class EmailsArguments(OnceArguments, total=False):
    """Arguments of ``@task.bento_emails``."""

    transactional: Required[bool]
    template_keys: Sequence[str]
