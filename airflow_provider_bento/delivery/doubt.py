"""What to do about records whose outcome is unknown; broadcasts are looked for first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.delivery.chunks import Chunk, Good
from airflow_provider_bento.delivery.retry import InDoubt
from airflow_provider_bento.exceptions import BentoOutcomeUnknown

LookUp = Callable[[Sequence[str], float], Mapping[str, Created]]
"""Broadcasts of these names that Bento has, made since this wall-clock time; raises where it cannot tell."""

LOOK_AGAIN_AFTER: Final = 10.0
"""Seconds until a second look-up: a request that broke off may still be worked on."""


def chosen(choice: InDoubt | None, chunk: Chunk) -> InDoubt:
    """Return what to do: the author's or a person's choice, else resend where all of it is harmless to repeat."""
    return choice or ("resend" if chunk.harmless_to_repeat else "hold")


def chosen_for_missing(choice: InDoubt | None, missing: Sequence[Good]) -> InDoubt:
    """Return what to do with broadcasts that two look-ups did not find.

    Drafts that are not there were not made, and one too many would mail nobody: they are sent again. One that would
    be mailed is held, because a request may still be worked on behind a gateway's 504.
    """
    if choice is not None:
        return choice
    return "hold" if any(good.record.approved for good in missing) else "resend"


def held(goods: Sequence[Good], noun: str, why: str, **evidence: Any) -> BentoOutcomeUnknown:
    """Return the error that stops the run and tells a person what to decide, by positions."""
    first, last = goods[0].row.position, goods[-1].row.position
    return BentoOutcomeUnknown(
        f"In doubt: {len(goods)} {noun} at positions {first} to {last} may have reached Bento, or not ({why}). "
        "They were not sent again. Look in Bento whether they are there; then either set in_doubt='skip' (they "
        "are) or in_doubt='resend' (they are not) on the operator, or put that word under the key 'in_doubt' of the "
        "task's state store, and clear the task: it goes on behind what is confirmed.",
        positions=(first, last),
        count=len(goods),
        **evidence,
    )
