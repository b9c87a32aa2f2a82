"""The trigger of deferred sensors: asks Bento until the answer is yes, the time is over, or asking cannot help.

Tested by tests/unit/triggers/test_poll_trigger.py.
"""

from __future__ import annotations

import logging
import math
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from airflow_provider_bento import exceptions
from airflow_provider_bento.exceptions import BentoError, BentoRateLimited
from airflow_provider_bento.triggers.asking import Asker, SystemTimer, Timer
from airflow_provider_bento.triggers.questions import Kind, question_of
from airflow_provider_bento.triggers.sealed import unseal
from airflow_provider_bento.version_compat import BaseTrigger, TriggerEvent

__all__ = ["MOST_FAILURES", "BentoPollTrigger", "Rhythm", "error_of"]

MOST_FAILURES: Final = 5
"""Questions in a row that may remain without an answer; after that the task fails, and is retried as Airflow does."""

_log = logging.getLogger(__name__)
_hosts_told: Final = set[tuple[str, str]]()


@dataclass(frozen=True)
class Rhythm:
    """When a sensor asks.

    :param poke_interval: seconds between two questions.
    :param until: seconds since the epoch; the sensor has timed out then.
    :param first_at: seconds since the epoch of the first question.
    :param exponential_backoff: whether the interval doubles each time.
    :param max_wait: the longest interval, in seconds.
    """

    poke_interval: float
    until: float
    first_at: float = 0.0
    exponential_backoff: bool = False
    max_wait: float | None = None

    def wait(self, asked: int, now: float) -> float:
        """Return the seconds until the next question; the last one is asked when the time is over.

        :param asked: how many were asked.
        """
        seconds = self.poke_interval * (2.0 ** min(asked - 1, 30) if self.exponential_backoff else 1.0)
        return max(0.0, min(seconds, self.max_wait or seconds, self.until - now))

    def asked_before(self, now: float) -> int:
        """Return how many questions a trigger in another process has asked, if the interval depends on it."""
        if not self.exponential_backoff or not 0 < self.first_at < now or self.poke_interval <= 0:
            return 0
        return int(math.log2((now - self.first_at) / self.poke_interval + 1))


class BentoPollTrigger(BaseTrigger):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """Asks Bento one question again and again. It changes nothing, so it may run twice; it raises nothing.

    Its one event is a dict with ``status``: ``done`` (``answer``), ``timeout`` (``missing``) or ``error`` (``error``,
    ``message``, ``retry_after``). None of them contains a person.

    :param question: its kind.
    :param arguments: its arguments.
    :param sealed: those of its arguments that name a person, each by :func:`~.sealed.seal`.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param rhythm: a :class:`Rhythm`, as a dict.
    :param most_failures: questions in a row without an answer after which it gives up; ``None``: never.
    :param asked_from: the name of the worker's host, for a warning if the rate limit is not shared with it.
    """

    timer: ClassVar[Timer] = SystemTimer()

    def __init__(
        self,
        *,
        question: Kind,
        arguments: Mapping[str, Any],
        sealed: Mapping[str, str],
        bento_conn_id: str,
        rhythm: Mapping[str, Any],
        most_failures: int | None = MOST_FAILURES,
        asked_from: str = "",
    ) -> None:
        super().__init__()
        self.question = question
        self.arguments = dict(arguments)
        self.sealed = dict(sealed)
        self.bento_conn_id = bento_conn_id
        self.rhythm = dict(rhythm)
        self.most_failures = most_failures
        self.asked_from = asked_from

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class's path and the arguments, as Airflow stores them."""
        names = ("question", "arguments", "sealed", "bento_conn_id", "rhythm", "most_failures", "asked_from")
        return "airflow_provider_bento.triggers.bento.BentoPollTrigger", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask until there is an event, and yield it."""
        asker = Asker(self.bento_conn_id, self.timer)
        try:
            event = await self._event(asker)
        except BentoError as error:
            event = _failed(error)
        finally:
            asker.stop()
        yield TriggerEvent(event)

    async def _event(self, asker: Asker) -> dict[str, Any]:
        rhythm, question = Rhythm(**self.rhythm), None
        failures, missing = 0, ""
        await self.timer.sleep(max(0.0, rhythm.first_at - self.timer.time()))
        asked = rhythm.asked_before(self.timer.time())
        while True:
            try:
                settings = await asker.settings()
                _warn_of_hosts(settings.pacing, self.asked_from)
                if question is None:
                    people = await asker.in_thread(partial(_unsealed, self.sealed, settings.secret_key))
                    question = question_of(self.question, {**self.arguments, **people})
                answer = await asker.ask(question, rhythm.until)
            except BentoRateLimited as error:
                missing = f"the rate limit allows no request for another {error.retry_after or 0:.0f} s"
            except Exception as error:  # noqa: BLE001  (reading the connection may raise anything)
                failures += 1
                missing = self._note(error, failures)
            else:
                failures, missing = 0, answer.missing
                if answer.found is not None:
                    return {"status": "done", "answer": answer.found}
                _log.info("Not yet: %s.", missing)
            asked += 1
            if (now := self.timer.time()) >= rhythm.until:
                return {"status": "timeout", "missing": missing}
            await self.timer.sleep(rhythm.wait(asked, now))

    def _note(self, error: Exception, failures: int) -> str:
        """Log a question without an answer; or raise an error after which asking again cannot help."""
        known = error if isinstance(error, BentoError) else _unexpected(error)
        if known.recovery != "retry" or (self.most_failures is not None and failures >= self.most_failures):
            raise known from None
        _log.warning("No answer (%d in a row): %s The sensor asks again.", failures, known)
        return "there was no answer to the last question; the lines above say why"


def _unsealed(sealed: Mapping[str, str], secret: str) -> dict[str, str]:
    return {name: unseal(text, secret) for name, text in sealed.items()}


def error_of(event: Mapping[str, Any]) -> BentoError:
    """Return the error that an event of status ``error`` describes."""
    kind = getattr(exceptions, str(event.get("error")), BentoError)
    advice = str(event.get("advice") or "")
    return kind(str(event.get("message")), retry_after=event.get("retry_after"), advice=advice)


def _failed(error: BentoError) -> dict[str, Any]:
    return {
        "status": "error",
        "error": type(error).__name__,
        "message": str(error),
        "retry_after": error.retry_after,
        "advice": error.advice,
    }


def _unexpected(error: Exception) -> BentoError:
    """Return what is known of an error that is not ours: its kind; its text may contain anything."""
    return exceptions.BentoStateError(f"The connection could not be read ({type(error).__name__}). Nothing was asked.")


def _warn_of_hosts(pacing: str, asked_from: str) -> None:
    """Warn once if the rate limit is counted on this host alone, and the workers are on another."""
    here = socket.gethostname()
    if pacing != "auto" or asked_from in ("", here) or (asked_from, here) in _hosts_told:
        return
    _hosts_told.add((asked_from, here))
    _log.warning(
        "This triggerer runs on another host than the worker that deferred the sensor, and the connection's pacing is "
        "'auto', which counts requests on each host separately. Together they can exceed Bento's limit. Set the "
        "connection's pacing to the URL of a Redis that both can reach."
    )
