"""The operator of broadcasts: its arguments and its guarantees. How it works is in :mod:`.base`.

Tested by tests/unit/operators/test_operators_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.links.bento import LINKS, BentoDashboardLink
from airflow_provider_bento.operators.base import SHARED_FIELDS, BentoBatchOperator
from airflow_provider_bento.operators.records_argument import NotGiven

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.sdk import XComArg

    from airflow_provider_bento.delivery.counts import Report
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

__all__ = ["BentoBroadcastOperator"]


class BentoBroadcastOperator(BentoBatchOperator):
    """Creates broadcasts in Bento, as drafts unless both the record and ``allow_send`` allow sending.

    Each record is a dict with ``name``, ``subject``, ``content``, ``type`` and ``from``. A record with
    ``approved: True`` and ``send_at`` is mailed by Bento without a further human step, and is accepted only with
    ``allow_send=True``. Bento does not recognise repeats: if a request's outcome is unknown, the broadcasts are
    looked up by name, and a broadcast that would be mailed is not created again until it is known whether it exists.
    Names must differ within a run; include the run in each name: ``"Digest {{ ds }}"``.

    .. code-block:: python

        BentoBroadcastOperator(task_id="draft", broadcasts=[{"name": "Digest {{ ds }}", …}])

    :param broadcasts: a list of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's results), a
        template that renders as a list or JSON text of one, a path or URI of files, or a dataframe; for details
        see ``subscribers`` of :class:`BentoBatchSubscribersOperator`.
    :param allow_send: allows records with ``approved: True``.
    :param to_everyone: allows records with neither ``inclusive_tags`` nor ``segment_id``.
    :param template_keys: keys of a literal record in which Airflow's Jinja runs; default ``name`` and ``send_at``. Add
        ``content`` or ``subject`` only if they contain no Liquid of Bento, which uses the same braces.
    :param in_doubt: as of :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`, and ``"ask"``: like
        ``"hold"``, but the task waits, without a worker slot, until a person decides in Airflow's UI (Required
        Actions). Before Airflow 3.3, and in ``dag.test()``, it is ``"hold"``. See ``docs/how-to/answer-a-doubt.md``.
    :param ask_timeout: a ``timedelta`` after which a question without an answer becomes ``"hold"``; default: never.
    :param ask_users: who may answer: a list of users' ids, or of dicts with ``id`` and ``name``; default: everybody
        who may edit tasks.

    All other arguments: :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/broadcasts
    """

    _endpoint: ClassVar[Endpoint] = "broadcasts"
    template_fields: Sequence[str] = ("broadcasts", *SHARED_FIELDS)
    operator_extra_links = LINKS or (BentoDashboardLink(),)

    def __init__(
        self,
        *,
        broadcasts: Any = NotGiven.NOT_GIVEN,
        allow_send: bool = False,
        to_everyone: bool = False,
        template_keys: Sequence[str] = ("name", "send_at"),
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
            records=broadcasts,
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
        self.allow_send = allow_send
        self.to_everyone = to_everyone
        self.template_keys = template_keys
        self.ask_timeout = ask_timeout
        self.ask_users = ask_users
        self._accept()

    @property
    def _rendered_keys(self) -> Sequence[str]:  # type: ignore[override]  # an argument here, empty for the others
        """Return ``template_keys``."""
        return self.template_keys

    def _new_parser(self) -> Callable[[], Parse]:
        """Return what parses broadcasts under this operator's guards, knowing the names it has seen."""
        from airflow_provider_bento.api.records import broadcast_parser

        return self._watched_parser(lambda: broadcast_parser(allow_send=self.allow_send, to_everyone=self.to_everyone))

    def _on_success(self, report: Report, context: Any) -> None:
        """Store the address of a created broadcast for the link on the task's page."""
        url = next((made.dashboard_url for made in report.counts.created if made.dashboard_url), None)
        if url and context.get("ti") is not None:
            context["ti"].xcom_push(key=BentoDashboardLink.xcom_key, value=url)
