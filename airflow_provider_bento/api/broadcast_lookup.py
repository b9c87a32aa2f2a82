"""Finds broadcasts that a request with an unknown outcome may have created. Does not import Airflow.

Bento lists broadcasts by state, page by page, and shows only sent ones unless asked (docs: broadcasts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, get_args

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.api.paging import MOST_PAGES, every_item
from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.api.responses import ListedBroadcast
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoUnreachable

STATUSES: Final[tuple[BroadcastStatus, ...]] = get_args(BroadcastStatus)
CLOCK_DIFFERENCE: Final = 120.0  # seconds by which Bento's clock may be slower than ours
MOST_LOOKED_AT: Final = 50  # pages of one state; with more, a person is faster

ListPage = Callable[[BroadcastStatus, int], tuple[ListedBroadcast, ...]]


def find(list_page: ListPage, names: Iterable[str], since: float) -> dict[str, Created]:
    """Return the broadcasts in Bento with one of the ``names``, created at or after ``since``.

    :param list_page: one page of a state's list, from page 1; an empty one ends it.
    :param since: seconds since the epoch.
    :raises BentoOutcomeUnknown: the list has no creation times, or no end.
    :raises BentoUnreachable: the list could not be read.
    """
    try:
        return _found(list_page, set(names), since)
    except BentoUnreachable as error:
        raise BentoUnreachable(
            f"Could not look up the broadcasts that may have been created; a later attempt will try again: {error}",
            endpoint=error.endpoint,
            status=error.status,
            retry_after=error.retry_after,
        ) from None


def every_broadcast(
    list_page: ListPage,
    status: BroadcastStatus,
    *,
    most_pages: int = MOST_PAGES,
    endless: type[BentoError] = BentoError,
) -> Iterator[ListedBroadcast]:
    """Yield every broadcast of a state; for the arguments see :func:`~airflow_provider_bento.api.paging.every_item`."""
    return every_item(
        partial(list_page, status), f"{status} broadcasts", most_pages=most_pages, key=_identity, endless=endless
    )


def _identity(listed: ListedBroadcast) -> tuple[str, str, str | None]:
    """Return what two entries of the same broadcast share; ids may be missing, and stats change between two pages."""
    return listed.id, listed.name, listed.created_at


def _found(list_page: ListPage, wanted: set[str], since: float) -> dict[str, Created]:
    found = dict[str, Created]()
    for status in STATUSES:
        for listed in every_broadcast(list_page, status, most_pages=MOST_LOOKED_AT, endless=BentoOutcomeUnknown):
            if listed.name in wanted and _made_since(listed, since):
                found[listed.name] = Created(listed.id, listed.name, listed.url)
        if wanted == set(found):
            break
    return found


def _made_since(listed: ListedBroadcast, since: float) -> bool:
    from pendulum import from_timestamp, parse
    from pendulum.exceptions import ParserError

    try:
        made = parse(listed.created_at or "")
    except (ParserError, ValueError):
        raise BentoOutcomeUnknown("Bento's list does not show when a broadcast of this name was created.") from None
    return bool(made >= from_timestamp(since - CLOCK_DIFFERENCE))  # type: ignore[operator]  # a DateTime, never a Duration
