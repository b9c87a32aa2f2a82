"""Asks a person about a doubt instead of failing: stores the question in Airflow, and parks the task until the answer.

A task that waits for its answer uses no worker slot and no triggerer.

Tested by tests/unit/operators/test_asking.py.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.exceptions import BentoOutcomeUnknown
from airflow_provider_bento.operators.asking.note import Note, close_if_decided, read_note
from airflow_provider_bento.operators.asking.question import ARRIVED, MISSING, STOP, Doubt
from airflow_provider_bento.operators.task_run import TaskRun
from airflow_provider_bento.stores.task_state import TaskStateStore
from airflow_provider_bento.version_compat import CreateHITLDetailPayload, TaskAwaitingInput, supervised, to_supervisor

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from airflow_provider_bento.operators.asking_options import Asking
    from airflow_provider_bento.operators.build import Parts

__all__ = ["RESUMED_BY", "TaskThatAsks"]

RESUMED_BY: Final = "_answered"
"""The operator's method that Airflow calls with the answer."""

_NOT_AGAIN: Final = (
    "This task has asked a person before, and Airflow would show that question's text once more: the doubt is held."
)


@dataclass(frozen=True)
class TaskThatAsks:
    """A task instance whose push ended, perhaps in doubt.

    :param context: Airflow's.
    :param log: the task's log; says why if nobody can be asked.
    """

    context: Mapping[str, Any]
    log: logging.Logger

    def starts(self) -> None:
        """Note, before anything is sent, whether a person has decided about the question that the task asked.

        :raises BentoStateError: the store cannot be used.
        """
        if self._nobody_to_ask() is None:
            close_if_decided(TaskStateStore(self.context["task_state_store"]))

    def instead_of_holding(self, error: Exception, asking: Asking | None, parts: Parts | None) -> BaseException | None:
        """Return what Airflow should see of a doubt that a person is asked about; their question is stored by then.

        :param error: what ended the run.
        :param asking: how the task asks; ``None``: it does not.
        :param parts: the parts of the push, if they had been built.
        :returns: ``TaskAwaitingInput``, which parks the task; ``None``: it is no doubt, or it is held, because nobody
            can be asked, or the task has asked before about something else.
        """
        if asking is None or parts is None or not isinstance(error, BentoOutcomeUnknown) or not error.needs_decision:
            return None
        doubt = Doubt.of(error, parts.push.checkpoints.now, parts.push.endpoint)
        reason = self._nobody_to_ask() if doubt else "the doubt is not in the checkpoint"
        if doubt is None or reason:
            self.log.warning("in_doubt='ask' works as 'hold' here: %s.", reason)
            return None
        try:
            return self._asked(error, doubt, asking, parts)
        except Exception as failure:  # noqa: BLE001  # Airflow may fail in any way, and the doubt must not get lost
            self.log.warning("The question could not be stored (%s), so the doubt is held.", type(failure).__name__)
            return None

    def _nobody_to_ask(self) -> str | None:
        if TaskAwaitingInput is None or CreateHITLDetailPayload is None:
            return "this Airflow cannot ask; 3.3 and later can"
        if self.context.get("task_state_store") is None:
            return "the run has no task state store, to which an answer could be bound"
        if not supervised():
            return "dag.test() and airflow dags test would wait for ever"
        return None

    def _asked(self, error: BentoOutcomeUnknown, doubt: Doubt, asking: Asking, parts: Parts) -> BaseException | None:
        store, ti = TaskStateStore(self.context["task_state_store"]), self.context["ti"]
        before = read_note(store)
        if before is not None and not before.allows(doubt.reference):
            self.log.warning(_NOT_AGAIN)
            return None
        Note(doubt.reference).write(store)  # first: another doubt must never be asked about with this question's text
        if doubt.reference not in self._shown(doubt, asking):  # the note was lost, the question was not
            self.log.warning(_NOT_AGAIN)
            return None
        parts.progress.broken()
        limit = f" for up to {asking.timeout}" if asking.timeout else ""
        self.log.info("%s Answer in Airflow under Required Actions; the task waits%s.", doubt.subject(), limit)
        asked = {
            "ti": str(ti.id),
            "spans": [list(span) for span in doubt.spans],
            "reference": doubt.reference,
            "doubt": str(error),
            "at": round(time.time()),
        }
        parked: BaseException = TaskAwaitingInput(
            method_name=RESUMED_BY, kwargs={"asked": asked}, timeout=asking.timeout
        )
        return parked

    def _shown(self, doubt: Doubt, asking: Asking) -> str:
        """Store the question; return the text that Airflow shows, which is that of the task's first question."""
        body = doubt.body(TaskRun.of(self.context))
        question = CreateHITLDetailPayload(
            ti_id=self.context["ti"].id,
            options=[ARRIVED, MISSING, STOP],
            subject=doubt.subject(),
            body=body,
            defaults=None,
            multiple=False,
            params={},  # None, the default, is rejected with 422
            assigned_users=[{"id": user, "name": name} for user, name in asking.users],
        )
        return str(getattr(to_supervisor(question), "body", body))
