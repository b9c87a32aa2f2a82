"""What to do about an error, in one sentence that fits on a line of Airflow's log page; never contains data.

Tested by tests/unit/operators/test_failures_to_read.py.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoCountMismatch,
    BentoEmptySource,
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoOutOfStep,
    BentoRateLimited,
    BentoRecordError,
    BentoRefusedError,
    BentoRetryLater,
    BentoSetupError,
    BentoSourceChanged,
    BentoStateError,
    BentoSuperseded,
    BentoTooManyFailed,
    BentoTooManyGone,
)

__all__ = ["LONGEST", "advice"]

LONGEST: Final = 75
"""Characters of an advice: with "What to do: " before it, a line as wide as Airflow's log page on a laptop."""

_NAME: Final = 18  # characters of an id or a file's name

_BY_CLASS: Final[dict[type[BentoError], str]] = {
    BentoAccessError: "fix keys or Site UUID of connection {conn_id}, then clear the task",
    BentoSetupError: "fix what the message below describes, then clear the task",
    BentoRecordError: "fix the records below, or pass on_invalid_record='drop' and max_failed",
    BentoRefusedError: "fix what Bento reports below; retrying without a change cannot help",
    BentoRateLimited: "nothing if a retry is left; else lower rate_limit of {conn_id}",
    BentoRetryLater: "nothing if a retry is left; else check the network from worker to Bento",
    BentoSourceChanged: "restore the source, or start a new run: see below",
    BentoStateError: "let the worker read and write {state}, then clear the task",
    BentoSuperseded: "nothing: a newer attempt or run of this task is at work; see its log",
    BentoInterrupted: "clear the task to continue: what Bento confirmed is not sent again",
    BentoEmptySource: "check why the source has no rows, or pass on_empty='success' or 'skip'",
    BentoTooManyFailed: "fix the records in {dead_letters}, then pass it as replay_dead_letters=",
    BentoTooManyGone: "check why the source lacks people, or raise max_gone for one run",
    BentoOutOfStep: "push the records in {dead_letters}, or wait if a push was recent",
    BentoCountMismatch: "please report this: it is a bug in airflow-provider-bento",
}
_NEEDS_DECISION: Final = "if Bento has {positions}, pass in_doubt='skip', else 'resend'"
_MISSING: Final = "push the missing records from a new task with checkpoint_path: see below"
_AGAIN: Final = "clear the task to push everything again: no checkpoint was stored"
_REPEATED: Final = "nothing if a retry is left; else clear the task (repeating is safe)"
_FOREIGN: Final = "fix what raised the {kind} below: the source or the function"
_OUT_OF_STEP: Final = "push again, or wait if a push was recent; dead_letters_path= shows who"
_TOO_MANY_FAILED: Final = "pass dead_letters_path= to see which records failed, or a larger max_failed"


def advice(
    error: BaseException,
    *,
    conn_id: str,
    dead_letters_path: str | None = None,
    checkpoint_path: str | None = None,
    durable: bool = True,
    doubles: bool = False,
) -> str:
    """Return what to do about an error.

    :param error: what ended the task; errors of other packages come from the source.
    :param conn_id: the id of Bento's connection.
    :param dead_letters_path: the dead-letter file, if any.
    :param checkpoint_path: the folder of checkpoints, if they are files.
    :param durable: whether another attempt knows what this one did.
    :param doubles: whether another attempt would resend records that are not idempotent.
    """
    if doubles or (not durable and isinstance(error, BentoOutcomeUnknown) and error.needs_decision):
        return _MISSING
    if not durable and isinstance(error, BentoInterrupted):
        return _AGAIN
    if not isinstance(error, BentoError):
        return _FOREIGN.format(kind=type(error).__name__[:_NAME])
    if error.advice:
        return error.advice[:LONGEST]
    sentence = _sentence(error, dead_letters_path).format(
        conn_id=_short(conn_id),
        positions=_positions(error),
        dead_letters=_short(dead_letters_path or ""),
        state=_short(checkpoint_path or dead_letters_path or "its checkpoint"),
    )
    return sentence[:LONGEST]


def _sentence(error: BentoError, dead_letters_path: str | None) -> str:
    if isinstance(error, BentoOutcomeUnknown):
        return _NEEDS_DECISION if error.needs_decision else _REPEATED
    if isinstance(error, BentoTooManyFailed) and not dead_letters_path:
        return _TOO_MANY_FAILED
    if isinstance(error, BentoOutOfStep) and not dead_letters_path:
        return _OUT_OF_STEP
    return next((_BY_CLASS[kind] for kind in type(error).__mro__ if kind in _BY_CLASS), "see the message below")


def _positions(error: BentoError) -> str:
    first, last = error.positions or (0, 0)
    if error.positions is None or last > 999_999:
        return "the records named below"
    return f"record {first}" if first == last else f"records {first} to {last}"


def _short(text: str) -> str:
    """Return an id, or the end of a path, as far as there is room."""
    name = PurePosixPath(text).name if "/" in text else text
    return name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"
