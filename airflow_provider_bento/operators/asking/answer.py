"""Applies a person's answer: stores their word where the push looks for it, bound to the doubt they were asked about.

Tested by tests/unit/operators/test_asking.py.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.delivery.checkpoint.answer import store_answer
from airflow_provider_bento.operators.asking.note import read_note
from airflow_provider_bento.operators.asking.question import STOP, WORDS
from airflow_provider_bento.operators.task_run import TaskRun
from airflow_provider_bento.stores.task_state import TaskStateStore
from airflow_provider_bento.version_compat import AirflowFailException

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

__all__ = ["take_answer"]

_PROGRESS: Final = "bento_progress"
_WHAT_TO_DO: Final = "clear the task to be asked again; nothing is sent until then"


def take_answer(
    context: Mapping[str, Any], event: Mapping[str, Any], asked: Mapping[str, Any], log: logging.Logger
) -> None:
    """Store what a person chose, for the run of the push that follows.

    An answer that is not about what is in doubt now is not applied, nor one that was taken before: the push then meets
    the doubt once more, and holds it or asks again.

    :param context: Airflow's.
    :param event: ``chosen_options`` and ``responded_by_user``, or ``error`` and ``error_type``.
    :param asked: what the task had kept with its question: ``ti``, ``spans`` and ``doubt``.
    :param log: the task's log; names who answered.
    :raises AirflowFailException: they chose to stop, or nobody answered in time; the doubt stays held.
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
    if note is None or note.answered or not note.ti == asked["ti"] == str(context["ti"].id):
        log.warning("%s answered %r, but this answer was taken before, or is another attempt's.", who, chosen)
    elif store_answer(store, TaskRun.of(context).attempt.try_number, spans, word):
        replace(note, answered=True).write(store)  # after the word: killed in between, the next attempt uses it
        log.info("%s answered %r for positions %s.", who, chosen, _listed(spans))
    else:
        log.warning("%s answered %r, but other records are in doubt now: it is not applied.", who, chosen)


def _held(how: str, context: Mapping[str, Any], asked: Mapping[str, Any], log: logging.Logger) -> Exception:
    log.error("What to do: %s.", _WHAT_TO_DO)
    _publish_doubt(context)
    failure: Exception = AirflowFailException(f"{how}, so the doubt stays held. {asked['doubt']}")
    return failure


def _publish_doubt(context: Mapping[str, Any]) -> None:
    """Let the published progress show that nobody is asked any more; it never fails a task."""
    ti = context["ti"]
    with contextlib.suppress(Exception):
        value = ti.xcom_pull(task_ids=ti.task_id, key=_PROGRESS, map_indexes=ti.map_index)
        ti.xcom_push(key=_PROGRESS, value={**value, "state": "in_doubt", "updated": int(time.time())})


def _name_of(user: Any) -> str:
    found = user.get("name") or user.get("id") if hasattr(user, "get") else getattr(user, "name", None)
    return " ".join(str(found or "Somebody").split())[:100]


def _listed(spans: list[tuple[int, int]]) -> str:
    return ", ".join(f"{first} to {last}" for first, last in spans)
