"""Rows that a function yields or an iterable gives, each time from the beginning."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_bento.delivery.values import Mark, Row
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["GeneratorSource", "IterableSource", "rows_behind"]


class GeneratorSource:
    """Rows that a function returns or yields; a resumed run calls it again and passes over what was sent.

    The function must give the same rows each time it is called for one DAG run (no current time, no random values, a
    fixed order): what was sent is compared, and another beginning stops the run instead of sending the wrong rest.

    :param make: called without arguments for each reading; returns or yields the rows.
    :param rereadable: whether all rows are looked at before the first request, at the price of calling it twice.
    """

    resumable = False

    def __init__(self, make: Callable[[], object], *, rereadable: bool = False) -> None:
        self._make = make
        self.rereadable = rereadable

    def identity(self) -> str:
        """Return nothing: only reading tells what a function gives."""
        return ""

    def rows(self, after: Mark) -> Iterator[Row]:
        """Call the function, and yield its rows from ``after`` on.

        :raises BentoSetupError: the function gives something else than rows.
        """
        items = _iterable(self._make())
        try:
            yield from rows_behind(items, after)
        finally:
            if callable(close := getattr(items, "close", None)):
                close()  # a generator's own clean-up happens now, not when it is collected


class IterableSource:
    """Rows of an object that can be iterated over again and again.

    :param items: gives a fresh iterator each time, with the same rows in the same order.
    """

    rereadable = True
    resumable = False

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items

    def identity(self) -> str:
        """Return nothing: only reading tells whether it changed."""
        return ""

    def rows(self, after: Mark) -> Iterator[Row]:
        """Yield the rows from ``after`` on; those before it are read and passed over."""
        yield from rows_behind(self._items, after)


def rows_behind(items: Iterable[Any], after: Mark) -> Iterator[Row]:
    """Yield the items as rows from ``after`` on; those before it are read and passed over.

    A dict is copied, one level deep: a function may fill the same one again and again, and dead letters are written
    later.
    """
    for position, item in enumerate(itertools.islice(items, after.position, None), after.position):
        yield Row(position, dict(item) if type(item) is dict else item)


def _iterable(given: object) -> Iterable[Any]:
    if given is None:
        raise BentoSetupError("The function returned None. Let it return a list of records, or yield them.")
    if isinstance(given, AsyncIterable):
        raise BentoSetupError(
            "The function is asynchronous. Let it be a plain function that returns or yields records."
        )
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise BentoSetupError(
            f"The function returned a {type(given).__name__}. Let it return a list of records, or yield them."
        )
    return given
