"""Functions that yield: called again on a resume, compared, cleaned up."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.functions import GeneratorSource
from airflow_provider_bento.version_compat import ObjectStoragePath


async def _asynchronous() -> Any:
    yield {}


async def _coroutine() -> list[Any]:
    return []


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (None, "returned None"),
        ("text", "returned is text that is not JSON"),
        ("[{'a': 1}]", "printed form of a Python list: pass the task's output itself instead of its text"),
        ({"a": 1}, "returned is a single dict"),
        (7, "returned is a number"),
        (b"[]", "returned is bytes"),
        ({"a"}, "returned is a set"),
        (pl.DataFrame({"a": [1]}).lazy(), r"LazyFrame.*frame\.collect\(\)"),
        (pa.table({"a": [1]}).to_reader(), r"only once: pass reader\.read_all\(\)"),
        (pd.Series([1]), "A Series cannot be read as records"),
        (object(), "returned is a object"),
    ],
)
def test_what_a_function_may_not_return(made: object, words: str) -> None:
    """It is told what to return instead."""
    with pytest.raises(BentoSetupError, match=words):
        list(GeneratorSource(lambda: made).rows(Cursor()))


def test_asynchronous_functions_are_told() -> None:
    """They would never be awaited."""
    for function in (_asynchronous, _coroutine):
        with pytest.raises(BentoSetupError, match="asynchronous"):
            list(GeneratorSource(function).rows(Cursor()))


@pytest.mark.parametrize("made", [[], (), [{"a": 1}], ({"a": 1} for _ in range(1)), iter([]), map(dict, [{}])])
def test_what_a_function_may_return(made: Any) -> None:
    """Any iterable of rows, also an empty one."""
    expected = list(made) if isinstance(made, list | tuple) else None
    found = [row.data for row in GeneratorSource(lambda: made).rows(Cursor())]
    assert found == expected if expected is not None else found in ([{"a": 1}], [], [{}])


FRAMES = [
    pd.DataFrame({"a": range(1500)}),
    pl.DataFrame({"a": range(1500)}),
    pa.table({"a": range(1500)}),
    pa.RecordBatch.from_pydict({"a": range(1500)}),
    collections.UserList({"a": n} for n in range(1500)),
    ListSource([{"a": n} for n in range(1500)]),
    str([{"a": n} for n in range(1500)]).replace("'", '"'),
]


@pytest.mark.parametrize("made", FRAMES, ids=lambda made: type(made).__name__)
def test_a_function_may_return_what_the_argument_takes(made: object) -> None:
    """A frame's rows are its rows, and not the names of its columns; a resume begins at any of them."""
    source = GeneratorSource(lambda: made)
    assert [row.data["a"] for row in source.rows(Cursor())] == list(range(1500))
    assert [row.data["a"] for row in source.rows(Cursor(1203, ["odd"]))] == list(range(1203, 1500))


@pytest.mark.parametrize("kind", [str, Path, ObjectStoragePath])
def test_a_function_may_return_a_path(tmp_path: Path, kind: Callable[[str], object]) -> None:
    """As text or object; with the options for files that its task has."""
    (tmp_path / "a.txt").write_text("email;n\na;NULL\n")
    path = kind(str(tmp_path / "a.txt"))
    source = GeneratorSource(lambda: path, file_options={"format": "csv", "null": ["NULL"]})
    assert [row.data for row in source.rows(Cursor())] == [{"email": "a", "n": None}]
    with pytest.raises(BentoSetupError, match=r'file_options=\{"format": "csv"\}'):
        list(GeneratorSource(lambda: path).rows(Cursor()))


@pytest.mark.parametrize("made", [[{"a": 1}], pd.DataFrame({"a": [1]}), iter([{"a": 1}]), "[]"])
def test_options_for_files_need_a_file(made: object) -> None:
    """They would be ignored in silence."""
    with pytest.raises(BentoSetupError, match="file_options is for files"):
        list(GeneratorSource(lambda: made, file_options={"delimiter": ";"}).rows(Cursor()))
    with pytest.raises(BentoSetupError, match="did you mean delimiter"):
        GeneratorSource(lambda: made, file_options={"sep": ";"})


def test_an_endless_function_is_read_as_far_as_asked() -> None:
    """Nothing is read ahead."""
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for n in itertools.count():
            taken.append(n)
            yield n

    rows = GeneratorSource(endless).rows(Cursor())
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

    rows = GeneratorSource(holding).rows(Cursor())
    next(rows)
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert closed == [True]


def test_errors_of_the_function_are_its_own() -> None:
    """They are not ours to translate."""

    def failing() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    with pytest.raises(KeyError):
        list(GeneratorSource(failing).rows(Cursor()))


def test_a_function_may_fill_one_dict_again_and_again() -> None:
    """A row is looked at once more when its dead letter is written."""

    def made() -> Iterator[dict[str, int]]:
        row: dict[str, int] = {}
        for number in range(3):
            row["n"] = number
            yield row

    assert [row.data for row in list(GeneratorSource(made).rows(Cursor()))] == [{"n": 0}, {"n": 1}, {"n": 2}]
