"""Finds broadcasts that a request with an unknown outcome may have created. Does not import Airflow.

Bento lists broadcasts by state, page by page, and shows only sent ones unless asked (docs: broadcasts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, get_args

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.api.responses import ListedBroadcast
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoUnreachable

STATUSES: Final[tuple[BroadcastStatus, ...]] = get_args(BroadcastStatus)
CLOCK_DIFFERENCE: Final = 120.0  # seconds by which Bento's clock may be slower than ours
MOST_PAGES: Final = 50  # of one state; with more, a person is faster

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


def _found(list_page: ListPage, wanted: set[str], since: float) -> dict[str, Created]:
    found = dict[str, Created]()
    for status in STATUSES:
        for listed in _all(list_page, status):
            if listed.name in wanted and _made_since(listed, since):
                found[listed.name] = Created(listed.id, listed.name, listed.url)
        if wanted == set(found):
            break
    return found


def _all(list_page: ListPage, status: BroadcastStatus) -> Iterator[ListedBroadcast]:
    """Yield every broadcast of a state; pages may repeat, so a page without anything new ends the list as well."""
    seen: set[ListedBroadcast] = set()  # whole ones: ids may be missing
    for page in range(1, MOST_PAGES + 1):
        fresh = [listed for listed in list_page(status, page) if listed not in seen]
        if not fresh:
            return
        yield from fresh
        seen.update(fresh)
    raise BentoOutcomeUnknown(f"Bento lists more than {MOST_PAGES} pages of {status} broadcasts.")


def _made_since(listed: ListedBroadcast, since: float) -> bool:
    from pendulum import from_timestamp, parse
    from pendulum.exceptions import ParserError

    try:
        made = parse(listed.created_at or "")
    except (ParserError, ValueError):
        raise BentoOutcomeUnknown("Bento's list does not show when a broadcast of this name was created.") from None
    return bool(made >= from_timestamp(since - CLOCK_DIFFERENCE))  # type: ignore[operator]  # a DateTime, never a Duration
