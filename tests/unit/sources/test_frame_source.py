"""Dataframes and tables: their types as Python's, missing values as None, nothing imported that is not there."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from airflow_provider_bento.delivery.values import Mark
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.argument import check_argument, source_of


def rows(frame: object) -> list[Any]:
    """Return the rows of a frame."""
    return [row.data for row in source_of(frame, "events").rows(Mark())]


def test_pandas_types_become_pythons() -> None:
    """Numbers, dates, categories, nullable types; NaN, NaT, NA and None are None; an index is left out."""
    frame = pd.DataFrame(
        {
            "i": np.array([1, 2], dtype="int32"),
            "f": [1.5, np.nan],
            "t": [pd.Timestamp("2026-01-02"), pd.NaT],
            "n": pd.array([1, None], dtype="Int64"),
            "s": ["é", None],
            "c": pd.Categorical(["a", None]),
            "b": [True, False],
            "d": [Decimal("1.10"), None],
        },
        index=["x", "y"],
    )
    first, second = rows(frame)
    moment = datetime(2026, 1, 2)  # noqa: DTZ001 - as the frame has it
    assert first == {"i": 1, "f": 1.5, "t": moment, "n": 1, "s": "é", "c": "a", "b": True, "d": Decimal("1.10")}
    assert {key for key, value in second.items() if value is None} == {"f", "t", "n", "s", "c", "d"}
    assert [type(first[key]) for key in "ifnb"] == [int, float, int, bool]


def test_polars_and_arrow_types_become_pythons() -> None:
    """Nested columns, nulls, NaN, dates."""
    moment = datetime(2026, 1, 2)  # noqa: DTZ001 - as the frame has it
    values = [{"x": 1.5, "l": ["a"], "t": moment}, {"x": float("nan"), "l": None, "t": None}]
    for frame in (pl.DataFrame(values), pa.Table.from_pylist(values), pa.RecordBatch.from_pylist(values)):
        assert rows(frame) == [{"x": 1.5, "l": ["a"], "t": moment}, {"x": None, "l": None, "t": None}]


@pytest.mark.parametrize(
    "empty", [pd.DataFrame(), pd.DataFrame({"a": []}), pl.DataFrame(), pl.DataFrame({"a": []}), pa.table({"a": []})]
)
def test_empty_frames_have_no_rows(empty: object) -> None:
    """With or without columns; and nobody asks whether a frame is true."""
    assert rows(empty) == []


def test_large_frames_are_cut() -> None:
    """More rows than are turned into Python at a time, with a resume anywhere."""
    for frame in (pd.DataFrame({"n": range(2500)}), pl.DataFrame({"n": range(2500)}), pa.table({"n": range(2500)})):
        assert [row["n"] for row in rows(frame)] == list(range(2500))
        for start in (999, 1000, 1001, 2499, 2500, 9999):
            found = [row.data["n"] for row in source_of(frame, "events").rows(Mark(start))]
            assert found == list(range(start, 2500))


WRONG: list[tuple[Any, str]] = [
    (pd.Series([1]), "A Series has no rows"),
    (pl.Series([1]), "A Series has no rows"),
    (pl.DataFrame({"a": [1]}).lazy(), r"frame\.collect\(\)"),
    (pa.table({"a": [1]}).to_reader(), "only once"),
    (pa.array([1]), "has no rows"),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns of one name: 'a'"),
    (pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["b", "b"]), "two columns of one name: 'b'"),
]


@pytest.mark.parametrize(("value", "words"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_frame_of_records(value: Any, words: str) -> None:
    """It is told at parse time as at run time."""
    for judge in (source_of, check_argument):
        with pytest.raises(BentoSetupError, match=words):
            judge(value, "events")


def test_a_subclass_is_a_frame() -> None:
    """GeoPandas and others inherit from pandas."""

    class Mine(pd.DataFrame):  # type: ignore[misc]
        pass

    assert rows(Mine({"a": [1]})) == [{"a": 1}]


def test_nothing_is_imported_for_a_list() -> None:
    """Neither dataframe libraries nor Airflow, neither for lists nor to recognise frames."""
    script = (
        "import sys\n"
        "from airflow_provider_bento.sources.argument import source_of\n"
        "source_of([{}], 'events'); source_of('[]', 'events')\n"
        "try: source_of(object(), 'events')\n"
        "except Exception: pass\n"
        "bad = {'pandas', 'polars', 'pyarrow', 'airflow', 'requests', 'zstandard', 'fsspec'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_an_index_without_a_name_is_no_field() -> None:
    """Pandas stores the index of a filtered frame beside the data."""
    table = pa.Table.from_pandas(pd.DataFrame({"email": ["b", "c"]}), preserve_index=True)
    assert "__index_level_0__" in table.column_names
    assert rows(table) == [{"email": "b"}, {"email": "c"}]
