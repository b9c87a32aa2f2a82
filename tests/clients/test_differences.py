"""What is compared, and the table of accepted differences."""

from __future__ import annotations

from pathlib import Path

import pytest
from clients.accepted import Found, no_longer, not_accepted, table
from clients.recorded_replies import REPLIES, from_recorded
from clients.shapes import Difference, differences, schema_of

_ROW = """
[[difference]]
against = "2021"
at = ["GET /a", "GET /b"]
field = ["x"]
is = "more"
why = "It is so."
"""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"data": [{"id": "1", "n": 1}]}, set()),
        ({"data": []}, set()),
        ({"data": [{"id": "1"}, {"id": "2", "n": 1}]}, {Difference("data[].n", "missing")}),
        ({"data": [{"id": "1", "n": 1, "m": 2}]}, {Difference("data[].m", "more")}),
        ({"data": [{"id": "1", "n": None}]}, {Difference("data[].n", "null, not integer")}),
        ({"data": None}, {Difference("data", "null, not array")}),
        ([], {Difference(".", "array, not object")}),
    ],
)
def test_a_difference_names_its_field(value: object, found: set[Difference]) -> None:
    """Missing, more, or another type; a field of a list's items is named once."""
    assert differences(value, schema_of({"data": [{"id": "string", "n": "integer"}]})) == found


def test_a_word_is_compared_as_it_is() -> None:
    """A type's name or an error's text."""
    assert differences("a", schema_of("=b")) == {Difference(".", "'a', not 'b'")}


def test_a_reply_is_compared_with_the_most_similar_one_of_its_status() -> None:
    """Nobody found is one reply, somebody another; another status of a success is a difference of its own."""
    assert from_recorded("2021", "GET /fetch/subscribers", 200, {}) == set()
    assert from_recorded("2021", "POST /batch/events", 200, {"results": 1}) == {Difference("status", "200, not 201")}
    assert from_recorded("2021", "GET /stats/site", 200, {}) == set()
    assert from_recorded("2021", "POST /batch/events", 400, {"error": "none recorded"}) == set()


def test_an_unknown_difference_and_a_row_that_is_none_are_named(tmp_path: Path) -> None:
    """The table says exactly what differs."""
    (tmp_path / "differences.toml").write_text(_ROW)
    rows = table(tmp_path / "differences.toml")
    found = {Found("2021", "GET /a", "x", "more"), Found("2021", "GET /c", "x", "more")}
    assert not_accepted(found, rows) == ["not in differences.toml: GET /c x: more (against 2021)"]
    assert no_longer(found, rows) == ["in differences.toml, but no longer so: GET /b x: more (against 2021)"]


def test_every_row_has_a_reason_and_is_written_once() -> None:
    """A reason is a sentence; two rows never accept the same difference."""
    rows = table()
    assert all(row.why.endswith(".") for row in rows)
    accepted = [found for row in rows for found in row.accepts()]
    assert len(accepted) == len(set(accepted)) > 0


def test_every_recorded_shape_is_a_schema() -> None:
    """None of them fails to be read."""
    for one in REPLIES:
        differences(None, schema_of(one.shape))
