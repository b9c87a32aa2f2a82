"""What a row weighs: its texts, about; always the same, in bounded time."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.delivery.row_size import MOST_VALUES, VALUE_BYTES, weight


@pytest.mark.parametrize(
    "row",
    ["x" * 1000, b"x" * 1000, bytearray(1000), {"a": "x" * 1000}, {"x" * 1000: 1}, [["x" * 400], ("x" * 600,)],
     {"a": {"b": [{"c": "x" * 1000}]}}],
)  # fmt: skip
def test_texts_weigh_their_length_wherever_they_are(row: Any) -> None:
    """Beside a little for each value."""
    assert 1000 <= weight(row) <= 1000 + 9 * VALUE_BYTES


@pytest.mark.parametrize("row", [None, 7, 1.5, object(), "", b"", {}, [], ()])
def test_everything_else_weighs_little(row: Any) -> None:
    """But not nothing."""
    assert weight(row) == VALUE_BYTES


@pytest.mark.parametrize("many", [[0] * 1_000_000, dict.fromkeys(range(500_000)), set(range(1_000_000))])
def test_many_values_weigh_although_few_are_looked_at(many: Any) -> None:
    """A set's are only counted, since it has no order."""
    assert weight(many) == VALUE_BYTES * 1_000_001


def test_no_more_values_are_looked_at_than_is_said() -> None:
    """Also in a row that holds itself."""
    endless: list[Any] = []
    endless += [endless, endless]
    for row in (endless, dict.fromkeys(range(100_000), endless)):
        assert weight(row) < 30 * MOST_VALUES * VALUE_BYTES
