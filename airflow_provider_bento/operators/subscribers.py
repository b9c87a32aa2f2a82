"""The operator of subscribers: its arguments and its guarantees. How it works is in :mod:`.base`.

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
    from airflow_provider_bento.delivery.values import InDoubt
    from airflow_provider_bento.operators.arguments import Columns, FilePath, OnEmpty, OperatorArguments, WhenGone
    from airflow_provider_bento.sources.files.options import FileOptions

__all__ = ["BentoBatchSubscribersOperator"]


class BentoBatchSubscribersOperator(BentoBatchOperator):
    """Creates or updates people in Bento, matched by email; starts no automations.

    Each record is a dict with ``email``; ``first_name``, ``last_name``, ``tags``, ``remove_tags`` have a
    special meaning, every other key becomes a custom field. Requests are idempotent, so a request with an unknown
    outcome is sent again. Bento queues imports: accepted subscribers appear within minutes.

    .. code-block:: python

        BentoBatchSubscribersOperator(task_id="push", subscribers=read_customers())

    :param subscribers: a list of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's results),
        a template that renders as a list or JSON text of one, a path or URI of files (JSON Lines, CSV, Parquet, also
        compressed, folders and patterns), or a dataframe. No Jinja runs inside the records. For a query see ``sql``.
    :param merge_duplicates: merges rows of one email as Bento would (last value wins, tags united) before sending.
    :param isolate_rejected: if Bento rejects some of a chunk and reports only how many, find them by resending halves,
        within the rate limit; default False: all records of the chunk are noted as suspects.
    :param snapshot_path: a folder for what Bento has confirmed, as keyed hashes; any ObjectStoragePath. If given, only
        people who are new or changed since then are sent, and rows of one email are merged.
    :param when_gone: what to do about people who were sent before and are no longer in the source: ``"ignore"``
        (default), ``"untag"`` or ``"unsubscribe"``. The last two also store the addresses, beside the hashes.
    :param untag: the tags that ``when_gone="untag"`` removes.
    :param max_gone: most people who may be gone: a count, or a fraction below 1 of those who were sent; if there are
        more, nothing is sent. Default 0.05; ``when_gone="unsubscribe"`` requires it.
    :param resend_after: a ``timedelta``: unchanged people are sent again after so long, spread over the period.
    :param full_refresh: ``True``: send everybody; ``"baseline"``: send nobody, and note everybody as confirmed. May be
        a template.
    :param watermark: a column whose largest value is remembered after each run in which every record was confirmed; the
        next run reads only what is newer. For ``sql`` (which takes it as
        :data:`~airflow_provider_bento.operators.bento.WATERMARK` in ``sql_parameters``) and for functions (as the
        argument ``watermark``). See ``docs/how-to/keep-in-step.md``.
    :param watermark_start: the value for the first run; required for ``sql``.

    All other arguments: :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/subscribers
    """

    _endpoint: ClassVar[Endpoint] = "subscribers"
    _default_in_flight: ClassVar[int] = 4
    template_fields: Sequence[str] = ("subscribers", "snapshot_path", "watermark_start", "full_refresh", *SHARED_FIELDS)

    def __init__(
        self,
        *,
        subscribers: Any = NotGiven.NOT_GIVEN,
        merge_duplicates: bool = False,
        isolate_rejected: bool = False,
        snapshot_path: FilePath | None = None,
        when_gone: WhenGone = "ignore",
        untag: Sequence[str] = (),
        max_gone: float | None = None,
        resend_after: timedelta | None = None,
        full_refresh: bool | str = False,
        watermark: str | None = None,
        watermark_start: Any = None,
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
        if snapshot_path is not None or watermark is not None:  # of two runs at once, the older one could end last
            kwargs.setdefault("max_active_tis_per_dag", 1)
        super().__init__(
            records=subscribers,
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
        self.merge_duplicates = merge_duplicates
        self.isolate_rejected = isolate_rejected
        self.snapshot_path = snapshot_path
        self.when_gone = when_gone
        self.untag = untag
        self.max_gone = max_gone
        self.resend_after = resend_after
        self.full_refresh = full_refresh
        self.watermark = watermark
        self.watermark_start = watermark_start
        self._accept()

    def _new_parser(self) -> Callable[[], Parse]:
        """Return the parser of subscribers."""
        from airflow_provider_bento.api.records.columns import subscriber_parser

        return self._watched_parser(subscriber_parser)
