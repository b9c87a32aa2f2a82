"""Applies a person's answer: stores their word where the push looks for it, bound to the doubt they were asked about.

Tested by tests/unit/operators/test_asking.py.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.delivery.checkpoint.answer import store_answer
from airflow_provider_bento.operators.asking.note import read_note
from airflow_provider_bento.operators.asking.question import STOP, WORDS
from airflow_provider_bento.operators.outcomes import SHORTEST_RESCHEDULE
from airflow_provider_bento.operators.progress_xcom import KEY as PROGRESS
from airflow_provider_bento.operators.task_run import TaskRun
from airflow_provider_bento.stores.task_state import TaskStateStore
from airflow_provider_bento.version_compat import AirflowFailException, AirflowRescheduleException

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

__all__ = ["take_answer"]

_WHAT_TO_DO: Final = "clear the task to be asked again; nothing is sent until then"


def take_answer(
    context: Mapping[str, Any], event: Mapping[str, Any], asked: Mapping[str, Any], log: logging.Logger
) -> None:
    """Store what a person chose, for the run of the push that follows.

    An answer that is not about what is in doubt now is not applied, nor one that was applied before: the push then
    meets the doubt once more, and holds it.

    :param context: Airflow's.
    :param event: ``chosen_options`` and ``responded_by_user``, or ``error`` and ``error_type``.
    :param asked: what the task kept with its question: ``ti``, ``spans``, ``reference``, ``doubt``; and when: ``at``.
    :param log: the task's log; names who answered.
    :raises AirflowFailException: they chose to stop, or nobody answered in time; the doubt stays held.
    :raises AirflowRescheduleException: they answered within seconds; the push continues a little later.
    :raises BentoStateError: the store cannot be used.
    """
    if "error" in event:
        in_time = " in time" if event.get("error_type") == "timeout" else ""
        raise _held(f"Nobody answered{in_time}", context, asked, log)
    chosen = next(iter(event.get("chosen_options") or ()), STOP)
    who = _name_of(event.get("responded_by_user"))
    if (word := WORDS.get(chosen)) is None:
        raise _held(f"{who} chose to stop", context, asked, log)
    store = TaskStateStore(context["task_state_store"])
    note, spans = read_note(store), [(int(first), int(last)) for first, last in asked["spans"]]
    if note is None or not note.allows(asked["reference"]) or asked["ti"] != str(context["ti"].id):
        log.warning("%s answered %r, but this question was answered before, or another attempt's.", who, chosen)
    elif store_answer(store, TaskRun.of(context).attempt.try_number, spans, word):
        replace(note, answered=True).write(store)  # after the word: killed in between, the next attempt uses it
        log.info("%s answered %r for positions %s.", who, chosen, _listed(spans))
        _let_the_scheduler_catch_up(context, asked["at"], log)
    else:
        log.warning("%s answered %r, but other records are in doubt now: it is not applied.", who, chosen)


def _let_the_scheduler_catch_up(context: Mapping[str, Any], asked_at: float, log: logging.Logger) -> None:
    """Give the slot back if the scheduler may not know yet that the process that asked has ended.

    It would then fail this one in the middle of a request, which would be the next doubt.

    :raises AirflowRescheduleException: it is too early; the stored word is used by the next start.
    """
    if 0 <= time.time() - asked_at < SHORTEST_RESCHEDULE:
        log.info("That was quick: the push continues in %.0f s, when Airflow expects it.", SHORTEST_RESCHEDULE)
        _publish(context, "waiting")
        raise AirflowRescheduleException(datetime.now(UTC) + timedelta(seconds=SHORTEST_RESCHEDULE))


def _held(how: str, context: Mapping[str, Any], asked: Mapping[str, Any], log: logging.Logger) -> Exception:
    log.error("What to do: %s.", _WHAT_TO_DO)
    _publish(context, "in_doubt")
    failure: Exception = AirflowFailException(f"{how}, so the doubt stays held. {asked['doubt']}")
    return failure


def _publish(context: Mapping[str, Any], state: str) -> None:
    """Let the published progress show that nobody is asked any more; it never fails a task."""
    ti = context["ti"]
    with contextlib.suppress(Exception):
        value = ti.xcom_pull(task_ids=ti.task_id, key=PROGRESS, map_indexes=ti.map_index)
        ti.xcom_push(key=PROGRESS, value={**value, "state": state, "updated": int(time.time())})


def _name_of(user: Any) -> str:
    found = user.get("name") or user.get("id") if hasattr(user, "get") else getattr(user, "name", None)
    name = " ".join(str(found or "Somebody").split())[:100]
    return "Somebody" if "@" in name else name  # an address of a person is not for logs


def _listed(spans: list[tuple[int, int]]) -> str:
    return ", ".join(f"{first} to {last}" for first, last in spans)
