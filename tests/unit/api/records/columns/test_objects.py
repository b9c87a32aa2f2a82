"""Objects as columns: alike, with gaps, or with other keys each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_provider_bento.api.records.columns.objects import objects
from airflow_provider_bento.api.records.columns.single import Judged, Kinds, scalars


def no_seven(values: Sequence[Any], kinds: Kinds) -> Judged:
    """Double numbers; seven is odd."""
    clean = [value * 2 if type(value) is int else value for value in values]
    return clean if int in kinds else values, {place for place, value in enumerate(values) if value == 7}


def plan(keys: tuple[str, ...]) -> list[Any]:
    """Return a judge of numbers for n, none for bad."""
    return [None if key == "bad" else no_seven if key == "n" else scalars for key in keys]


def test_only_what_changes_is_copied() -> None:
    """In the order of its keys."""
    dicts: list[dict[str, Any]] = [{"n": 1, "m": "x"}, {"n": None, "m": "y"}, {"m": "z", "n": "text"}]
    clean, odd = objects(dicts, plan)
    assert (list(clean), set(odd)) == ([{"n": 2, "m": "x"}, {"m": "y"}, {"m": "z", "n": "text"}], set())
    assert list(clean[0]) == ["n", "m"]
    assert clean[2] is dicts[2]
    assert dicts[0] == {"n": 1, "m": "x"}


def test_objects_with_gaps_are_one_table() -> None:
    """A key that an object lacks is not added."""
    dicts = [{"a": 1, "n": 1}, {"a": 1}, {"a": 1, "n": 7}]
    clean, odd = objects(dicts, plan)
    assert (clean[0], clean[1], set(odd)) == ({"a": 1, "n": 2}, {"a": 1}, {2})
    assert clean[1] is dicts[1]


def test_objects_with_nothing_in_common() -> None:
    """Each set of keys is a table; where there are too many of them, the rest is odd."""
    dicts = [{f"k{number % 30}{letter}": number for letter in "abc"} for number in range(300)]
    clean, odd = objects(dicts, plan)
    assert {number % 30 for number in odd} == set(range(20, 30))
    assert all(clean[number] is dicts[number] for number in range(300))


def test_a_key_without_a_judge_makes_its_objects_odd() -> None:
    """The others of the table are judged."""
    clean, odd = objects([{"n": 1}, {"n": 1, "bad": 2}, {"n": 1, "bad": None}], plan)
    assert (clean[0], set(odd)) == ({"n": 2}, {1, 2})


def test_a_required_key() -> None:
    """Missing in all, in one, or without a value."""
    assert list(objects([{"a": 1}], plan, required=("n",))[1]) == [0]
    assert set(objects([{"a": 1, "n": 1}, {"a": 1}, {"a": 1, "n": None}], plan, required=("n",))[1]) == {1, 2}


def test_a_key_that_is_no_text_makes_all_odd() -> None:
    """It may be anything."""
    assert len(objects([{"n": 1}, {1: 1}], plan)[1]) == 2
