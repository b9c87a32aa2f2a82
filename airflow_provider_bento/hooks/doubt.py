"""A request that may not be repeated blindly: after an unknown outcome Bento is asked first. Does not import Airflow.

Tested by tests/unit/hooks/test_unknown_outcomes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown

T = TypeVar("T")

LOOK_AFTER: Final = 5.0
"""Seconds from the doubt to the look: Bento may still be working on the request."""


def sent_or_found(
    send: Callable[[], T | None], look: Callable[[], T | None], what: str, *, clock: Clock, most_requests: int = 3
) -> T:
    """Return what a request created. If its outcome is unknown, look whether it was applied, and send it again only if
    it was not.

    :param send: sends the request once; ``None``: Bento accepted it without showing what it created.
    :param look: reads from Bento what the request created; ``None``: it is not there.
    :param what: what is created, for errors.
    :param clock: for the wait before a look.
    :param most_requests: how often it is sent at most.
    :raises BentoOutcomeUnknown: the outcome of the last request is unknown, and what it creates was not found.
    :raises BentoError: sending or looking failed; ``maybe_applied`` says whether a request may have been applied.
    """
    for _ in range(most_requests):
        try:
            found, doubt = send(), None
        except BentoOutcomeUnknown as error:
            found, doubt = None, error
            clock.sleep(LOOK_AFTER)
        found = _looked(look) if found is None else found
        if found is not None:
            return found
        if doubt is None:
            raise BentoOutcomeUnknown(
                f"Bento accepted the request for {what}, but neither its reply nor its list shows it. It was not sent "
                "again. Look for it in Bento.",
                maybe_applied=True,
            )
        last = doubt
    raise last


def _looked(look: Callable[[], T | None]) -> T | None:
    """Look; an error while looking leaves the outcome of the request unknown."""
    try:
        return look()
    except BentoError as error:
        error.maybe_applied = True
        raise
