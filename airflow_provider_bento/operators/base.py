"""What all operators share: build the parts, call ``deliver()``, report the result to Airflow.

Tested by tests/unit/operators/test_operators_against_sandbox.py.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Unpack

from airflow_provider_bento.api import contract
from airflow_provider_bento.links.bento import LINKS
from airflow_provider_bento.operators.records_argument import NotGiven, concealed
from airflow_provider_bento.operators.rendering import RenderedOperator

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from airflow_provider_bento.delivery.counts import Report
    from airflow_provider_bento.delivery.push import OnInvalidRecord
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.lineage.bento import Pushed
    from airflow_provider_bento.operators.arguments import (
        Columns,
        FilePath,
        OnEmpty,
        OperatorArguments,
        WhenInDoubt,
    )
    from airflow_provider_bento.operators.options import Options, TaskLabels
    from airflow_provider_bento.operators.validation import ArgumentCheck
    from airflow_provider_bento.operators.watermark.lifecycle import Watermark
    from airflow_provider_bento.sources.files.options import FileOptions

__all__ = ["SHARED_FIELDS", "BentoBatchOperator"]

SHARED_FIELDS: Final = (
    "bento_conn_id",
    "dead_letters_path",
    "in_doubt",
    "validate_only",
    "checkpoint_path",
    "sql",
    "sql_conn_id",
    "sql_parameters",
    "columns",
    "constants",
    "replay_dead_letters",
)
"""Template fields of all operators."""


class BentoBatchOperator(RenderedOperator):
    """Pushes records of one kind to Bento. Use one of its subclasses, which take the same arguments.

    Arguments that are not templates are validated when the DAG is parsed.

    :param records: what the subclass calls ``subscribers``, ``events``, ``broadcasts``, ``commands`` or ``emails``.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param chunk_size: records per request; default and maximum: Bento's own limit.
    :param max_chunk_bytes: bytes per request; default 5,000,000.
    :param on_invalid_record: ``"fail"`` (default): nothing is sent while a record is invalid; ``"drop"``: invalid
        records are counted and dropped.
    :param on_empty: what to do if the source has no rows: ``"success"`` (default), ``"skip"`` (the task is skipped) or
        ``"fail"``.
    :param max_failed: number of failed (invalid and rejected) records that the task tolerates, or a fraction below 1.
    :param dead_letters_path: a JSON Lines file for records that did not get to Bento; any ObjectStoragePath.
    :param in_doubt: ``"hold"``, ``"resend"`` or ``"skip"`` if an outcome stays unknown; default:
        resend if idempotent, else hold.
    :param validate_only: validate all records and estimate the duration without sending anything; may be a template
        that renders as ``True`` or ``False``, such as ``"{{ params.dry_run }}"``.
    :param checkpoint_path: a folder for checkpoints on Airflow before 3.3; any ObjectStoragePath.
    :param release_slot_after: seconds; if the rate limit would block for longer, the task is rescheduled and its
        worker slot freed. ``None``: never. Before Airflow 3.2 no slot is freed, because there such a task may start
        again at once.
    :param max_in_flight: requests in flight at once; default 4 for subscribers (two of which never concern the same
        person), otherwise 1, because order or repeats matter.
    :param max_attempts: attempts of one request if repeating it is safe.
    :param sql: instead of records: one SELECT, whose rows become records; a ``.sql`` file or a template, too.
    :param sql_conn_id: the Airflow connection of its database; any ``DbApiHook``.
    :param sql_parameters: values for the query's placeholders.
    :param resume_key: a unique column of the result, from which a resumed run continues; without it, all rows are read
        again.
    :param columns: ``{"email": "EmailAddress", "details.value.amount": "amount_cents"}``: field of the record → column
        of the row, dots nest; or a function from a row to a record. Jinja runs in the names of columns.
    :param constants: ``{"type": "$purchase", "details.day": "{{ ds }}"}``: fields that are the same in every record.
        Jinja runs in them, and they may contain other tasks' results, at any depth.
    :param file_options: how files are read if that cannot be detected: ``{"delimiter": ";"}``; see
        ``docs/sources.md``.
    :param replay_dead_letters: instead of records: a corrected dead-letter file from an earlier run. Its invalid and
        rejected records are pushed unchanged: ``columns`` and ``constants`` have been applied already.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.
    """

    _default_in_flight: ClassVar[int] = 1
    _lineage: Pushed | None = None
    _by_function: ClassVar[bool] = False
    operator_extra_links = LINKS
    ui_color = "#e8eafc"

    def __init__(
        self,
        *,
        records: Any = NotGiven.NOT_GIVEN,
        bento_conn_id: str = "bento_default",
        chunk_size: int | None = None,
        max_chunk_bytes: int = contract.MAX_CHUNK_BYTES,
        on_invalid_record: OnInvalidRecord = "fail",
        max_failed: float = 0,
        dead_letters_path: FilePath | None = None,
        on_empty: OnEmpty = "success",
        in_doubt: WhenInDoubt | None = None,
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
        from airflow_provider_bento.operators.parse_time import policy_argument, refuse_unknown

        refuse_unknown(type(self), kwargs)
        super().__init__(**kwargs, **policy_argument(retry_policy))
        setattr(self, self._records_argument, records)
        self.bento_conn_id = bento_conn_id
        self.chunk_size = contract.BATCH[self._endpoint].max_records if chunk_size is None else chunk_size
        self.max_chunk_bytes = max_chunk_bytes
        self.on_invalid_record = on_invalid_record
        self.max_failed = max_failed
        self.dead_letters_path = dead_letters_path
        self.on_empty = on_empty
        self.in_doubt = in_doubt
        self.validate_only = validate_only
        self.checkpoint_path = checkpoint_path
        self.release_slot_after = release_slot_after
        self.max_in_flight = self._default_in_flight if max_in_flight is None else max_in_flight
        self.max_attempts = max_attempts
        self.sql = sql
        self.sql_conn_id = sql_conn_id
        self.sql_parameters = sql_parameters
        self.resume_key = resume_key
        self.columns = columns
        self.constants = constants
        self.file_options = file_options
        self.replay_dead_letters = replay_dead_letters

    def execute(self, context: Any) -> dict[str, Any]:
        """Push the records and return the summary for XCom: counts, and for broadcasts their ids, names and addresses.

        :raises AirflowFailException: retrying cannot help; the message says what does.
        :raises BentoError: retrying may help.
        """
        return self._pushed(context)

    def _answered(self, context: Any, event: Any, asked: Any) -> dict[str, Any]:
        """Continue with a person's answer about records in doubt; Airflow calls this instead of ``execute``."""
        from airflow_provider_bento.operators.asking.answer import take_answer

        take_answer(context, event, asked, self.log)
        return self._pushed(context)

    def _pushed(self, context: Any) -> dict[str, Any]:
        from airflow_provider_bento.operators.execution import execute

        try:
            return execute(self, context)
        finally:
            self.__dict__.pop("_stop", None)

    def on_kill(self) -> None:
        """Let no further request start; the task fails, and its checkpoint stays correct."""
        self._stop_requested().set()

    def _stop_requested(self) -> threading.Event:
        """Return the event that stops the push; made on first use, because a DAG is copied."""
        stop: threading.Event = self.__dict__.setdefault("_stop", threading.Event())
        return stop

    def get_openlineage_facets_on_start(self) -> Any:
        """Return inputs, outputs and the query; called by Airflow's OpenLineage provider only."""
        from airflow_provider_bento.lineage.bento import lineage_of

        return lineage_of(self, replayed=self.replay_dead_letters, pushed=self._lineage)

    def get_openlineage_facets_on_complete(self, task_instance: object) -> Any:  # noqa: ARG002  (Airflow's signature)
        """Return the same, with the number of rows that Bento has accepted."""
        return self.get_openlineage_facets_on_start()

    get_openlineage_facets_on_failure = get_openlineage_facets_on_complete

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Validate what is known of a mapped task, then call Airflow's own ``partial``.

        :raises BentoSetupError: names the task and the argument.
        """
        from airflow_provider_bento.operators.parse_time import check_partial

        check_partial(cls, kwargs)
        return super().partial(**kwargs)

    def _accept(self) -> None:
        """Validate the arguments, add dependencies, and hide the records from where Airflow stores DAGs.

        Called when all arguments are set. Those of a mapped task come during the run: ``execute`` validates them.

        :raises BentoSetupError: names the task and the argument.
        """
        from airflow_provider_bento.operators.parse_time import upstream_of

        records = self._records
        if not getattr(self, "_BaseOperator__from_mapped", False):
            self._argument_check(rendered=False).check()
            for task in upstream_of(records):
                self.set_upstream(task)
        if callable(self.columns):  # before 3.3 Airflow would store its address, which differs at each parse
            self.template_fields = [name for name in self.template_fields if name != "columns"]
        setattr(self, self._records_argument, concealed(records, self._records_argument))

    def _argument_check(self, *, rendered: bool) -> ArgumentCheck:
        """Return what validates the arguments, as they are now.

        :param rendered: whether templates have been rendered, so that everything can be validated.
        """
        from airflow_provider_bento.operators.parse_time import argument_check, titled

        return argument_check(self, titled(type(self), self.task_id), records=self._records, rendered=rendered)

    def _options(self) -> Options:
        """Return the rendered arguments, validated.

        :raises BentoSetupError: names the task and the argument.
        """
        from airflow_provider_bento.operators.options import Options

        return Options.of(self._argument_check(rendered=True), self._labels())

    def _labels(self) -> TaskLabels:
        """Return what messages name, even if the arguments are invalid."""
        from airflow_provider_bento.operators.options import TaskLabels
        from airflow_provider_bento.operators.parse_time import titled

        return TaskLabels.of(
            titled(type(self), self.task_id),
            conn_id=self.bento_conn_id,
            dead_letters_path=self.dead_letters_path,
            checkpoint_path=self.checkpoint_path,
        )

    def _watermark(self, options: Options, context: Any) -> Watermark | None:
        """Return the watermark of a task that reads only what is new; else ``None``."""
        if getattr(self, "watermark", None) is None:
            return None
        from airflow_provider_bento.operators.watermark.lifecycle import watermark_of

        return watermark_of(
            self,
            context,
            self.log,
            checkpoint_path=options.labels.checkpoint_path,
            validate_only=options.validate_only,
            full_refresh=options.sync is not None and bool(options.sync.full_refresh),
        )

    def _records_source(self, context: Any, watermark: Watermark | None = None) -> Any:  # noqa: ARG002  (decorators override this)
        """Return where the records come from: an argument, or a function's result."""
        return self._records

    @abstractmethod
    def _new_parser(self) -> Callable[[], Parse]:
        """Return a factory of parsers, one for each reading of the source."""

    def _watched_parser(self, new_parser: Callable[[], Parse]) -> Callable[[], Parse]:
        """Return a factory of parsers that also warn of likely typos in keys, once per run."""
        from airflow_provider_bento.api.records.near_misses import NearMisses

        slips = NearMisses(self.log)
        return lambda: slips.watch(new_parser(), self._endpoint)

    def _on_success(self, report: Report, context: Any) -> None:
        """Do what remains after a successful push."""
