"""What to do about records whose outcome is unknown; broadcasts are looked for first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from airflow_provider_bento.delivery.checkpoint.state import Flight
from airflow_provider_bento.delivery.chunks import Chunk, ValidRow
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.delivery.wording import counted, spanned
from airflow_provider_bento.exceptions import BentoOutcomeUnknown

LOOK_AGAIN_AFTER: Final = 10.0
"""Seconds until a second look-up: a request that broke off may still be worked on."""


def chosen(choice: InDoubt | None, chunk: Chunk) -> InDoubt:
    """Return what to do: the author's or a person's choice, else resend where all of it is harmless to repeat."""
    return choice or ("resend" if chunk.idempotent else "hold")


def chosen_for_missing(choice: InDoubt | None, missing: Sequence[ValidRow]) -> InDoubt:
    """Return what to do with broadcasts that two look-ups did not find.

    Drafts that are not there were not made, and one too many would mail nobody: they are sent again. One that would
    be mailed is held, because a request may still be worked on behind a gateway's 504.
    """
    if choice is not None:
        return choice
    return "hold" if any(good.record.approved for good in missing) else "resend"


def in_doubt_error(
    valid: Sequence[ValidRow], noun: str, why: str, *, durable: bool, **evidence: Any
) -> BentoOutcomeUnknown:
    """Return the error that stops the run and tells a person what to decide, by positions.

    :param durable: whether another attempt would know what this one did.
    """
    first, last = valid[0].row.position, valid[-1].row.position
    were, are = ("it was", "whether it is") if len(valid) == 1 else ("they were", "whether they are")
    return BentoOutcomeUnknown(
        f"In doubt: {counted(len(valid), noun)} at {spanned(first, last)} may have reached Bento, or not "
        f"({why.rstrip(' .')}); {were} not sent again. Look in Bento {are} there"
        f"{_WAYS_ON if durable else f'. {NOT_DURABLE}'}",
        positions=(first, last),
        count=len(valid),
        **evidence,
    )


def several_in_doubt(
    flights: Sequence[Flight], noun: str, error: BentoOutcomeUnknown, *, durable: bool
) -> BentoOutcomeUnknown:
    """Return the error for several chunks that are in doubt at once; a person's word is for all that it names.

    :param durable: whether another attempt would know what this one did.
    """
    spans = [(flight.span[0], flight.span[-1]) for flight in flights]
    places = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in spans)
    words = f'{{"{spans[0][0]}": "skip", "{spans[1][0]}": "resend"}}'
    way = f"{_WAYS_ON} Where they differ, put a word for each first position there: {words}."
    return BentoOutcomeUnknown(
        f"In doubt: {noun} at positions {places}; each of these {len(spans)} chunks may have reached Bento, or not. "
        f"They were not sent again. Look in Bento whether they are there{way if durable else f'. {NOT_DURABLE}'}",
        endpoint=error.endpoint,
        status=error.status,
        positions=(spans[0][0], spans[-1][1]),
        spans=tuple(spans),
        maybe_applied=True,
    )


NOT_DURABLE: Final = (
    "No checkpoint outlives this task, so a retry or a Clear would send every record again, from the first one: push "
    "only what is missing, in a task of its own, and set checkpoint_path for the next time."
)
"""What is to be said where nothing remembers what was sent."""

_WAYS_ON: Final = (
    "; then set in_doubt='skip' on the operator if so, in_doubt='resend' if not, or put that word under the key "
    "'in_doubt' of the task's state store, and clear the task: it goes on after what is confirmed."
)
