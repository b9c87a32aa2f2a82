"""Rows in columns."""

from __future__ import annotations

from typing import Any

import pytest
from generated_rows import block, event, subscriber
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records.columns import event_parser, subscriber_parser
from airflow_provider_bento.api.records.table import Table

TABLE = Table({"a": [1, 2, 3], "b": ["x", None, "z"]}, 3)


def test_rows_are_made_when_they_are_asked_for() -> None:
    """By index, in order, and some of them."""
    assert (TABLE[0], TABLE[-1], len(TABLE)) == ({"a": 1, "b": "x"}, {"a": 3, "b": "z"}, 3)
    assert list(TABLE[1:]) == [{"a": 2, "b": None}, {"a": 3, "b": "z"}]
    assert (list(Table({}, 2)), list(TABLE[5:9])) == ([{}, {}], [])
    with pytest.raises(IndexError):
        TABLE[3]


@given(st.integers(0, 2**32), st.sampled_from([subscriber, event]))
@settings(deadline=None)
def test_a_table_is_judged_like_its_rows(seed: int, make: Any) -> None:
    """Whatever is in it, the keys in any order, with keys that no row may have."""
    rows = block(seed, make, 40)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    table = Table({key: [row.get(key) for row in rows] for key in keys}, len(rows))
    parser = subscriber_parser() if make is subscriber else event_parser()
    one_by_one, at_once = [parser(row) for row in table], parser.block(table)
    assert {index for index, found in enumerate(one_by_one) if isinstance(found, tuple)} == {
        index for index, found in at_once.alone.items() if isinstance(found, tuple)
    }
    bodies = iter(at_once.lines.split(b"\n"))
    for index, found in enumerate(one_by_one):
        alone = at_once.alone.get(index)
        if isinstance(found, tuple):
            assert alone == found
        else:
            assert (alone.body if alone is not None else next(bodies)) == found.body  # type: ignore[union-attr]  # a record
