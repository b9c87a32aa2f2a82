"""A stored checkpoint of this or another version: read, or rejected with the reason.

Tested by tests/unit/delivery/checkpoint/test_tracker.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from airflow_provider_bento.delivery.checkpoint.fencing import TO_START_OVER
from airflow_provider_bento.delivery.checkpoint.state import VERSION, Checkpoint
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoCountMismatch, BentoStateError


def read(value: JsonValue) -> Checkpoint | None:
    """Return the checkpoint; ``None`` if there is none.

    Fields that other versions write beside ours are ignored; a count of records is not, unless it is zero.

    :raises BentoStateError: it was written by a version that this one does not understand, or is damaged.
    """
    if value is None:
        return None
    if isinstance(value, dict) and value.get("v") != VERSION:
        raise _of_another_version(f"v={value.get('v')!r}, known: {VERSION}")
    if isinstance(value, dict) and (missing := sorted(_REQUIRED - value.keys())):
        raise _damaged(f"lacks {', '.join(missing)}: it is corrupt or was edited")
    if unknown := sorted({name for counts in _all_counts(value) for name in counts if counts[name]} - _KNOWN):
        raise _of_another_version(f"a newer version with the additional count {', '.join(unknown)}")
    try:
        checkpoint = msgspec.convert(value, Checkpoint)
        for counts in (checkpoint.counts, *(chunk.counts for chunk in checkpoint.in_flight)):
            if counts is not None:
                counts.balanced()
    except msgspec.ValidationError as error:
        raise _damaged(f"cannot be read ({error})") from None
    except BentoCountMismatch:
        raise _damaged("contains counts that do not add up: it is corrupt or was edited") from None
    return checkpoint


_KNOWN = frozenset(RecordCounts.__struct_fields__)
_REQUIRED = frozenset({"plan", "attempt", "cursor", "chunks", "chain", "in_flight", "counts"})


def _all_counts(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    """Yield what seems to be counts, in a value that may be anything."""
    if not isinstance(value, dict):
        return
    in_flight = value.get("in_flight")
    for holder in (value, *(in_flight if isinstance(in_flight, list) else ())):
        if isinstance(holder, dict) and isinstance(holder.get("counts"), dict):
            yield holder["counts"]


def _of_another_version(which: str) -> BentoStateError:
    return BentoStateError(
        f"The task's checkpoint was written by another version of this package ({which}). Nothing was sent. Finish the "
        f"run with that version; or, to send everything again, {TO_START_OVER}."
    )


def _damaged(how: str) -> BentoStateError:
    return BentoStateError(
        f"The task's checkpoint {how}. Nothing was sent. Check in Bento what arrived. To start from the first "
        f"record, {TO_START_OVER}."
    )
