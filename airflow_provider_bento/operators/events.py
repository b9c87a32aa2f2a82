"""The operator of events: its arguments and its guarantees. How it works is in :mod:`.base`.

Tested by tests/unit/operators/test_operators_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.operators.base import SHARED_FIELDS, BentoBatchOperator
from airflow_provider_bento.operators.records_argument import NotGiven

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.sdk import XComArg

    from airflow_provider_bento.delivery.push import OnInvalidRecord
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.operators.arguments import (
        Columns,
        FilePath,
        OnEmpty,
        OperatorArguments,
        WhenInDoubt,
    )
    from airflow_provider_bento.sources.files.options import FileOptions

__all__ = ["BentoBatchEventsOperator"]


class BentoBatchEventsOperator(BentoBatchOperator):
    """Records events of people in Bento; starts the automations that listen to them.

    Each record is a dict with ``type`` and ``email``; ``fields``, ``details`` and ``date`` are optional. If a
    request's outcome is unknown, its events are not resent: the task stops and names the positions, unless every event
    of the chunk is idempotent: a ``$purchase`` with ``details.unique.key`` (Bento counts its revenue once), or one with
    ``details.bypass_workflows`` (it starts nothing). Backfills should set the latter.

    .. code-block:: python

        BentoBatchEventsOperator(task_id="push", events=read_orders())

    :param events: a list of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's results), a
        template that renders as a list or JSON text of one, a path or URI of files, or a dataframe; for details
        see ``subscribers`` of :class:`BentoBatchSubscribersOperator`.
    :param once_by: a field of the record, dots nest (``"details.order_id"``), or else a column of the row: an event
        (with the same ``type``) whose value was sent, or may have been sent, by any earlier run is not sent again.
        Needs ``snapshot_path``.
    :param snapshot_path: a folder for what was sent, as keyed hashes; any ObjectStoragePath.
    :param forget_after: a ``timedelta``: values that were sent longer ago are forgotten, so that the folder does not
        grow for ever; default: none is forgotten.
    :param watermark: a column whose largest value is remembered after each run in which every record was confirmed; the
        next run reads only what is newer. For ``sql`` (which takes it as
        :data:`~airflow_provider_bento.operators.bento.WATERMARK` in ``sql_parameters``) and for functions (as the
        argument ``watermark``). See ``docs/how-to/keep-in-step.md``.
    :param watermark_start: the value for the first run; required for ``sql``.
    :param in_doubt: as of :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`, and ``"ask"``: like
        ``"hold"``, but the task waits, without a worker slot, until a person decides in Airflow's UI (Required
        Actions). Before Airflow 3.3, and in ``dag.test()``, it is ``"hold"``. See ``docs/how-to/answer-a-doubt.md``.
    :param ask_timeout: a ``timedelta`` after which a question without an answer becomes ``"hold"``; default: never.
    :param ask_users: who may answer: a list of users' ids, or of dicts with ``id`` and ``name``; default: everybody
        who may edit tasks.

    All other arguments: :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/events
    """

    _endpoint: ClassVar[Endpoint] = "events"
    template_fields: Sequence[str] = ("events", "snapshot_path", "watermark_start", *SHARED_FIELDS)

    def __init__(
        self,
        *,
        events: Any = NotGiven.NOT_GIVEN,
        once_by: str | None = None,
        snapshot_path: FilePath | None = None,
        forget_after: timedelta | None = None,
        watermark: str | None = None,
        watermark_start: Any = None,
        bento_conn_id: str = "bento_default",
        chunk_size: int | None = None,
        max_chunk_bytes: int = contract.MAX_CHUNK_BYTES,
        on_invalid_record: OnInvalidRecord = "fail",
        max_failed: float = 0,
        dead_letters_path: FilePath | None = None,
        on_empty: OnEmpty = "success",
        in_doubt: WhenInDoubt | None = None,
        ask_timeout: timedelta | None = None,
        ask_users: Sequence[str | Mapping[str, str]] | None = None,
        validate_only: bool | str = False,
        checkpoint_path: FilePath | None = None,
        release_slot_after: float | None = 60.0,
        max_in_flight: int | None = None,
        max_attempts: int = 5,
        sql: str | XComArg | None = None,
        sql_conn_id: str | None = None,
        sql_parameters: Any = None,
        resume_key: str | None = None,
        columns: Columns | None = None,
        constants: Mapping[str, Any] | XComArg | str | None = None,
        file_options: FileOptions | None = None,
        replay_dead_letters: FilePath | None = None,
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Unpack[OperatorArguments],
    ) -> None:
        if snapshot_path is not None or watermark is not None:  # of two runs at once, the older one could end last
            kwargs.setdefault("max_active_tis_per_dag", 1)
        super().__init__(
            records=events,
            bento_conn_id=bento_conn_id,
            chunk_size=chunk_size,
            max_chunk_bytes=max_chunk_bytes,
            on_invalid_record=on_invalid_record,
            max_failed=max_failed,
            dead_letters_path=dead_letters_path,
            on_empty=on_empty,
            in_doubt=in_doubt,
            validate_only=validate_only,
            checkpoint_path=checkpoint_path,
            release_slot_after=release_slot_after,
            max_in_flight=max_in_flight,
            max_attempts=max_attempts,
            sql=sql,
            sql_conn_id=sql_conn_id,
            sql_parameters=sql_parameters,
            resume_key=resume_key,
            columns=columns,
            constants=constants,
            file_options=file_options,
            replay_dead_letters=replay_dead_letters,
            retry_policy=retry_policy,
            **kwargs,
        )
        self.once_by = once_by
        self.snapshot_path = snapshot_path
        self.forget_after = forget_after
        self.watermark = watermark
        self.watermark_start = watermark_start
        self.ask_timeout = ask_timeout
        self.ask_users = ask_users
        self._accept()

    def _new_parser(self) -> Callable[[], Parse]:
        """Return the parser of events."""
        from airflow_provider_bento.api.records.columns import event_parser

        return self._watched_parser(event_parser)
