"""The operator that deletes people: its arguments and its guarantees. How it works is in :mod:`.base`.

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
    from airflow.sdk import XComArg

    from airflow_provider_bento.delivery.push import OnInvalidRecord
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.delivery.values import InDoubt
    from airflow_provider_bento.operators.arguments import Columns, FilePath, OnEmpty, OperatorArguments
    from airflow_provider_bento.sources.files.options import FileOptions

__all__ = ["BentoDataDeletionOperator"]


class BentoDataDeletionOperator(BentoBatchOperator):
    """Has Bento delete (anonymise) people and their data, as privacy laws require. This cannot be undone.

    Each record is an address, or a dict with ``email``. Each takes one request, and Bento allows 1,000 a day; longer
    lists take days, in which the worker slot is free. A person whom Bento does not have counts as accepted, and the
    result counts them as ``absent``. Repeating a deletion is harmless, so a request with an unknown outcome is sent
    again. An address that is in the list twice takes two requests.

    .. code-block:: python

        BentoDataDeletionOperator(task_id="delete", allow_deletion=True, emails=read_deletion_requests())

    :param emails: a list of addresses or of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's
        results), a template that renders as a list or JSON text of one, a path or URI of files, or a dataframe; for
        details see ``subscribers`` of :class:`BentoBatchSubscribersOperator`.
    :param allow_deletion: must be ``True``; otherwise the DAG file has an import error.

    All other arguments: :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/data_deletion_requests
    """

    _endpoint: ClassVar[Endpoint] = "deletions"
    template_fields: Sequence[str] = ("emails", *SHARED_FIELDS)

    def __init__(
        self,
        *,
        emails: Any = NotGiven.NOT_GIVEN,
        allow_deletion: bool = False,
        bento_conn_id: str = "bento_default",
        chunk_size: int | None = None,
        max_chunk_bytes: int = contract.MAX_CHUNK_BYTES,
        on_invalid_record: OnInvalidRecord = "fail",
        max_failed: float = 0,
        dead_letters_path: FilePath | None = None,
        on_empty: OnEmpty = "success",
        in_doubt: InDoubt | None = None,
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
            records=emails,
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
        self.allow_deletion = allow_deletion
        self._accept()

    def _new_parser(self) -> Callable[[], Parse]:
        """Return the parser of addresses."""
        from airflow_provider_bento.api.records import parse_deletion

        return self._watched_parser(lambda: parse_deletion)
