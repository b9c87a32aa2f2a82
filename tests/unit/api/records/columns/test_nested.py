"""Details as columns, however deep they are."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api.records.columns.nested import Nesting, TooLarge


def judged(values: list[Any]) -> tuple[list[Any], set[int]]:
    """Return the clean values and the odd indexes."""
    clean, odd = Nesting().values(values, set(map(type, values)))
    return list(clean), set(odd)


def test_what_is_plain_is_returned_itself() -> None:
    """Lists of objects with lists."""
    values = [{"items": [{"a": 1, "b": ["x", None]}] * 3}] * 4
    assert Nesting().values(values, {dict})[0] is values


def test_a_missing_value_goes_from_an_object_and_stays_in_a_list() -> None:
    """Leaving it out of a list would move the others."""
    assert judged([{"a": None, "b": [None, 1]}, {"a": 2, "b": []}]) == ([{"b": [None, 1]}, {"a": 2, "b": []}], set())


def test_an_odd_value_deep_inside_is_named_by_its_outermost_index() -> None:
    """In a list of objects, or in a column of several kinds."""
    assert judged([{"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2**64}]}])[1] == {1}
    assert judged([{"a": 1}, [float("nan")], "x", {"a": object()}])[1] == {1, 3}


@pytest.mark.parametrize("key", ["", " ", "a\0", "\ud800"])
def test_a_key_that_cannot_be_a_name(key: str) -> None:
    """Only its own object is odd."""
    assert judged([{"a": 1}, {"a": 1, key: 2}])[1] == {1}


def test_what_does_not_end_is_not_walked() -> None:
    """Too deep, or too many values in all."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TooLarge):
        judged([endless])
    with pytest.raises(TooLarge):
        judged([[1] * 60_000, [2] * 60_000])
    with pytest.raises(TooLarge):  # before they are put together, which would take gigabytes
        judged([[[1] * 10_000] * 10_000])
    with pytest.raises(TooLarge):
        judged([{"a": [dict.fromkeys(map(str, range(1000)), 1)] * 50_000}])
