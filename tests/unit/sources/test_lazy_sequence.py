"""Lazy sequences: few calls, flat memory, no lost rows where Airflow's API fails."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from memory import peak_bytes

from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoRetryLater, BentoSourceChanged
from airflow_provider_bento.sources.argument import source_of
from airflow_provider_bento.sources.lazy_sequence import LazySource


class LazyXComSequence(Sequence[Any]):
    """A sequence that counts the calls to Airflow's API, as Airflow's class of this name makes them."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self.fetched: list[Any] = []

    def __getitem__(self, key: Any) -> Any:
        self.fetched.append((key.start, key.stop) if isinstance(key, slice) else key)
        return self.items[key]

    def __len__(self) -> int:
        return len(self.items)


class Unsliced(LazyXComSequence):
    """As in Airflow 3.0."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            raise TypeError("Sequence indices must be integers")
        return super().__getitem__(key)


class Flaky(Unsliced):
    """An API that gives errors from the third item on; Airflow's class makes an IndexError of it."""

    def __getitem__(self, key: Any) -> Any:
        if key == 2:
            raise IndexError(key)
        return super().__getitem__(key)


def rows(items: object, after: Cursor | None = None) -> list[Any]:
    """Return the rows behind a mark."""
    return list(source_of(items, "events").rows(after or Cursor()))


def test_items_are_fetched_a_hundred_at_a_time() -> None:
    """A thousand mapped upstreams cost a dozen calls."""
    items = LazyXComSequence([{"n": n} for n in range(1000)])
    assert [row.data["n"] for row in rows(items)] == list(range(1000))
    assert len(items.fetched) <= 12


def test_large_items_are_fetched_one_by_one() -> None:
    """Where every upstream returned a thousand records, one call brings one of them."""
    items = LazyXComSequence([[n] * 1000 for n in range(5)])
    assert len(rows(items)) == 5000
    assert all(stop - start == 1 for start, stop in items.fetched)


@pytest.mark.parametrize("kind", [LazyXComSequence, Unsliced])
def test_lists_are_flattened_one_level(kind: Callable[[list[Any]], Any]) -> None:
    """An item that is a list is its records; an empty one is nothing; a list in it is a row."""
    found = rows(kind([[1, 2], [], {"a": [3]}, [[4]], (5,), "six"]))
    assert [row.data for row in found] == [1, 2, {"a": [3]}, [4], 5, "six"]
    assert [row.position for row in found] == list(range(6))


