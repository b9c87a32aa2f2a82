"""Columns of single values."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_bento.api.records.columns.single import by_value, converted, objects_only, scalars, texts


def judged(values: list[Any]) -> tuple[list[Any], set[int]]:
    """Return the clean values and the odd indexes of custom fields."""
    clean, odd = scalars(values, set(map(type, values)))
    return list(clean), set(odd)


def test_a_column_of_plain_values_is_returned_itself() -> None:
    """Nothing is copied."""
    for values in (["a", None], [1, 2], [0.5, True, "x"]):
        assert scalars(values, set(map(type, values)))[0] is values


@pytest.mark.parametrize("odd", [2**64, -(2**63) - 1, float("nan"), float("-inf"), [1], {}, b"x", 1j])
def test_one_odd_value_is_named_by_its_index(odd: Any) -> None:
    """Among numbers or alone of its type."""
    assert judged([1, 0.5, odd])[1] == {2}
    assert judged([odd])[1] == {0}


def test_types_with_one_exact_form_are_converted() -> None:
    """What has none is odd."""
    values = [Decimal("1.5"), datetime(2026, 1, 2, tzinfo=UTC), None, "x", Decimal("NaN")]
    clean, odd = judged(values)
    assert (clean[:4], odd) == ([1.5, "2026-01-02T00:00:00Z", None, "x"], {4})


def test_text_is_text_only() -> None:
    """A number is odd there."""
    assert texts(["a", None], {str, type(None)})[1] == frozenset()
    assert texts(["a", 1], {str, int})[1] == {1}


def test_values_that_repeat_are_converted_once() -> None:
    """And an invalid one is odd wherever it is."""
    asked: list[str] = []

    def upper(value: str) -> str:
        asked.append(value)
        if value == "bad":
            raise ValueError
        return value.upper()

    clean, odd = by_value(["a", "bad", "a", None, "bad"], upper)
    assert ([clean[0], clean[2], clean[3]], set(odd)) == (["A", "A", None], {1, 4})
    assert sorted(asked) == ["a", "bad"]


def test_values_of_other_types_are_not_converted() -> None:
    """If some types are named."""
    assert converted(["1", 2, None], int, of={str}) == ([1, 2, None], frozenset())


def test_what_is_no_object_is_odd_among_objects() -> None:
    """None is left out, as everywhere."""
    clean, odd = objects_only([{"a": 1}, None, 7, {"b": 2}], {dict, int, type(None)}, lambda dicts: (dicts, {1}))
    assert (list(clean), set(odd)) == ([{"a": 1}, None, 7, {"b": 2}], {2, 3})
