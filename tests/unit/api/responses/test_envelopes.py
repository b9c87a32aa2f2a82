"""Objects and lists in the envelopes of all generations; what is no list is never an empty list."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses.envelope import counts, identity, item, items, number, whole
from airflow_provider_bento.exceptions import BentoUnreachable

LISTS = [
    responses.authors,
    responses.broadcasts,
    responses.fields,
    responses.form_responses,
    responses.people,
    responses.segments,
    responses.sequences,
    responses.tags,
    responses.workflows,
]
NO_LISTS = [None, {}, "x", 3, {"ok": True}, {"data": {}}, {"data": "x"}, {"data": [1]}, {"error": "no"}, ["odd"]]


@pytest.mark.parametrize("answer", NO_LISTS)
@pytest.mark.parametrize("read", LISTS)
def test_what_is_no_list_is_no_empty_list(read: Any, answer: Any) -> None:
    """A broadcast that is taken for missing would be made, and mailed, again."""
    with pytest.raises(BentoUnreachable, match="contains no list"):
        read(answer)


@pytest.mark.parametrize("answer", [{"data": []}, {"data": None}, []])
@pytest.mark.parametrize("read", LISTS)
def test_null_and_an_empty_list_contain_nothing(read: Any, answer: Any) -> None:
    """As Bento answers if there is nothing."""
    assert read(answer) == ()


@pytest.mark.parametrize("read", LISTS)
def test_an_object_without_any_attribute_is_read(read: Any) -> None:
    """Any attribute may be missing, and an id may be a number."""
    assert [one.id for one in read({"data": [{"id": 7, "attributes": {}}, {"id": 7}]})] == ["7", "7"]


@pytest.mark.parametrize(
    "answer", [{"data": {"id": 1, "a": 2}}, {"data": [{"id": 1, "a": 2}]}, {"id": 1, "a": 2}, [{"id": 1, "a": 2}]]
)
def test_one_object_is_read_in_every_envelope(answer: Any) -> None:
    """Under ``data`` or not, alone or the only one of a list."""
    assert item(answer) == ("1", {"id": 1, "a": 2})


@pytest.mark.parametrize("answer", [{}, [], None, "x", 7, {"data": None}, {"data": []}, {"data": {}}, {"data": "x"}])
def test_no_object_is_none(answer: Any) -> None:
    """A miss is 200 with an empty object or null."""
    assert item(answer) is None


def test_attributes_are_flat_or_in_their_own_object() -> None:
    """The id is beside them, or one of them."""
    deep, flat = {"id": "9", "attributes": {"name": "n"}}, {"attributes": {"id": 9, "name": "n"}}
    assert [(one, dict(inner)["name"]) for one, inner in items([deep, flat])] == [("9", "n"), ("9", "n")]
    assert identity({}) == ""


def test_counts_are_flat_or_wrapped() -> None:
    """Laravel's SDK expects them under ``data``; a reply that is no object has none."""
    assert counts({"a": 1}) == counts({"data": {"a": 1}}) == counts({"data": {"attributes": {"a": 1}}}) == {"a": 1}
    with pytest.raises(BentoUnreachable, match="is no object"):
        counts([1])


@pytest.mark.parametrize(
    ("value", "read", "counted"),
    [(7, 7.0, 7), ("7", 7.0, 7), (7.5, 7.5, None), ("12.3", 12.3, None), (True, None, None), ("x", None, None),
     (None, None, None), ([1], None, None), ("١", None, None), (10**400, None, None), (1e300, None, None)],
)  # fmt: skip
def test_numbers_may_be_written_as_text(value: Any, read: Any, counted: Any) -> None:
    """Nothing else is a number; half of a person is no count."""
    assert (number(value), whole(value)) == (read, counted)
