"""One execution of an operator: build the push, deliver it, report its result to Airflow, or what went wrong.

Tested by tests/unit/operators/test_operators_against_sandbox.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.exceptions import BentoError
from airflow_provider_bento.lineage.bento import Pushed
from airflow_provider_bento.operators.build import Parts, build
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.garbage import old_objects_ignored
from airflow_provider_bento.operators.outcomes import failure_of
from airflow_provider_bento.operators.outlets import Outlets
from airflow_provider_bento.operators.progress_xcom import ProgressXCom, state_of
from airflow_provider_bento.version_compat import AirflowSkipException

if TYPE_CHECKING:
    import logging
    import threading
    from collections.abc import Callable
    from types import TracebackType

    from airflow_provider_bento.delivery.counts import Report
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.operators.asking.park import TaskThatAsks
    from airflow_provider_bento.operators.asking_options import Asking
    from airflow_provider_bento.operators.options import Options, TaskLabels
    from airflow_provider_bento.operators.watermark.lifecycle import Watermark

__all__ = ["Executable", "execute"]


class Executable(Protocol):
    """What an execution needs of its operator."""

    on_empty: Any
    outlets: Any
    _lineage: Pushed | None

    @property
    def log(self) -> logging.Logger:
        """The task's log."""

    def _labels(self) -> TaskLabels: ...
    def _options(self) -> Options: ...
    def _watermark(self, options: Options, context: Any) -> Watermark | None: ...
    def _records_source(self, context: Any, watermark: Watermark | None) -> Any: ...
    def _new_parser(self) -> Callable[[], Parse]: ...
    def _stop_requested(self) -> threading.Event: ...
    def _on_success(self, report: Report, context: Any) -> None: ...


def execute(operator: Executable, context: Any) -> dict[str, Any]:
    """Push an operator's records and return the summary for XCom.

    :param operator: has the arguments, rendered.
    :param context: Airflow's.
    :raises AirflowFailException: retrying cannot help; the message says what does.
    :raises AirflowSkipException: the source has no rows, and ``on_empty`` is ``"skip"``.
    :raises BentoError: retrying may help.
    """
    with _Execution(operator, context) as execution:
        return _executed(execution)


def _executed(execution: _Execution) -> dict[str, Any]:
    try:
        report, found = execution.run()
    except Exception as error:  # a function that returns the records may raise anything
        failure = execution.failed(error)
        if failure is error and not isinstance(error, BentoError):
            raise  # with its trace, which leads to the author's own code
        raise failure from None
    execution.succeeded(report)
    return report.summary() | found


class _Execution:
    """The parts of one execution, as far as they have been made."""

    def __init__(self, operator: Executable, context: Any) -> None:
        self._operator = operator
        self._context = context
        self._parts: Parts | None = None
        self._watermark: Watermark | None = None
        self._asking: Asking | None = None
        self._xcom = ProgressXCom.of(operator, context, SystemClock())
        self._report: Report | None = None
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.leave()
        finally:  # a time-out of the task and a question to a person are no Exception
            self._xcom.ended(state_of(error, self._error), report=self._report, error=self._error or error)

    def run(self) -> tuple[Report, dict[str, Any]]:
        """Deliver all records; return the report, and the counts that a comparison adds to it."""
        parts = self._build()
        outlets = self._outlets(parts)
        with old_objects_ignored():
            report = deliver(parts.push)
        found = parts.sync.finish(parts.push, report) if parts.sync else {}
        if self._watermark is not None:
            self._watermark.finish(report)
        parts.progress.ended(report)
        outlets.fill(report, found.get("unchanged", report.counts.unchanged))
        return report, found

    def _outlets(self, parts: Parts) -> Outlets:
        """Return the task's outlets of Bento, and leave on the operator what OpenLineage asks for later.

        :raises BentoSetupError: an outlet belongs to another site.
        """
        checkpoints, endpoint = parts.push.checkpoints, parts.push.endpoint
        noun = WORDS[endpoint].changes[0]
        self._operator._lineage = Pushed(parts.site, noun, lambda: checkpoints.now.counts.accepted)
        return Outlets.of(
            self._operator.outlets,
            self._context,
            endpoint=endpoint,
            site=parts.site,
            conn_id=self._operator._labels().conn_id,
        )

    def _build(self) -> Parts:
        operator = self._operator
        options = operator._options()
        self._asking = options.asking
        if self._asking is not None:
            self._asks().starts()
        self._watermark = operator._watermark(options, self._context)
        self._parts = build(
            options,
            operator._records_source(self._context, self._watermark),
            operator._new_parser(),
            context=self._context,
            stop=operator._stop_requested(),
            log=operator.log,
            watermark=self._watermark,
        )
        self._parts.progress.xcom = self._xcom
        self._xcom.watch(self._parts.push, self._parts.progress.rate_limit)
        return self._parts

    def failed(self, error: Exception) -> BaseException:
        """Return what Airflow should see of an error; says in the log what to do."""
        self._error = error
        if self._watermark is not None:
            self._watermark.interrupted()
        labels, log = self._operator._labels(), self._operator.log
        asked = self._asks().instead_of_holding(error, self._asking, self._parts) if self._asking else None
        return asked if asked is not None else failure_of(error, labels, self._parts, log)

    def _asks(self) -> TaskThatAsks:
        from airflow_provider_bento.operators.asking.park import TaskThatAsks

        return TaskThatAsks(self._context, self._operator.log)

    def leave(self) -> None:
        """Remove temporary files; not left to the end of the process, because Airflow ends it without cleaning up."""
        if self._parts is not None and self._parts.sync is not None:
            self._parts.sync.snapshot.leave()

    def succeeded(self, report: Report) -> None:
        """Do what remains after a successful push.

        :raises AirflowSkipException: the source has no rows, and ``on_empty`` is ``"skip"``.
        """
        self._report = report
        self._operator._on_success(report, self._context)
        if report.empty and self._operator.on_empty == "skip":
            raise AirflowSkipException("The source has no rows, and on_empty is 'skip'.")
