"""Every item of a list that Bento shows page by page. Does not import Airflow.

No reply says how many pages there are, and a page beyond the last may repeat an earlier one: Bento's CLI removes
duplicates for this reason. So the list ends with an empty page, or with two in a row that repeat the same (docs:
broadcasts, subscribers).

Pages shift while they are read: a new item at the front moves another one onto the next page, which then repeats it; a
deletion moves one onto a page that was already read, and it is missed. If as many items are new as a page has, the next
page repeats a whole one and is not the end: it is the end if the page after it is the same again. Only the first page
and the last few are remembered, so that memory does not grow with the list.

Tested by tests/unit/api/test_paging.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Any, Final, TypeVar

import msgspec

from airflow_provider_bento.exceptions import BentoError

T = TypeVar("T")

MOST_PAGES: Final = 1000

REMEMBERED: Final = 10
"""Pages by which a list may shift between two requests without an item coming twice."""


def every_item(
    list_page: Callable[[int], tuple[T, ...]],
    what: str,
    *,
    most_pages: int = MOST_PAGES,
    key: Callable[[T], Hashable] | None = None,
    endless: type[BentoError] = BentoError,
) -> Iterator[T]:
    """Yield the items of all pages without those that the first page or one of the last :data:`REMEMBERED` repeats; a
    page is read when its first item is needed.

    :param list_page: one page, from page 1; an empty one ends the list.
    :param what: the items' name in the error, such as "sequences".
    :param most_pages: a list that has more is not read to its end.
    :param key: what makes two items the same; their id, or everything if they have none.
    :param endless: the error for a list that has more pages.
    :raises BentoError: the list has more than ``most_pages`` pages.
    """
    identify, pages = key or _identity, _Pages()
    for page in range(1, most_pages + 1):
        found: dict[Hashable, T] = {}
        for item in list_page(page):
            found.setdefault(identify(item), item)
        yield from map(found.__getitem__, pages.turned(found))
        if pages.ended:
            return
    raise endless(f"Bento lists more than {most_pages} pages of {what}; the others were not read.")


class _Pages:
    """What is remembered of the pages that were read.

    :ivar ended: whether the page that was turned last ends the list.
    """

    def __init__(self) -> None:
        self._first: frozenset[Hashable] = frozenset()
        self._latest: deque[frozenset[Hashable]] = deque(maxlen=REMEMBERED)
        self._repeated = 0
        self.ended = False

    def turned(self, page: Collection[Hashable]) -> list[Hashable]:
        """Take note of the next page; return what is new on it, in its order."""
        here = frozenset(page)
        new = [one for one in page if not any(one in earlier for earlier in (self._first, *self._latest))]
        self._repeated = 0 if new else self._repeated + 1
        same_again = self._repeated > 1 and here == self._latest[-1]
        self.ended = not here or same_again or self._repeated > REMEMBERED
        self._first = self._first or here
        self._latest.append(here)
        return new


def _identity(item: Any) -> Hashable:
    return item.id or msgspec.json.encode(item)
