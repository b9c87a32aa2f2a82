"""Functions that yield: called again on a resume, compared, cleaned up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_bento.delivery.values import Mark
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.generated import GeneratorSource


async def _asynchronous() -> Any:
    yield {}


@pytest.mark.parametrize(
    ("made", "words"),
    [(None, "returned None"), ("text", "returned a str"), ({"a": 1}, "returned a dict"), (7, "returned a int")],
)
def test_what_a_function_may_not_return(made: object, words: str) -> None:
    """It is told what to return instead."""
    with pytest.raises(BentoSetupError, match=words):
        list(GeneratorSource(lambda: made).rows(Mark()))


def test_asynchronous_functions_are_told() -> None:
    """They would never be awaited."""
    with pytest.raises(BentoSetupError, match="asynchronous"):
        list(GeneratorSource(_asynchronous).rows(Mark()))


@pytest.mark.parametrize("made", [[], (), [{"a": 1}], ({"a": 1} for _ in range(1)), {"a"}])
def test_what_a_function_may_return(made: Any) -> None:
    """Any iterable of rows, also an empty one."""
    expected = list(made) if not isinstance(made, Iterator) else [{"a": 1}]
    assert [row.data for row in GeneratorSource(lambda: made).rows(Mark())] == expected


def test_an_endless_function_is_read_as_far_as_asked() -> None:
    """Nothing is read ahead."""
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for n in itertools.count():
            taken.append(n)
            yield n

    rows = GeneratorSource(endless).rows(Mark())
    assert [next(rows).data for _ in range(5)] == [0, 1, 2, 3, 4]
    assert taken == [0, 1, 2, 3, 4]


def test_a_functions_own_clean_up_runs() -> None:
    """Also where the reading stops early: it may hold a connection."""
    closed = []

    def holding() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            closed.append(True)

    rows = GeneratorSource(holding).rows(Mark())
    next(rows)
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert closed == [True]


def test_errors_of_the_function_are_its_own() -> None:
    """They are not ours to translate."""

    def failing() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    with pytest.raises(KeyError):
        list(GeneratorSource(failing).rows(Mark()))


def test_a_function_may_fill_one_dict_again_and_again() -> None:
    """A row is looked at once more when its dead letter is written."""

    def made() -> Iterator[dict[str, int]]:
        row: dict[str, int] = {}
        for number in range(3):
            row["n"] = number
            yield row

    assert [row.data for row in list(GeneratorSource(made).rows(Mark()))] == [{"n": 0}, {"n": 1}, {"n": 2}]
