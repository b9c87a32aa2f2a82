"""The operator that reads people back from Bento and compares them with the source.

Tested by tests/unit/operators/test_reconcile.py.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Unpack

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.operators.records_argument import NotGiven, concealed
from airflow_provider_bento.operators.rendering import RenderedOperator

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.sdk import XComArg

    from airflow_provider_bento.operators.arguments import Columns, FilePath, OnEmpty, OperatorArguments
    from airflow_provider_bento.operators.options import TaskLabels
    from airflow_provider_bento.operators.reconcile.check import ReconcileCheck
    from airflow_provider_bento.sources.files.options import FileOptions

__all__ = ["BentoReconcileOperator"]

_ARGUMENTS: Final = (
    *("bento_conn_id", "sample", "tolerate", "after", "on_empty", "dead_letters_path"),
    *("sql", "sql_conn_id", "sql_parameters", "columns", "constants", "file_options"),
)


class BentoReconcileOperator(RenderedOperator):
    """Reads people back from Bento and compares their tags and fields with the source; changes nothing.

    The task fails if more people are different or missing than ``tolerate`` allows; a retry reads them again. A record
    means what it means to :class:`BentoBatchSubscribersOperator`: each of its ``tags`` must be there, none of its
    ``remove_tags``, and its fields must be equal; what it does not contain, or is ``None``, is not compared. Rows of
    one email are merged. Each person takes one request of the connection's rate limit.

    .. code-block:: python

        BentoReconcileOperator(task_id="check", records=read_customers(), after=timedelta(minutes=10))

    :param records: what ``subscribers`` of :class:`BentoBatchSubscribersOperator` takes.
    :param sample: how many people are compared, drawn uniformly from the source and equal in each attempt of one task
        run; or ``"all"``.
    :param tolerate: how many people may be different or missing: a count, or a fraction below 1 of those compared.
    :param after: a ``timedelta`` to wait before people are read, because Bento imports within minutes. From Airflow
        3.2 on the worker slot is free meanwhile. A retry does not wait again.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param on_empty: what to do if the source has no rows: ``"success"`` (default), ``"skip"`` (the task is skipped) or
        ``"fail"``.
    :param dead_letters_path: a JSON Lines file for people who differ, with what Bento has; any ObjectStoragePath.
        ``BentoBatchSubscribersOperator(replay_dead_letters=…)`` pushes them again.
    :param sql: instead of records: one SELECT, whose rows become records; a ``.sql`` file or a template, too.
    :param sql_conn_id: the Airflow connection of its database; any ``DbApiHook``.
    :param sql_parameters: values for the query's placeholders.
    :param columns: field of the record → column of the row, or a function from a row to a record.
    :param constants: fields that are the same in every record.
    :param file_options: how files are read if that cannot be detected.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.

    .. seealso:: https://bentonow.com/docs/subscribers
    """

    _endpoint: ClassVar[Endpoint] = "subscribers"
    template_fields: Sequence[str] = (
        *("records", "bento_conn_id", "dead_letters_path", "sql", "sql_conn_id", "sql_parameters"),
        *("columns", "constants"),
    )
    ui_color = "#e8eafc"

    def __init__(
        self,
        *,
        records: Any = NotGiven.UNLESS_SQL,
        sample: int | Literal["all"] = 500,
        tolerate: float = 0,
        after: timedelta | None = None,
        bento_conn_id: str = "bento_default",
        on_empty: OnEmpty = "success",
        dead_letters_path: FilePath | None = None,
        sql: str | XComArg | None = None,
        sql_conn_id: str | None = None,
        sql_parameters: Any = None,
        columns: Columns | None = None,
        constants: Mapping[str, Any] | XComArg | str | None = None,
        file_options: FileOptions | None = None,
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Unpack[OperatorArguments],
    ) -> None:
        from airflow_provider_bento.operators.parse_time import policy_argument, refuse_unknown

        refuse_unknown(type(self), kwargs)
        super().__init__(**kwargs, **policy_argument(retry_policy))
        self.records = NotGiven.NOT_GIVEN if records is NotGiven.UNLESS_SQL else records
        self.sample = sample
        self.tolerate = tolerate
        self.after = after
        self.bento_conn_id = bento_conn_id
        self.on_empty = on_empty
        self.dead_letters_path = dead_letters_path
        self.sql = sql
        self.sql_conn_id = sql_conn_id
        self.sql_parameters = sql_parameters
        self.columns = columns
        self.constants = constants
        self.file_options = file_options
        self._accept()

    @property
    def _records_argument(self) -> str:
        return "records"

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Validate what is known of a mapped task, then call Airflow's own ``partial``.

        :raises BentoSetupError: names the task and the argument.
        """
        from airflow_provider_bento.operators.parse_time import refuse_unknown, titled
        from airflow_provider_bento.operators.reconcile.check import ReconcileCheck

        refuse_unknown(cls, kwargs)
        given = {**(kwargs.get("default_args") or {}), **kwargs}
        known = {name: given[name] for name in ("records", *_ARGUMENTS) if name in given}
        title = titled(cls, str(kwargs.get("task_id", "")))
        ReconcileCheck(title, cls._endpoint, known, cls.template_fields, complete=False).check()
        return super().partial(**kwargs)

    def execute(self, context: Any) -> dict[str, Any]:
        """Compare, and return the counts: read, sampled, equal, different, missing, unsubscribed, invalid, by_field,
        requests and seconds.

        :raises BentoOutOfStep: more people are different or missing than ``tolerate`` allows.
        :raises AirflowFailException: retrying cannot help; the message says what does.
        :raises BentoError: retrying may help.
        """
        from airflow_provider_bento.exceptions import BentoError
        from airflow_provider_bento.operators.outcomes import failure_of

        try:
            return self._compare(context)
        except Exception as error:  # a source may raise anything
            failure = failure_of(error, self._labels(), None, self.log)
            if failure is error and not isinstance(error, BentoError):
                raise
            raise failure from None
        finally:
            self.__dict__.pop("_stop", None)

    def on_kill(self) -> None:
        """Let no further person be read; the task fails, and nothing was changed."""
        self._stop_requested().set()

    def _stop_requested(self) -> threading.Event:
        """Return the event that stops the task; made on first use, because a DAG is copied."""
        stop: threading.Event = self.__dict__.setdefault("_stop", threading.Event())
        return stop

    def _accept(self) -> None:
        """Validate the arguments, add dependencies, and hide the records from where Airflow stores DAGs.

        :raises BentoSetupError: names the task and the argument.
        """
        from airflow_provider_bento.operators.parse_time import upstream_of

        records = self._records
        if not getattr(self, "_BaseOperator__from_mapped", False):
            self._check(self.template_fields).check()
            for task in upstream_of(records):
                self.set_upstream(task)
        if callable(self.columns):  # before 3.3 Airflow would store its address, which differs at each parse
            self.template_fields = [name for name in self.template_fields if name != "columns"]
        self.records = concealed(records, "records")

    def _check(self, template_fields: Sequence[str]) -> ReconcileCheck:
        """Return what validates the arguments, as they are now.

        :param template_fields: those that are not rendered yet.
        """
        from airflow_provider_bento.operators.parse_time import titled
        from airflow_provider_bento.operators.reconcile.check import ReconcileCheck, as_written

        found = {"records": self._records} | {name: getattr(self, name) for name in _ARGUMENTS}
        found = found if template_fields else as_written(found)
        return ReconcileCheck(titled(type(self), self.task_id), self._endpoint, found, template_fields)

    def _compare(self, context: Any) -> dict[str, Any]:
        from airflow_provider_bento.operators.reconcile.run import run

        check = self._check(())
        check.check()
        return run(check.arguments, context, stop=self._stop_requested(), log=self.log)

    def _labels(self) -> TaskLabels:
        """Return what messages name, even if the arguments are invalid."""
        from airflow_provider_bento.operators.options import TaskLabels
        from airflow_provider_bento.operators.parse_time import titled

        return TaskLabels.of(
            titled(type(self), self.task_id),
            conn_id=self.bento_conn_id,
            dead_letters_path=self.dead_letters_path,
            checkpoint_path=None,
        )
