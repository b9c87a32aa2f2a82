"""The operator of commands: its arguments and its guarantees. How it works is in :mod:`.base`.

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

__all__ = ["BentoBatchCommandsOperator"]


class BentoBatchCommandsOperator(BentoBatchOperator):
    """Changes people in Bento by commands: what an import cannot say, such as a new address or a cleared field.

    Each record is a dict with ``command`` and ``email``; most verbs also need ``query``: ``add_tag``,
    ``add_tag_via_event``, ``remove_tag`` (a tag), ``add_field`` (``{"key": …, "value": …}``), ``remove_field`` (a
    field's name), ``change_email`` (the new address), ``subscribe``, ``unsubscribe``. Up to 100 travel in one request.

    Bento does not keep the order of commands. Two commands of one person whose order matters, such as adding and
    removing the same tag, are invalid in one task: put the later one into a task after this one. If a request's
    outcome is unknown, it is sent again only if it contains neither ``add_tag_via_event``, which starts automations
    each time, nor ``change_email``; otherwise the task stops and names the positions.

    .. code-block:: python

        BentoBatchCommandsOperator(task_id="push", commands=read_opt_outs())

    :param commands: a list of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's results), a
        template that renders as a list or JSON text of one, a path or URI of files, or a dataframe; for details
        see ``subscribers`` of :class:`BentoBatchSubscribersOperator`.
    :param in_doubt: as of :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`, and ``"ask"``: like
        ``"hold"``, but the task waits, without a worker slot, until a person decides in Airflow's UI (Required
        Actions). Before Airflow 3.3, and in ``dag.test()``, it is ``"hold"``. See ``docs/how-to/answer-a-doubt.md``.
    :param ask_timeout: a ``timedelta`` after which a question without an answer becomes ``"hold"``; default: never.
    :param ask_users: who may answer: a list of users' ids, or of dicts with ``id`` and ``name``; default: everybody
        who may edit tasks.

    All other arguments: :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/subscribers
    """

    _endpoint: ClassVar[Endpoint] = "commands"
    template_fields: Sequence[str] = ("commands", *SHARED_FIELDS)

    def __init__(
        self,
        *,
        commands: Any = NotGiven.NOT_GIVEN,
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
        super().__init__(
            records=commands,
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
        self.ask_timeout = ask_timeout
        self.ask_users = ask_users
        self._accept()

    def _new_parser(self) -> Callable[[], Parse]:
        """Return what parses commands, knowing the people and the changes it has seen."""
        from airflow_provider_bento.api.records import command_parser

        return self._watched_parser(command_parser)
