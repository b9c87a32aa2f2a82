"""The operator that exports from Bento to a file or an object store.

Tested by tests/unit/transfers/test_transfer_against_sandbox.py.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from airflow_provider_bento.operators.records_argument import NotGiven
from airflow_provider_bento.version_compat import BaseOperator

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from airflow_provider_bento.operators.arguments import FilePath, OnEmpty, OperatorArguments
    from airflow_provider_bento.operators.options import TaskLabels
    from airflow_provider_bento.transfers.export import Exported
    from airflow_provider_bento.transfers.schemas import FileFormat, What
    from airflow_provider_bento.transfers.validation import TransferCheck

__all__ = ["BentoToObjectStorageOperator"]

_ARGUMENTS = ("what", "path", "filters", "file_format", "bento_conn_id", "on_empty")


class BentoToObjectStorageOperator(BaseOperator):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """Exports broadcasts with their open rates, form responses, subscribers and more to a file.

    The file is written page by page and replaced as a whole: readers see the old file until the new one is complete,
    and after an error or a stopped task as well. On a local disk only its owner can read it, because it may contain
    people. A retry starts over.

    .. code-block:: python

        BentoToObjectStorageOperator(
            task_id="export", what="broadcasts", path="s3://aws@lake/bento/broadcasts/{{ ds }}.parquet"
        )

    :param what: ``"broadcasts"``, ``"form_responses"``, ``"tags"``, ``"fields"``, ``"segments"``, ``"sequences"`` or
        ``"subscribers"``, for which Bento requires its Enterprise plan. ``docs/how-to/export.md`` lists the columns.
    :param path: the file, any ObjectStoragePath; may be a template. Mapped tasks need different paths.
    :param filters: what to export; its values may be templates. For broadcasts ``status``: one or several, default all.
        For form responses ``form_id``, which is required. For subscribers ``created_at``, ``updated_at``,
        ``last_event_at`` and ``unsubscribed_at``, each ``(after, before)``, and ``tags``.
    :param file_format: ``"jsonl"`` or ``"parquet"``; default: by the ending of ``path``: ``.jsonl``, ``.jsonl.gz``,
        ``.parquet``. Parquet needs the extra ``parquet``.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param on_empty: what to do if Bento lists nothing: ``"success"`` (default) writes a file without rows, ``"skip"``
        skips the task and ``"fail"`` fails it; both keep the old file.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.

    .. seealso:: https://bentonow.com/docs/broadcasts
    """

    template_fields: Sequence[str] = ("path", "filters", "bento_conn_id")
    ui_color = "#e8eafc"

    def __init__(
        self,
        *,
        what: What,
        path: FilePath,
        filters: Mapping[str, Any] | XComArg | None = None,
        file_format: FileFormat | None = None,
        bento_conn_id: str = "bento_default",
        on_empty: OnEmpty = "success",
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Unpack[OperatorArguments],
    ) -> None:
        from airflow_provider_bento.operators.parse_time import policy_argument, refuse_unknown

        refuse_unknown(type(self), kwargs)
        super().__init__(**kwargs, **policy_argument(retry_policy))
        self.what = what
        self.path = path
        self.filters = filters
        self.file_format = file_format
        self.bento_conn_id = bento_conn_id
        self.on_empty = on_empty
        if not getattr(self, "_BaseOperator__from_mapped", False):
            self._check(self.template_fields).check()

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Validate what is known of a mapped task, then call Airflow's own ``partial``.

        :raises BentoSetupError: names the task and the argument.
        """
        from airflow_provider_bento.operators.parse_time import refuse_unknown, titled
        from airflow_provider_bento.transfers.validation import check_partial

        refuse_unknown(cls, kwargs)
        known = {name: kwargs[name] for name in _ARGUMENTS if name in kwargs}
        check_partial(titled(cls, str(kwargs.get("task_id", ""))), known, cls.template_fields)
        return super().partial(**kwargs)

    def execute(self, context: Any) -> dict[str, Any]:  # noqa: ARG002  (Airflow's signature)
        """Export, and return what, where, and the numbers of rows, bytes and requests.

        :raises AirflowFailException: retrying cannot help; the message says what does.
        :raises BentoError: retrying may help.
        """
        try:
            exported = self._export()
        finally:
            self.__dict__.pop("_stop", None)
        if not exported.written:
            from airflow_provider_bento.version_compat import AirflowSkipException

            raise AirflowSkipException("Bento lists nothing for these filters, and on_empty is 'skip'.")
        return {
            "what": self.what,
            "path": str(self.path),
            "rows": exported.rows,
            "bytes": exported.size,
            "requests": exported.requests,
        }

    def on_kill(self) -> None:
        """Let no further page be requested; the task fails, and the old file is unchanged."""
        self._stop_requested().set()

    def _stop_requested(self) -> threading.Event:
        """Return the event that stops the export; made on first use, because a DAG is copied."""
        stop: threading.Event = self.__dict__.setdefault("_stop", threading.Event())
        return stop

    def _export(self) -> Exported:
        from airflow_provider_bento.exceptions import BentoError, BentoInterrupted
        from airflow_provider_bento.operators.outcomes import failure_of
        from airflow_provider_bento.transfers.export import START_OVER

        try:
            return self._exported()
        except Exception as error:  # file systems and their hooks may raise anything
            if isinstance(error, BentoInterrupted):
                error.advice = START_OVER
            failure = failure_of(error, self._labels(), None, self.log)
            if failure is error and not isinstance(error, BentoError):
                raise
            raise failure from None

    def _exported(self) -> Exported:
        from airflow_provider_bento.delivery.counts import RequestStats
        from airflow_provider_bento.delivery.wording import counted
        from airflow_provider_bento.filesystem.object_path import object_path, safe_text
        from airflow_provider_bento.hooks.bento import BentoHook
        from airflow_provider_bento.transfers.export import Target, export
        from airflow_provider_bento.transfers.filters import read_filters
        from airflow_provider_bento.transfers.listings import listed
        from airflow_provider_bento.transfers.validation import format_of

        self._check(()).check()
        stopped = self._stop_requested().is_set
        target = Target(object_path(self.path), *format_of(self.path, self.file_format))
        hook, stats = BentoHook(self.bento_conn_id, stopped=stopped), RequestStats()
        results = listed(hook, self.what, read_filters(self.what, self.filters), request_stats=stats)
        exported = export(self.what, results, target, on_empty=self.on_empty, stopped=stopped)
        self.log.info(
            "%s: %s, %s.", safe_text(self.path), counted(exported.rows, "rows"), counted(exported.size, "bytes")
        )
        return replace(exported, requests=stats.counts().requests)

    def _check(self, template_fields: Sequence[str]) -> TransferCheck:
        """Return what validates the arguments, as they are now.

        :param template_fields: those that are not rendered yet.
        """
        from airflow_provider_bento.operators.parse_time import titled
        from airflow_provider_bento.transfers.validation import TransferCheck

        found = {name: getattr(self, name) for name in _ARGUMENTS}
        return TransferCheck(titled(type(self), self.task_id), found, template_fields)

    def _labels(self) -> TaskLabels:
        """Return what messages name."""
        from airflow_provider_bento.operators.options import TaskLabels
        from airflow_provider_bento.operators.parse_time import titled

        title = titled(type(self), self.task_id)
        return TaskLabels.of(title, conn_id=self.bento_conn_id, dead_letters_path=None, checkpoint_path=None)