def test_a_resume_fetches_two_items_of_what_is_done() -> None:
    """The first and the one with the last row are compared; nothing between them is asked for."""
    items = LazyXComSequence([[n, n + 0.5] for n in range(50)])
    everything = rows(items)
    for done, row in enumerate(everything, 1):
        items.fetched.clear()
        assert [later.data for later in rows(items, row.after)] == [later.data for later in everything[done:]]
        asked = [index for start, stop in items.fetched for index in range(start, stop)]
        assert sorted(index for index in asked if index <= (done - 1) // 2) == sorted({0, (done - 1) // 2})


@pytest.mark.parametrize(
    "items",
    [
        [[1, 2], [3, 4]],
        [[1, 2], [3, 4], [5]],
        [[1, 2], [3, 4], [5, 7], [8]],
        [[0, 2], [3, 4], [5, 6], [8]],
        [[3, 4], [5, 6], [8]],
        [],
    ],
)
def test_another_output_is_told(items: list[Any]) -> None:
    """Shorter than what was sent, shifted, or with another first or last item: the upstream ran again."""
    cursor = rows(LazyXComSequence([[1, 2], [3, 4], [5, 6], [7]]))[5].after
    with pytest.raises(BentoSourceChanged, match="upstream's output"):
        rows(LazyXComSequence(items), cursor)


def test_more_output_than_before_is_sent() -> None:
    """Items behind the mark are read as they are now."""
    cursor = rows(LazyXComSequence([1, 2]))[1].after
    assert [row.data for row in rows(LazyXComSequence([1, 2, 3]), cursor)] == [3]


@pytest.mark.parametrize("item", [{"a": {"c", "b"}}, {"n": float("nan")}, {"o": object()}, {1: (2,)}, [[[]]]])
def test_equal_items_compare_equal_whatever_they_hold(item: Any) -> None:
    """A resume may not stop because an item holds what JSON cannot say."""
    items = [item, 1]
    cursor = rows(LazyXComSequence(items))[0].after
    assert [row.data for row in rows(LazyXComSequence(items), cursor)] == [1]


def test_a_failing_api_is_not_the_end() -> None:
    """Airflow's sequences raise IndexError also where the API failed: rows behind it must not be lost."""
    with pytest.raises(BentoRetryLater, match="Item 2 "):
        rows(Flaky([1, 2, 3, 4]))


def test_airflows_own_lazy_results_are_read_item_by_item() -> None:
    """`.map` and `.concat` give sequences for which a slice means something else."""
    pytest.importorskip("airflow.sdk", reason="Airflow 2 has these results elsewhere")
    from airflow.sdk.definitions.xcom_arg import _ConcatResult, _MapResult, _ZipResult

    items = LazyXComSequence([1, 2, 3])
    assert [row.data for row in rows(_MapResult(items, [lambda n: {"n": n}]))] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert [row.data for row in rows(_ConcatResult([items, [4]]))] == [1, 2, 3, 4]
    assert [row.data for row in rows(_ZipResult([["a", "b"]]))] == ["a", "b"]


def test_a_transform_that_fails_is_heard() -> None:
    """An IndexError of the author's own function is not the end of the sequence."""
    pytest.importorskip("airflow.sdk", reason="Airflow 2 has these results elsewhere")
    from airflow.sdk.definitions.xcom_arg import _MapResult

    with pytest.raises(BentoRetryLater):
        rows(_MapResult(LazyXComSequence([[1], [], [2]]), [lambda item: item[0]]))


def test_our_name_is_airflows() -> None:
    """The class that is read in slices still has this name."""
    pytest.importorskip("airflow.sdk.execution_time.lazy_sequence", reason="Airflow 2 calls it otherwise")
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence as Airflows

    from airflow_provider_bento.sources.lazy_sequence import _SLICED

    assert Airflows.__name__ in _SLICED


@pytest.mark.slow
def test_memory_is_flat() -> None:
    """Thirty thousand items that are made when they are asked for take what a slice takes."""

    class Made(LazyXComSequence):
        def __getitem__(self, key: Any) -> Any:
            return [{"n": n, "text": f"{n}" * 20} for n in range(*key.indices(30_000))]

    def read() -> None:
        assert sum(1 for _ in source_of(Made([]), "events").rows(Cursor())) == 30_000

    assert peak_bytes(read) < 1_000_000


def test_only_an_upstreams_results_are_trusted_between_first_and_last() -> None:
    """Any other sequence costs nothing to be read again, so all that was sent is compared."""
    assert LazySource(LazyXComSequence([1])).resumable
    assert not LazySource(collections.UserList([1])).resumable


FRAMES: list[Callable[[list[Any]], Any]] = [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist]


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_are_flattened_as_lists_are(kind: Callable[[list[Any]], Any]) -> None:
    """A mapped upstream whose tasks returned a dataframe each; a resume compares what is in them."""
    records = [{"n": n} for n in range(7)]
    source = LazySource(LazyXComSequence([kind(records[:3]), kind([]), kind(records[3:])]))
    rows = list(source.rows(Cursor()))
    assert [row.data for row in rows] == records
    for row in rows:
        assert list(source.rows(row.after)) == rows[row.position + 1 :]
    changed = LazySource(LazyXComSequence([kind([{"n": 9}, *records[1:3]]), kind([]), kind(records[3:])]))
    with pytest.raises(BentoSourceChanged):
        list(changed.rows(rows[4].after))
