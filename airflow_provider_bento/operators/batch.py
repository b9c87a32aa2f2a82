"""What the three operators share: assemble the parts, call ``deliver()``, tell Airflow what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_bento.api import contract
from airflow_provider_bento.operators.records import NotGiven, Records, concealed, resolved, with_rendered_keys
from airflow_provider_bento.version_compat import BaseOperator, RetryPolicy

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.chunks import Parse
    from airflow_provider_bento.delivery.ledger import Report
    from airflow_provider_bento.delivery.push import OnBadRecord
    from airflow_provider_bento.delivery.retry import InDoubt


class BentoBatchOperator(BaseOperator):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """Pushes records of one kind to Bento. Use one of its three subclasses.

    :param bento_conn_id: id of a connection of type ``bento``.
    :param chunk_size: records of a request; at most, and by default, what Bento takes.
    :param max_chunk_bytes: bytes of a request; default 5,000,000.
    :param on_bad_record: ``"fail"`` (default): nothing is sent while a record is bad; ``"skip"``: bad ones are counted.
    :param max_failed: how many rejected and refused records are still a success: a count, or a fraction below 1.
    :param rejects_path: a JSON Lines file for records that did not get to Bento; any ObjectStoragePath.
    :param in_doubt: ``"hold"``, ``"resend"`` or ``"skip"`` where an outcome stays unknown; default: what is harmless.
    :param validate_only: read and judge everything, send nothing, say how long it would take; may be a template that
        gives ``True`` or ``False``, such as ``"{{ params.dry_run }}"``.
    :param checkpoint_path: a folder for checkpoints on Airflow before 3.3; any ObjectStoragePath.
    :param release_slot_after: seconds; a longer wait for the rate limit gives the worker slot back. ``None``: never, as
        before Airflow 3.2, whose predecessors may start such a task again at once.
    :param max_in_flight: requests under way at once; default 4 for subscribers (two of which never concern the same
        person), 1 for events and broadcasts, where order and doubt matter.
    :param max_attempts: attempts of one request where repeating is harmless.
    :param sql: instead of records: one SELECT, whose rows become records; a ``.sql`` file or a template, too.
    :param sql_conn_id: the Airflow connection of its database; any ``DbApiHook``.
    :param sql_parameters: values for the query's placeholders.
    :param resume_key: a unique column of the result by which a resumed run goes on; without it, it reads again.
    :param columns: ``{"email": "EmailAddress", "details.value.amount": "amount_cents"}``: field of the record → column
        of the row, dots nest; or a function from a row to a record.
    :param constants: ``{"type": "$purchase"}``: fields that are the same in every record.
    :param dead_letters: instead of records: a mended file that was a ``rejects_path``; its rejected and refused
        records are pushed as they stand there: ``columns`` and ``constants`` were applied when they were written.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retrying.BentoRetryPolicy`.
    """

    endpoint: ClassVar[contract.Endpoint]
    default_in_flight: ClassVar[int] = 1
    ui_color = "#e8eafc"
    rendered_keys: Sequence[str] = ()
    template_ext: Sequence[str] = (".sql",)
    merge_duplicates: bool = False

    def __init__(
        self,
        *,
        bento_conn_id: str = "bento_default",
        chunk_size: int | None = None,
        max_chunk_bytes: int = contract.MAX_CHUNK_BYTES,
        on_bad_record: OnBadRecord = "fail",
        max_failed: float = 0,
        rejects_path: str | None = None,
        in_doubt: InDoubt | None = None,
        validate_only: bool | str = False,
        checkpoint_path: str | None = None,
        release_slot_after: float = 60.0,
        max_in_flight: int | None = None,
        max_attempts: int = 5,
        sql: str | None = None,
        sql_conn_id: str | None = None,
        sql_parameters: Any = None,
        resume_key: str | None = None,
        columns: Any = None,
        constants: Mapping[str, Any] | None = None,
        dead_letters: str | None = None,
        retry_policy: Any = NotGiven.NOT_GIVEN,
        **kwargs: Any,
    ) -> None:
        if RetryPolicy is not None:
            from airflow_provider_bento.operators.retrying import BentoRetryPolicy

            kwargs["retry_policy"] = BentoRetryPolicy() if retry_policy is NotGiven.NOT_GIVEN else retry_policy
        super().__init__(**kwargs)
        self.bento_conn_id = bento_conn_id
        self.chunk_size = contract.BATCH[self.endpoint].max_records if chunk_size is None else chunk_size
        self.max_chunk_bytes = max_chunk_bytes
        self.on_bad_record = on_bad_record
        self.max_failed = max_failed
        self.rejects_path = rejects_path
        self.in_doubt = in_doubt
        self.validate_only = validate_only
        self.checkpoint_path = checkpoint_path
        self.release_slot_after = release_slot_after
        self.max_in_flight = self.default_in_flight if max_in_flight is None else max_in_flight
        self.max_attempts = max_attempts
        self.sql = sql
        self.sql_conn_id = sql_conn_id
        self.sql_parameters = sql_parameters
        self.resume_key = resume_key
        self.columns = columns
        self.constants = constants
        self.dead_letters = dead_letters

    def execute(self, context: Any) -> dict[str, Any]:
        """Push the records and return the summary: counts only, fit for XCom.

        :raises AirflowFailException: retrying cannot help; the message says what can.
        :raises BentoError: retrying may help.
        """
        try:
            return self._push(context)
        finally:
            self.__dict__.pop("_stop", None)

    def _push(self, context: Any) -> dict[str, Any]:
        from airflow_provider_bento.delivery.deliver import deliver
        from airflow_provider_bento.exceptions import BentoError
        from airflow_provider_bento.operators.assembly import assemble
        from airflow_provider_bento.operators.failing import raise_for_airflow

        try:
            parts = assemble(self, context, self._told_to_stop())
        except BentoError as error:
            raise_for_airflow(error)
        try:
            report = deliver(parts.push)
        except Exception as error:  # noqa: BLE001  (a function that gives the records may raise anything)
            parts.progress.broken()
            raise_for_airflow(error, may_reschedule=parts.durable, doubles=parts.would_double())
        parts.progress.ended(report)
        self.after(report, context)
        return report.summary()

    def on_kill(self) -> None:
        """Let no further request start; the task ends as failed, its checkpoint is true."""
        self._told_to_stop().set()

    def _told_to_stop(self) -> threading.Event:
        """The word to stop may come before the work begins; made when first needed, because a DAG is copied."""
        stop: threading.Event = self.__dict__.setdefault("_stop", threading.Event())
        return stop

    def reader(self, context: Any) -> Any:  # noqa: ARG002  (decorated functions need it)
        """Return where the records come from: an argument, or what is set during execution."""
        return self.records

    def screen(self) -> Callable[[], Parse]:
        """Return what makes a fresh parser for one reading of the source."""
        raise NotImplementedError

    def after(self, report: Report, context: Any) -> None:
        """Do what is left when the push succeeded."""

    @property
    def records(self) -> Any:
        """What the records argument has resolved to."""
        value = getattr(self, self.endpoint)
        return value.value if isinstance(value, Records) else value

    def conceal(self, value: Any) -> Any:
        """Return the records argument as it may be stored with the DAG.

        :raises BentoSetupError: it is something that can never work, such as a generator at parse time.
        """
        if value is NotGiven.NOT_GIVEN:
            return value
        from airflow_provider_bento.sources.argument import check_argument

        check_argument(value, self.endpoint)
        return concealed(value, self.endpoint)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Sequence[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Render all template fields but the records; Airflow asks mapped operators to override this method."""
        if parent is self:
            template_fields = [name for name in template_fields if name != self.endpoint]
            self._resolve_records(context, jinja_env, seen_oids)
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)

    def _resolve_records(self, context: Any, jinja_env: Any, seen_oids: set[int]) -> None:
        given, raw = getattr(self, self.endpoint), self.records
        if raw is NotGiven.NOT_GIVEN or (isinstance(given, Records) and given.resolved):
            return
        literal = isinstance(raw, list | tuple) and id(raw) not in seen_oids  # not another task's result
        if isinstance(raw, str) and id(raw) not in seen_oids:
            value = self.render_template(raw, context, jinja_env)
        else:
            value = resolved(raw, context)
        if literal:
            value = with_rendered_keys(
                value, self.rendered_keys, lambda text: self.render_template(text, context, jinja_env)
            )
        setattr(self, self.endpoint, Records(value, self.endpoint, resolved=True))
