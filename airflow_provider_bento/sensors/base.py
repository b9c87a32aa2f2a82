"""What all sensors share: ask once, then wait in the triggerer or as Airflow's own sensors do.

Tested by tests/unit/sensors/test_sensors.py.
"""

from __future__ import annotations

import socket
import threading
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from airflow_provider_bento.operators.records_argument import NotGiven, Records
from airflow_provider_bento.version_compat import BaseSensorOperator, PokeReturnValue

if TYPE_CHECKING:
    from airflow_provider_bento.operators.options import TaskLabels
    from airflow_provider_bento.triggers.questions import Answer, Kind, Question

__all__ = ["BentoSensor"]

_GRACE: Final = 600.0
"""Seconds after the timeout until Airflow ends a deferred sensor whose trigger did not; a request may take long."""

_BRIEFLY: Final = 2.0
"""Seconds for which the first question waits for the rate limit: less than a trip through the triggerer takes."""


class BentoSensor(BaseSensorOperator):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """Waits until Bento's answer is yes.

    :param bento_conn_id: id of a connection of type ``bento``.
    :param deferrable: whether it waits in the triggerer, without a worker slot; ``None``: Airflow's setting
        ``[operators] default_deferrable``.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.
    :param kwargs: the arguments of Airflow's ``BaseSensorOperator``.
    """

    _kind: ClassVar[Kind]
    _hidden: ClassVar[Mapping[str, str]] = {}  # attributes that name a person, and the arguments they are from
    ui_color = "#e8eafc"

    def __init__(
        self,
        *,
        bento_conn_id: str = "bento_default",
        deferrable: bool | None = None,
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Any,
    ) -> None:
        from airflow_provider_bento.operators.parse_time import policy_argument, refuse_unknown

        refuse_unknown(type(self), kwargs)
        super().__init__(**kwargs, **policy_argument(retry_policy))
        self.bento_conn_id = bento_conn_id
        self.deferrable = _default_deferrable() if deferrable is None else deferrable

    def execute(self, context: Any) -> Any:
        """Wait for the answer, and return it.

        :raises AirflowSensorTimeout: it did not come in time.
        :raises AirflowFailException: waiting cannot help; the message says what does.
        :raises BentoError: Bento did not answer; retrying may help.
        """
        try:
            if not self.deferrable:
                return super().execute(context)
            return self._ask_or_defer()
        finally:
            for name in ("_question", "_asked"):
                self.__dict__.pop(name, None)

    def poke(self, context: Any) -> PokeReturnValue:  # noqa: ARG002  (Airflow's signature)
        """Ask once; the rate limit is waited for as long as the next question is away."""
        from airflow_provider_bento.exceptions import BentoRateLimited
        from airflow_provider_bento.triggers.questions import Answer

        try:
            answer = self._ask({"give_up_after": float(self.poke_interval)})
        except BentoRateLimited as error:
            answer = Answer(missing=f"the rate limit allows no request for another {error.retry_after or 0:.0f} s")
        except Exception as error:  # noqa: BLE001  (reading the connection may raise anything)
            raise self._failure(error) from None
        return PokeReturnValue(answer.found is not None, answer.found)

    def resume(self, context: Any, event: Mapping[str, Any]) -> Any:  # noqa: ARG002  (Airflow's signature)
        """Return the answer that the trigger got, or raise what ended it."""
        from airflow_provider_bento.triggers.polling import error_of
        from airflow_provider_bento.version_compat import AirflowSensorTimeout

        if event["status"] == "done":
            return event["answer"]
        if event["status"] == "timeout":
            words = f"The sensor timed out after {self.timeout:g} s: {event['missing'] or 'there was no answer'}."
            raise self._as_wanted(AirflowSensorTimeout(words)) from None
        raise self._as_wanted(self._failure(error_of(event))) from None

    def on_kill(self) -> None:
        """Ask nothing more."""
        self._stop_requested().set()

    @abstractmethod
    def _check(self) -> None:
        """Check the arguments, as far as they are known.

        :raises BentoSetupError: names the task and the argument.
        """

    @abstractmethod
    def _arguments(self) -> dict[str, Any]:
        """Return the arguments of the question, as JSON, without those that are ``None``."""

    @property
    def _title(self) -> str:
        """What messages begin with."""
        from airflow_provider_bento.operators.parse_time import titled

        return titled(type(self), self.task_id)

    def _ask_or_defer(self) -> Any:
        from airflow_provider_bento.exceptions import BentoError
        from airflow_provider_bento.triggers.asking import in_one_go

        began = time.time()
        try:
            answer = self._ask(in_one_go() | {"give_up_after": _BRIEFLY})
        except BentoError as error:
            if error.recovery != "retry":
                raise self._as_wanted(self._failure(error)) from None
            self.log.warning("No answer: %s The sensor asks again.", error)
        else:
            if answer.found is not None:
                return answer.found
        return self._defer(began)

    def _ask(self, options: Mapping[str, Any]) -> Answer:
        """Ask once, and log what is missing."""
        self._check()
        question = self.__dict__.setdefault("_question", self._new_question())
        steps = question.steps()
        step, hook = next(steps), self._hook()
        while True:
            result = step(hook, options)
            try:
                step = steps.send(result)
            except StopIteration as ended:
                answer: Answer = ended.value
                break
        if answer.found is None:
            self.log.info("Not yet: %s.", answer.missing)
        return answer

    def _defer(self, began: float) -> Any:
        from airflow_provider_bento.triggers.bento import BentoPollTrigger
        from airflow_provider_bento.triggers.polling import MOST_FAILURES, Rhythm
        from airflow_provider_bento.triggers.sealed import seal

        settings, arguments = self._hook().settings, self._arguments()
        people = {name: arguments.pop(name) for name in self._hidden.values() if name in arguments}
        longest = self.max_wait.total_seconds() if isinstance(self.max_wait, timedelta) else self.max_wait
        rhythm = Rhythm(
            poke_interval=float(self.poke_interval),
            until=began + float(self.timeout),
            first_at=min(time.time() + float(self.poke_interval), began + float(self.timeout)),
            exponential_backoff=self.exponential_backoff,
            max_wait=longest,
        )
        trigger = BentoPollTrigger(
            question=self._kind,
            arguments=arguments,
            sealed={name: seal(text, settings.secret_key) for name, text in people.items()},
            bento_conn_id=self.bento_conn_id,
            rhythm=asdict(rhythm),
            most_failures=None if self.silent_fail else MOST_FAILURES,
            asked_from=socket.gethostname(),
        )
        latest = f"{datetime.fromtimestamp(rhythm.until, UTC):%F %T} UTC"
        self.log.info("Waiting without a worker slot: asking every %g s until %s.", self.poke_interval, latest)
        self.defer(trigger=trigger, method_name="resume", timeout=timedelta(seconds=float(self.timeout) + _GRACE))

    def _new_question(self) -> Question:
        from airflow_provider_bento.triggers.questions import question_of

        return question_of(self._kind, self._arguments())

    def _hook(self) -> Any:
        from airflow_provider_bento.hooks.bento import BentoHook

        return self.__dict__.setdefault("_asked", BentoHook(self.bento_conn_id, stopped=self._stop_requested().is_set))

    def _stop_requested(self) -> threading.Event:
        """Return the event that stops asking; made on first use, because a DAG is copied."""
        stop: threading.Event = self.__dict__.setdefault("_stop", threading.Event())
        return stop

    def _failure(self, error: Exception) -> Exception:
        """Log what to do, and return what Airflow should see."""
        from airflow_provider_bento.operators.outcomes import failure_of

        failure = failure_of(error, self._labels(), None, self.log)
        if self.soft_fail or self.never_fail:  # Airflow replaces the message
            self.log.error("%s", failure)
        return failure

    def _as_wanted(self, failure: Exception) -> Exception:
        """Return what ends the task: a skip if ``soft_fail`` or ``never_fail`` wants one, as Airflow's sensors do."""
        from airflow_provider_bento.version_compat import (
            AirflowFailException,
            AirflowSensorTimeout,
            AirflowSkipException,
        )

        final = isinstance(failure, AirflowSensorTimeout | AirflowFailException)
        wants = "never_fail" if self.never_fail else "soft_fail" if self.soft_fail and final else ""
        skipped: Exception = AirflowSkipException(f"{failure} Skipped, because {wants} is set.")
        return skipped if wants else failure

    def _labels(self) -> TaskLabels:
        from airflow_provider_bento.operators.options import TaskLabels

        return TaskLabels.of(self._title, conn_id=self.bento_conn_id, dead_letters_path=None, checkpoint_path=None)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Sequence[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Render what names a person ourselves, so that Airflow shows it as ``<email as text>``."""
        if parent is self:
            for name, noun in self._hidden.items():
                self._render_hidden(name, noun, context, jinja_env, seen_oids)
            template_fields = [name for name in template_fields if name not in self._hidden]
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)

    def _render_hidden(self, name: str, noun: str, context: Any, jinja_env: Any, seen_oids: set[int]) -> None:
        given = getattr(self, name)
        if given is None or (isinstance(given, Records) and given.resolved):
            return
        raw = given.value if isinstance(given, Records) else given
        value = raw if id(raw) in seen_oids else self.render_template(raw, context, jinja_env, seen_oids)
        setattr(self, name, Records(value, noun, resolved=True))


def _default_deferrable() -> bool:
    from airflow_provider_bento.version_compat import conf

    return bool(conf.getboolean("operators", "default_deferrable", fallback=False))
