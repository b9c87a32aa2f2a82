"""All pages of a list, each item once."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api.paging import every_item
from airflow_provider_bento.api.responses import Segment
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown


class Pages:
    """A list in pages, which remembers which of them were read.

    :param pages: the ids on each page.
    :param beyond: the page that is shown beyond the last: ``None`` for an empty one.
    """

    def __init__(self, *pages: str, beyond: int | None = None) -> None:
        self._pages = pages
        self._beyond = beyond
        self.read: list[int] = []

    def __call__(self, page: int) -> tuple[Segment, ...]:
        """Return a page; its items have other names each time."""
        self.read.append(page)
        if page <= len(self._pages):
            ids = self._pages[page - 1]
        else:
            ids = "" if self._beyond is None else self._pages[self._beyond - 1]
        return tuple(Segment(one, f"read {len(self.read)}") for one in ids)


def ids(pages: Any, **options: Any) -> str:
    """Return the ids of all items."""
    return "".join(item.id for item in every_item(pages, "segments", **options))


@pytest.mark.parametrize("beyond", [None, 1, 3])
def test_a_page_without_anything_new_ends_the_list(beyond: int | None) -> None:
    """It is empty, or repeats an earlier one, whatever else has changed in it."""
    pages = Pages("ab", "c", "de", beyond=beyond)
    assert ids(pages) == "abcde"
    assert pages.read == [1, 2, 3, 4]


def test_an_item_on_two_pages_comes_once() -> None:
    """Somebody created one between two requests."""
    assert ids(Pages("ab", "bc", "d")) == "abcd"


def test_a_list_that_ignores_the_page_is_read_twice() -> None:
    """The second reading brings nothing new."""
    pages = Pages("ab", beyond=1)
    assert ids(pages) == "ab"
    assert pages.read == [1, 2]


def test_items_without_ids_differ_by_their_attributes() -> None:
    """An id may be missing."""
    assert [one.name for one in every_item(lambda page: (Segment("", f"n{min(page, 3)}"),), "segments")] == [
        "n1",
        "n2",
        "n3",
    ]


def test_a_page_is_read_when_it_is_needed() -> None:
    """A reader who stops early pays for no more."""
    pages = Pages("ab", "cd")
    assert next(every_item(pages, "segments")).id == "a"
    assert pages.read == [1]


@pytest.mark.parametrize("kind", [BentoError, BentoOutcomeUnknown])
def test_a_list_without_an_end_is_an_error(kind: type[BentoError]) -> None:
    """What was read before is yielded."""
    items = every_item(lambda page: (Segment(str(page), ""),), "segments", most_pages=3, endless=kind)
    assert [next(items).id for _ in range(3)] == ["1", "2", "3"]
    with pytest.raises(kind, match="more than 3 pages of segments") as caught:
        next(items)
    assert type(caught.value) is kind
