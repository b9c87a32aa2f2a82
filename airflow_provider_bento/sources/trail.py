"""A fingerprint of the rows read so far, for sources that can only be read again from their beginning."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from airflow_provider_bento.delivery.values import Mark, Row
from airflow_provider_bento.exceptions import BentoSourceChanged
from airflow_provider_bento.stores.plain import plain

__all__ = ["resumed"]

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")  # sets differ from process to process else


def resumed(items: Iterable[Any], after: Mark, *, what: str) -> Iterator[Row]:
    """Yield the items behind ``after`` as rows; those before it are read again, compared, and passed over.

    The resume token is a digest of all rows so far.

    :param items: all of the source's items, from the first one on.
    :param after: where to go on.
    :param what: what the items come from, for the error.
    :raises BentoSourceChanged: the items before ``after`` are not what they were.
    """
    trail = hashlib.blake2b(digest_size=8)
    items = iter(items)
    for passed, item in enumerate(itertools.islice(items, after.position), 1):
        trail.update(_said(item))
        if passed == after.position and after.token in (None, trail.hexdigest()):
            break
    else:
        if after.position:
            raise BentoSourceChanged(
                f"Cannot resume behind position {after.position}: {what} gives other rows before it than when they "
                "were sent, or in another order. Let it give the same rows each time (no current time, no random "
                "values, a fixed order); or delete the task's checkpoint to start from the first record, which sends "
                "confirmed records again.",
                changed=(what,),
            )
    for position, item in enumerate(items, after.position):
        trail.update(_said(item))
        yield Row(position, item, trail.hexdigest())


def _said(item: Any) -> bytes:
    """Return bytes that are equal for equal items in every process."""
    try:
        return _ENCODER.encode(item)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return _ENCODER.encode(plain(item))
