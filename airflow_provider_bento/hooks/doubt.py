"""A request that may not be repeated blindly: after an unknown outcome Bento is asked first. Does not import Airflow.

Tested by tests/unit/hooks/test_unknown_outcomes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoRefusedError

T = TypeVar("T")

LOOK_AFTER: Final = 5.0
"""Seconds from the doubt to the look: Bento may still be working on the request."""


def sent_or_found(
    send: Callable[[], T | None], look: Callable[[], T | None], what: str, *, clock: Clock, most_requests: int = 3
) -> T:
    """Return what a request created. If its outcome is unknown, look whether it was applied, and send it again only if
    it was not and a second one does no harm: Bento may still be working on the first.

    :param send: sends the request once; ``None``: Bento accepted it without showing what it created.
    :param look: reads from Bento what the request created; ``None``: it is not there.
    :param what: what is created, for errors.
    :param clock: for the wait before a look.
    :param most_requests: how often it is sent at most; 1 if a second one would do harm after the first.
    :raises BentoOutcomeUnknown: the outcome of the last request is unknown, and what it creates was not found, or could
        not be looked for.
    :raises BentoError: sending failed.
    """
    doubt: BentoOutcomeUnknown | None = None
    for _ in range(most_requests):
        found, doubt = _sent(send, look, what, doubt)
        if doubt is not None:
            clock.sleep(LOOK_AFTER)
        found = _looked(look, what, doubt) if found is None else found
        if found is not None:
            return found
        if doubt is None:
            raise _undecided(what, "neither Bento's reply nor its list shows it")
    raise _undecided(what, f"Bento did not show it {LOOK_AFTER:g} seconds after this: {doubt}", **_evidence(doubt))


def _sent(
    send: Callable[[], T | None], look: Callable[[], T | None], what: str, earlier: BentoOutcomeUnknown | None
) -> tuple[T | None, BentoOutcomeUnknown | None]:
    """Send once; return what was created, and the doubt about it.

    A refusal after an earlier doubt may mean that the earlier request was applied meanwhile: the name is taken.
    """
    try:
        return send(), None
    except BentoOutcomeUnknown as doubt:
        return None, doubt
    except BentoRefusedError as refusal:
        refusal.maybe_applied = earlier is not None
        if earlier is None or (found := _looked(look, what, earlier)) is None:
            raise
        return found, None


def _looked(look: Callable[[], T | None], what: str, doubt: BentoOutcomeUnknown | None) -> T | None:
    """Look; if that fails, the outcome stays unknown, whatever the error says of itself."""
    try:
        return look()
    except BentoOutcomeUnknown:
        raise
    except BentoError as error:
        raise _undecided(what, f"it could not be read from Bento: {error}", **_evidence(doubt)) from None


def _evidence(doubt: BentoOutcomeUnknown | None) -> dict[str, Any]:
    return {"endpoint": doubt.endpoint, "status": doubt.status} if doubt else {}


def _undecided(what: str, why: str, **evidence: Any) -> BentoOutcomeUnknown:
    return BentoOutcomeUnknown(
        f"The request for {what} may or may not have been applied: {why.rstrip('.')}. It was not sent again. Look for "
        "it in Bento.",
        maybe_applied=True,
        **evidence,
    )
