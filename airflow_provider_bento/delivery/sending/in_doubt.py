"""What to do about records whose outcome is unknown; broadcasts are looked up first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from airflow_provider_bento.delivery.checkpoint.state import InFlightChunk
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.validated_rows import ValidRows
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.delivery.wording import counted, spanned
from airflow_provider_bento.exceptions import BentoOutcomeUnknown

LOOK_AGAIN_AFTER: Final = 10.0
"""Seconds until a second look-up: a request that broke off may still be worked on."""


def chosen(choice: InDoubt | None, chunk: Chunk) -> InDoubt:
    """Return what to do: the author's or a person's choice, otherwise resend if all of it is idempotent."""
    return choice or ("resend" if chunk.idempotent else "hold")


def chosen_for_missing(choice: InDoubt | None, missing: ValidRows) -> InDoubt:
    """Return what to do with broadcasts that two look-ups did not find.

    Missing drafts were not created, and one too many would mail nobody: they are sent again. A broadcast that would be
    mailed is held, because Bento may still be working on the request after a gateway's 504.
    """
    if choice is not None:
        return choice
    return "hold" if any(record.approved for record in missing.records or ()) else "resend"


def in_doubt_error(valid: ValidRows, noun: str, why: str, *, durable: bool, **evidence: Any) -> BentoOutcomeUnknown:
    """Return the error that stops the run and tells a person what to decide, by positions.

    :param durable: whether another attempt would know what this one did.
    """
    first, last = valid.rows[0].position, valid.rows[-1].position
    were = "It was" if len(valid) == 1 else "They were"
    return BentoOutcomeUnknown(
        f"In doubt: could not confirm whether Bento received {counted(len(valid), noun)} at {spanned(first, last)} "
        f"({why.rstrip(' .')}). {were} not sent again. Check Bento{_WAYS_ON if durable else f'. {NOT_DURABLE}'}",
        positions=(first, last),
        count=len(valid),
        **evidence,
    )


def several_in_doubt(
    in_flight: Sequence[InFlightChunk], noun: str, error: BentoOutcomeUnknown, *, durable: bool
) -> BentoOutcomeUnknown:
    """Return the error for several chunks that are in doubt at once; a person's choice is for all that it names.

    :param durable: whether another attempt would know what this one did.
    """
    spans = [(chunk.span[0], chunk.span[-1]) for chunk in in_flight]
    places = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in spans)
    words = f'{{"{spans[0][0]}": "skip", "{spans[1][0]}": "resend"}}'
    way = f"{_WAYS_ON} If the answers differ, store one word for the first position of each chunk: {words}."
    return BentoOutcomeUnknown(
        f"In doubt: could not confirm whether Bento received {noun} at positions {places} ({len(spans)} chunks). "
        f"They were not sent again. Check Bento{way if durable else f'. {NOT_DURABLE}'}",
        endpoint=error.endpoint,
        status=error.status,
        positions=(spans[0][0], spans[-1][1]),
        spans=tuple(spans),
        maybe_applied=True,
        why=error.why,
    )


NOT_DURABLE: Final = (
    "This task has no persistent checkpoint, so retrying or clearing it would resend every record. Send only the "
    "missing records from a separate task, and set checkpoint_path."
)
"""For errors of a task whose checkpoint ends with its process."""

_WAYS_ON: Final = (
    ", then clear the task with in_doubt='skip' (received) or in_doubt='resend' (not received), set on the operator "
    "or stored under the key 'in_doubt' of the task's state store. It continues after the last confirmed chunk."
)
