"""All pages of a list, each item once."""

from __future__ import annotations

from typing import Any

import pytest
from memory import peak_bytes

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


@pytest.mark.parametrize(("beyond", "read"), [(None, 4), (1, 5), (3, 5)])
def test_a_page_without_anything_new_ends_the_list(beyond: int | None, read: int) -> None:
    """It is empty, or two in a row repeat an earlier one, whatever else has changed in it."""
    pages = Pages("ab", "c", "de", beyond=beyond)
    assert ids(pages) == "abcde"
    assert len(pages.read) == read


def test_an_item_on_two_pages_comes_once() -> None:
    """Somebody created one between two requests."""
    assert ids(Pages("ab", "bc", "d")) == "abcd"


def test_a_list_that_ignores_the_page_is_read_three_times() -> None:
    """The second reading brings nothing new, as a page that has shifted does; the third is the same again."""
    pages = Pages("ab", beyond=1)
    assert ids(pages) == "ab"
    assert pages.read == [1, 2, 3]


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


@pytest.mark.parametrize("pages", [0.2, 1, 2, 7.6, 10])
@pytest.mark.parametrize("before", [2, 3, 11, 20])
def test_new_items_at_the_front_hide_nothing_and_bring_nothing_twice(pages: float, before: int) -> None:
    """They move others onto pages that are read later: here once, by up to ten pages of five."""
    items = list(range(200))

    def list_page(page: int) -> tuple[Segment, ...]:
        if page == before:
            items[:0] = range(-round(5 * pages), 0)
        return tuple(Segment(str(one), "") for one in items[(page - 1) * 5 :][:5])

    read = [int(item.id) for item in every_item(list_page, "segments")]
    assert [one for one in read if one >= 0] == list(range(200))


def test_deleted_items_do_not_end_the_list() -> None:
    """What moves onto a page that was read is missed; the rest is not."""
    items = list(range(40))

    def list_page(page: int) -> tuple[Segment, ...]:
        found = items[(page - 1) * 5 :][:5]
        del items[:2]
        return tuple(Segment(str(one), "") for one in found)

    read = [int(item.id) for item in every_item(list_page, "segments")]
    assert read == [one for one in range(40) if one % 7 < 5]


def test_a_list_that_begins_again_ends() -> None:
    """The first page is remembered, however long the list is."""
    pages = Pages(*"abcdefghijklmnopqrst", beyond=1)
    assert ids(pages) == "abcdefghijklmnopqrst"
    assert len(pages.read) == 22


def test_a_page_that_is_long_forgotten_comes_once_more() -> None:
    """A server that repeats one from the middle is read to its repetition."""
    assert ids(Pages(*"abcdefghijklmnopqrst", beyond=5)) == "abcdefghijklmnopqrste"


def test_a_short_list_that_begins_again_and_again_ends() -> None:
    """Each of its pages repeats one, but never the one before it."""
    assert ids(lambda page: tuple(Segment(one, "") for one in ("ab", "cd", "ef")[page % 3])) == "cdefab"


def test_memory_does_not_grow_with_the_list() -> None:
    """Ten times the pages take the same memory."""

    def read(pages: int) -> None:
        def list_page(page: int) -> tuple[Segment, ...]:
            return tuple(Segment(f"{page:06}-{one:06}", "") for one in range(50 if page <= pages else 0))

        assert sum(1 for _ in every_item(list_page, "segments")) == 50 * pages

    assert peak_bytes(lambda: read(400)) < 1.5 * peak_bytes(lambda: read(40))


@pytest.mark.parametrize("kind", [BentoError, BentoOutcomeUnknown])
def test_a_list_without_an_end_is_an_error(kind: type[BentoError]) -> None:
    """What was read before is yielded."""
    items = every_item(lambda page: (Segment(str(page), ""),), "segments", most_pages=3, endless=kind)
    assert [next(items).id for _ in range(3)] == ["1", "2", "3"]
    with pytest.raises(kind, match="more than 3 pages of segments") as caught:
        next(items)
    assert type(caught.value) is kind
