"""Every item of a list that Bento shows page by page. Does not import Airflow.

No reply says how many pages there are, and a page beyond the last may repeat an earlier one: Bento's CLI removes
duplicates for this reason. So a page without anything new ends the list (docs: broadcasts, subscribers).

Tested by tests/unit/api/test_paging.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final, TypeVar

import msgspec

from airflow_provider_bento.exceptions import BentoError

T = TypeVar("T")

MOST_PAGES: Final = 1000


def every_item(
    list_page: Callable[[int], tuple[T, ...]],
    what: str,
    *,
    most_pages: int = MOST_PAGES,
    key: Callable[[T], Hashable] | None = None,
    endless: type[BentoError] = BentoError,
) -> Iterator[T]:
    """Yield the items of all pages, each once; a page is read when its first item is needed.

    :param list_page: one page, from page 1; an empty one ends the list.
    :param what: the items' name in the error, such as "sequences".
    :param most_pages: a list that has more is not read to its end.
    :param key: what makes two items the same; their id, or everything if they have none.
    :param endless: the error for a list that has more pages.
    :raises BentoError: the list has more than ``most_pages`` pages.
    """
    identify = key or _identity
    seen = set[Hashable]()
    for page in range(1, most_pages + 1):
        known = len(seen)
        for item in list_page(page):
            if (identity := identify(item)) not in seen:
                seen.add(identity)
                yield item
        if len(seen) == known:
            return
    raise endless(f"Bento lists more than {most_pages} pages of {what}; the others were not read.")


def _identity(item: Any) -> Hashable:
    return item.id or msgspec.json.encode(item)
