"""Columns mapped as columns: the same records as row by row, with their keys in the same order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api.records.table import Table
from airflow_provider_bento.delivery.source import blocks_of
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.dataframes import FrameSource
from airflow_provider_bento.sources.mapped_columns import mapped_table
from airflow_provider_bento.sources.mapping import MappedSource

VALUES = st.none() | st.integers(0, 3) | st.sampled_from(["x", ""])
FIELDS = {"email": "mail", "details.value.amount": "amount", "plan": "plan", "details.note": "note"}
CONSTANTS = {"type": "$purchase", "details.value.currency": "USD", "nothing": None}


def rows_of(source: Any, size: int) -> list[str]:
    """Return what a source yields in blocks, as JSON, so that the order of the keys counts; ``None`` is left out."""
    found = [row for block in blocks_of(source, Cursor(), lambda: size) for row in block]
    assert [row.position for row in found] == list(range(len(found)))
    return [json.dumps({key: value for key, value in row.data.items() if value is not None}) for row in found]


@given(
    st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=8),
    st.sampled_from([FIELDS, {"email": "mail"}, None]),
    st.sampled_from([CONSTANTS, {}, {"mail": "same", "more.deep": 1}]),
    st.integers(1, 9),
)
def test_columns_are_mapped_like_rows(rows: list[Any], columns: Any, constants: Any, size: int) -> None:
    """Flat fields and nested ones, with gaps, with constants over them."""
    dicts = [dict(zip(("mail", "amount", "plan", "note"), row, strict=True)) for row in rows]

    class Tables(FrameSource):
        def __init__(self) -> None: ...

        def rows(self, after: Cursor) -> Any: ...

        def blocks(self, after: Cursor, size: Any) -> Any:
            from airflow_provider_bento.delivery.values import RowBlock

            table = Table({key: [one[key] for one in dicts] for key in dicts[0]}, len(dicts))
            for begin in range(0, len(dicts), size()):
                yield RowBlock(begin, table[begin : begin + size()])

    in_columns = rows_of(MappedSource(Tables(), columns, constants), size)
    one_by_one = MappedSource(_OneByOne(dicts), columns, constants)
    assert in_columns == rows_of(one_by_one, size)


class _OneByOne:
    rereadable = resumable = True

    def __init__(self, dicts: list[Any]) -> None:
        self._dicts = dicts

    def identity(self) -> str:
        return ""

    def rows(self, after: Cursor) -> Any:
        from airflow_provider_bento.delivery.values import Row

        return (Row(position, data) for position, data in enumerate(self._dicts))


def test_what_is_not_to_be_mapped_as_columns() -> None:
    """A column inside an object, a missing one, a gap that would be inside an object, a constant inside a column."""
    table = Table({"a": [1, None], "o": [{"x": 1}, {}]}, 2)
    assert mapped_table(table, [(("e",), "o.x")], []) is None
    assert mapped_table(table, [(("e",), "missing")], []) is None
    assert mapped_table(table, [(("d", "e"), "a")], []) is None
    assert mapped_table(table, [], [(("o", "y"), 1)]) is None
    assert list(mapped_table(table, [(("e",), "a")], [(("d", "c"), 1)]) or ()) == [
        {"e": 1, "d": {"c": 1}},
        {"e": None, "d": {"c": 1}},
    ]


def test_a_missing_column_is_named_before_the_first_request() -> None:
    """As row by row."""
    source = MappedSource(FrameSource(pa.table({"mail": ["a@x.io"]})), {"email": "Mail"})
    with pytest.raises(BentoSetupError, match=r"no column 'Mail'. Its columns: mail"):
        list(blocks_of(source, Cursor(), lambda: 5))


def test_constants_have_the_same_order_in_every_process() -> None:
    """A retry in another process compares what was sent, byte by byte."""
    code = (
        "from airflow_provider_bento.delivery.source import ListSource\n"
        "from airflow_provider_bento.delivery.values import Cursor\n"
        "from airflow_provider_bento.sources.mapping import MappedSource\n"
        "constants = {f'{name}.x': 1 for name in ('details', 'fields', 'more', 'other', 'rest')}\n"
        "print([*MappedSource(ListSource([{}]), None, constants).rows(Cursor())][0].data)\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1
