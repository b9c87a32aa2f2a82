"""How many rows are judged at once: many small ones, few large ones, so that memory stays flat.

Tested by tests/unit/delivery/test_block_size.py.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BlockSize"]

MOST_ROWS: Final = 500
"""More of them would save nothing."""

MOST_BYTES: Final = 2_000_000
"""About the bytes of a block, as JSON; a single row may have more."""

_FIRST: Final = 4
_FACTOR: Final = 4


class BlockSize:
    """Begins with few rows, and grows while they are small. Blocks end where a full request ends.

    :param max_records: the most records of a request.
    """

    def __init__(self, max_records: int) -> None:
        self._max_records = max_records
        self._size = _FIRST
        self._read = 0
        self._most = MOST_ROWS

    def __call__(self) -> int:
        """Return how many rows to read next, at least one."""
        return min(self._size, self._most, self._max_records - self._read % self._max_records)

    def read_one_by_one(self) -> None:
        """From now on, read one row only: the source changes rows that it has yielded."""
        self._most = 1

    def saw(self, rows: int, size: int) -> None:
        """Take note of a block.

        :param rows: how many rows it had.
        :param size: bytes of its records.
        """
        self._read += rows
        fitting = MOST_BYTES * rows // max(1, size)
        self._size = max(1, min(self._size * _FACTOR, fitting, self._most))
