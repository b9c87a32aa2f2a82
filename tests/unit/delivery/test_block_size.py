"""How many rows are judged at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.delivery.block_size import MOST_BYTES, MOST_ROWS, BlockSize


def sizes(max_records: int, row_bytes: int, count: int) -> list[int]:
    """Return the sizes of so many blocks of rows that all have this many bytes."""
    size, found = BlockSize(max_records), []
    for _ in range(count):
        found.append(size())
        size.saw(found[-1], found[-1] * row_bytes)
    return found


def test_it_grows_while_rows_are_small_and_ends_where_a_request_ends() -> None:
    """So that no block is cut in two."""
    found = sizes(1000, 200, 12)
    assert found == [4, 16, 64, 256, 500, 160, 500, 500, 500, 500, 500, 500]


def test_large_rows_come_one_by_one() -> None:
    """Memory stays flat."""
    assert sizes(1000, 6_000_000, 4)[1:] == [1, 1, 1]
    assert sizes(1000, 100_000, 4)[-1] == MOST_BYTES // 100_000


@given(st.integers(1, 3000), st.integers(0, 5_000_000))
def test_it_is_never_zero_nor_more_than_a_request(max_records: int, row_bytes: int) -> None:
    """Whatever the rows are like."""
    assert all(1 <= size <= min(max_records, MOST_ROWS) for size in sizes(max_records, row_bytes, 20))


def test_a_block_without_records_does_not_stop_it() -> None:
    """All of its rows may be unchanged."""
    size = BlockSize(100)
    size.saw(4, 0)
    assert size() > 4
