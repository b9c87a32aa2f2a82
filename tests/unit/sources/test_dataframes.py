"""Dataframes and tables: their types as Python's, missing values as None, nothing imported that is not there."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.argument import check_argument, source_of


def rows(frame: object) -> list[Any]:
    """Return the rows of a frame."""
    return [row.data for row in source_of(frame, "events").rows(Cursor())]


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


GAPS = pd.DataFrame(
    {
        "id": [1001, None],
        "big": [2.0**53, None],
        "price": [9.5, None],
        "full": [1.0, 2.0],
        "none": [np.nan, np.nan],
        "odd": [np.inf, None],
        "minus": [-3.0, None],
    }
)
WHOLE = {"id": 1001, "big": 2.0**53, "price": 9.5, "full": 1.0, "none": None, "odd": float("inf"), "minus": -3}


@pytest.mark.parametrize(
    "frame",
    [
        GAPS,
        GAPS.astype("Float64"),
        GAPS.astype("double[pyarrow]"),
        pl.from_pandas(GAPS),
        pl.DataFrame({name: pl.Series(GAPS[name].to_numpy()) for name in GAPS}),
        pa.Table.from_pandas(GAPS),
        pa.table({name: GAPS[name].to_numpy() for name in GAPS}),
        pa.RecordBatch.from_pandas(GAPS),
    ],
    ids=range(8),
)
def test_integers_that_a_gap_made_float_are_integers(frame: Any) -> None:
    """A column decides as a whole: one without a gap, with a fraction, or too large stays as it is."""
    first, second = rows(frame)
    assert first == WHOLE
    assert {name: type(value) for name, value in first.items()} == {name: type(value) for name, value in WHOLE.items()}
    assert second == {name: 2.0 if name == "full" else None for name in WHOLE}
    if not hasattr(frame, "select"):
        assert frame["id"].dtype.kind == "f"  # the author's frame is as it was


def test_a_column_decides_over_all_slices() -> None:
    """A gap at the beginning, a fraction at the end; a resume decides as the first reading did."""
    frame = pd.DataFrame({"id": [None, *range(3000)], "x": [None, *range(2999), 0.5]})
    assert [type(row["id"]) for row in rows(frame)[1:]] == [int] * 3000
    assert [type(row["x"]) for row in rows(frame)[1:]] == [float] * 3000
    (last,) = [row.data for row in source_of(frame, "events").rows(Cursor(3000))]
    assert (last, type(last["id"])) == ({"id": 2999, "x": 0.5}, int)


def test_integers_stay_integers() -> None:
    """Categories, nullable and Arrow-backed ones."""
    for dtype in ("Int64", "int64[pyarrow]", pd.CategoricalDtype([1001, 7])):
        first, second = rows(pd.DataFrame({"id": pd.Series([1001, None], dtype=dtype)}))
        assert (first["id"], type(first["id"]), second["id"]) == (1001, int, None)


def test_arrays_in_cells_are_lists() -> None:
    """As pandas.read_parquet gives them, nested ones as well; what is missing in them is None."""
    inner = np.array([{"x": np.array([1.5, np.nan])}, None], dtype=object)
    cells = [np.array(["a", "b"], dtype=object), np.array([[1, 2]]), inner, [np.array([True]), pd.NA]]
    found = [row["c"] for row in rows(pd.DataFrame({"c": pd.Series(cells, dtype=object)}))]
    assert found == [["a", "b"], [[1, 2]], [{"x": [1.5, None]}, None], [[True], None]]
    (dated,) = rows(pd.DataFrame({"c": [np.array(["2026-01-02"], dtype="datetime64[ns]")]}))
    assert str(dated["c"][0]).startswith("2026-01-02")


def test_a_parquet_file_reads_as_the_frame_it_was(tmp_path: Path) -> None:
    """Lists, structs and maps, whether pandas, polars, Arrow or the file itself is pushed."""
    kind = pa.schema(
        {"l": pa.list_(pa.string()), "s": pa.struct({"x": pa.list_(pa.int64())}), "m": pa.map_(pa.string(), pa.int64())}
    )
    data = [{"l": ["a"], "s": {"x": [1, None]}, "m": {"k": 1}}, {"l": [], "s": None, "m": {}}, dict.fromkeys("lsm")]
    table = pa.Table.from_pylist(data, schema=kind)
    pq.write_table(table, tmp_path / "a.parquet")
    ways = [table, str(tmp_path / "a.parquet"), pd.read_parquet(tmp_path / "a.parquet", dtype_backend="pyarrow")]
    for way in ways:
        assert rows(way) == data
    assert [row["l"] for row in rows(pl.read_parquet(tmp_path / "a.parquet"))] == [["a"], [], None]
    first = rows(pd.read_parquet(tmp_path / "a.parquet"))[0]
    assert (first["l"], first["s"]) == (["a"], {"x": [1, None]})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.dictionary(pa.int8(), pa.string()), "a"),
        (pa.large_list(pa.large_string()), ["a", None]),
        (pa.list_(pa.float64(), 2), [1.0, None]),
        (pa.decimal128(5, 2), Decimal("1.10")),
        (pa.binary(), b"x"),
        (pa.date32(), date(2026, 1, 2)),
        (pa.struct({"m": pa.large_list(pa.struct({"x": pa.int8()}))}), {"m": [{"x": 1}, None]}),
    ],
    ids=str,
)
def test_arrow_types(kind: Any, value: Any) -> None:
    """As a table, and as pandas with these types below."""
    table = pa.table({"c": pa.array([value, None], kind)})
    for frame in (table, table.to_pandas(types_mapper=pd.ArrowDtype)):
        assert rows(frame) == [{"c": value}, {"c": None}]


def test_values_that_have_no_form_in_json_are_passed_on() -> None:
    """Periods, intervals, durations: whoever judges the record says what is wrong with them."""
    frame = pd.DataFrame({"p": pd.period_range("2026-01", periods=2, freq="M"), "o": [b"x", object()]})
    assert [type(row["p"]).__name__ for row in rows(frame)] == ["Period", "Period"]


@given(st.lists(st.none() | st.integers(-(2**54), 2**54) | st.floats(width=32), min_size=1, max_size=6))
def test_all_libraries_decide_alike(values: list[Any]) -> None:
    """The same column gives the same values, and none is changed but in its type."""
    column = pd.Series([np.nan if value is None else float(value) for value in values])
    frames = [column.to_frame("x"), pl.DataFrame({"x": column.to_numpy()}), pa.table({"x": column.to_numpy()})]
    found = [[row["x"] for row in rows(frame)] for frame in frames]
    wanted = [None if cell != cell else cell for cell in column]
    assert found == [wanted] * 3
    assert len({str([type(cell) for cell in cells]) for cells in found}) == 1


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
            found = [row.data["n"] for row in source_of(frame, "events").rows(Cursor(start))]
            assert found == list(range(start, 2500))


WRONG: list[tuple[Any, str]] = [
    (pd.Series([1]), "A Series cannot be read as records"),
    (pl.Series([1]), "A Series cannot be read as records"),
    (pl.DataFrame({"a": [1]}).lazy(), r"frame\.collect\(\)"),
    (pa.table({"a": [1]}).to_reader(), "only once"),
    (pa.array([1]), "cannot be read as records"),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns with the same name: 'a'"),
    (pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["b", "b"]), "two columns with the same name: 'b'"),
    (pd.DataFrame({("a", "x"): [1], ("a", "y"): [2]}), "multi-level columns.*Flatten them"),
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
