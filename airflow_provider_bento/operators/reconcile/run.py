"""One execution of :class:`~.operator.BentoReconcileOperator`: wait, compare, judge.

Tested by tests/unit/operators/test_reconcile.py.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.counts import RequestStats
from airflow_provider_bento.delivery.run_errors import empty_source
from airflow_provider_bento.filesystem.own_path import own_path
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.reconcile.parts import PeopleInBento, ReconcileProgress, people_source
from airflow_provider_bento.operators.reconcile.wait import wait_until_due
from airflow_provider_bento.operators.task_run import TaskRun, dead_letters_for, text_or_none
from airflow_provider_bento.reconcile.counts import judged
from airflow_provider_bento.reconcile.run import Reconciliation
from airflow_provider_bento.version_compat import AirflowSkipException

if TYPE_CHECKING:
    import logging

    from airflow_provider_bento.reconcile.counts import Counts

__all__ = ["run"]


def run(arguments: Mapping[str, Any], context: Any, *, stop: threading.Event, log: logging.Logger) -> dict[str, Any]:
    """Wait for imports, compare, and return the result for XCom.

    :param arguments: the operator's, rendered and validated.
    :param context: Airflow's.
    :param stop: set to let no further request start.
    :param log: the task's log.
    :raises AirflowRescheduleException: it is too early; the slot is freed until it is time.
    :raises AirflowSkipException: the source has no rows, and ``on_empty`` is ``"skip"``.
    :raises BentoEmptySource: the source has no rows, and ``on_empty`` is ``"fail"``.
    :raises BentoOutOfStep: more people are different or missing than ``tolerate`` allows.
    :raises BentoError: the comparison was not completed.
    """
    clock, task_run = SystemClock(stop), TaskRun.of(context)
    wait_until_due(arguments["after"], context, clock=clock, stopped=stop.is_set, log=log)
    began, stats = clock.monotonic(), RequestStats()
    path = own_path(text_or_none(arguments["dead_letters_path"]), task_run.map_index)
    hook = BentoHook(arguments["bento_conn_id"], stopped=stop.is_set)
    progress = ReconcileProgress(log, hook.settings.rate_limit, partial(hook.pacer.minimum_duration, "fetch"), clock)
    reconciliation = Reconciliation(
        source=people_source(arguments),
        people=PeopleInBento(hook, clock, stats),
        sample=None if arguments["sample"] == "all" else int(arguments["sample"]),
        seed=task_run.name,
        dead_letters=dead_letters_for(path, task_run),
        attempt=task_run.attempt.try_number,
        stopped=stop.is_set,
        observer=progress,
    )
    counts = reconciliation.run()
    _judge(counts, arguments, progress, noted=path is not None)
    seconds = round(clock.monotonic() - began, 1)
    return {**counts.summary(), "requests": stats.counts().requests, "seconds": seconds}


def _judge(counts: Counts, arguments: Mapping[str, Any], progress: ReconcileProgress, *, noted: bool) -> None:
    if not counts.read and arguments["on_empty"] == "fail":
        raise empty_source()
    if not counts.read and arguments["on_empty"] == "skip":
        raise AirflowSkipException("The source has no rows, and on_empty is 'skip'.")
    progress.ended(counts)
    judged(counts, arguments["tolerate"], noted=noted)
