"""Rows of a function: what it yields, or what it returns, read like an operator's argument.

Tested by tests/unit/sources/test_iterables.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterable, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Final

from airflow_provider_bento.delivery.source import Source, blocks_of, share_of, size_of
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.argument import source_of
from airflow_provider_bento.sources.dataframes import is_frame
from airflow_provider_bento.sources.files.options import checked_file_options
from airflow_provider_bento.sources.iterables import blocks_after, rows_after

_RETURNED: Final = "What the function returned"


class GeneratorSource:
    """Rows that a function returns or yields; a resumed run calls it again and skips what was sent.

    The function must return the same rows each time it is called for one DAG run (no current time, no random values, a
    fixed order): what was sent is compared, and a different beginning stops the run before it sends wrong records.
    It may return whatever an operator's argument takes: a list, a dataframe, the path of a file.

    :param make: called without arguments for each reading; returns or yields the rows.
    :param file_options: how files are read, if it returns their path.
    :param rereadable: whether all rows are validated before the first request, and kept until they are sent.
    :raises BentoSetupError: an option is unknown or invalid.
    """

    resumable = False

    def __init__(
        self,
        make: Callable[[], object],
        *,
        file_options: Mapping[str, Any] | None = None,
        rereadable: bool = False,
    ) -> None:
        self._make = make
        self._file_options = checked_file_options(file_options)
        self._returned: Source | None = None
        self.rereadable = rereadable

    def identity(self) -> str:
        """Return nothing: only reading shows what a function returns."""
        return ""

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Call the function, and yield its rows from ``after`` on.

        :raises BentoSetupError: the function returns something other than rows.
        """
        with self._called() as made:
            returned = self._returned
            yield from rows_after(made, after) if returned is None else returned.rows(Cursor(after.position))

    def blocks(self, after: Cursor, size: Callable[[], int]) -> Iterator[Sequence[Row]]:
        """Yield the same in blocks."""
        with self._called() as made:
            if self._returned is None:
                yield from blocks_after(made, after, size)
            else:
                yield from blocks_of(self._returned, Cursor(after.position), size)

    @contextlib.contextmanager
    def _called(self) -> Iterator[Iterator[Any]]:
        """Call the function; the result is what it yields, or nothing if it returned a source."""
        made = self._make()
        if not isinstance(made, Iterator) or is_frame(made):
            self._returned = self._source(made)
            yield iter(())
            return
        try:
            if self._file_options:
                raise BentoSetupError("file_options is for files, but the function yields records. Omit it.")
            self._returned = None
            yield made
        finally:
            if callable(close := getattr(made, "close", None)):
                close()  # a generator's own clean-up happens now, not when it is collected

    def size(self, after: Cursor) -> int | None:
        """Return about how many rows come after a cursor, if what the function returned can tell."""
        return size_of(self._returned, after)

    def share(self, cursor: Cursor) -> float | None:
        """Return which part lies before a cursor, if what the function returned can tell."""
        return share_of(self._returned, cursor)

    def _source(self, made: object) -> Source:
        if made is None:
            raise BentoSetupError("The function returned None. Return a list of records, or yield them.")
        if isinstance(made, AsyncIterable | Coroutine):
            if isinstance(made, Coroutine):
                made.close()
            raise BentoSetupError("The function is asynchronous. Use a plain function that returns or yields records.")
        return source_of(made, _RETURNED, file_options=self._file_options)
