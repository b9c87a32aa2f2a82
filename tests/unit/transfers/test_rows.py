"""Results of the hook as rows: each value has its column's type, or is null and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from airflow_provider_bento.transfers.rows import RowReader
from airflow_provider_bento.transfers.schemas import Column, Kind


class Part(msgspec.Struct, frozen=True):
    """A nested result."""

    id: str
    subject: str | None


class Result(msgspec.Struct, frozen=True):
    """What a hook returns, of any type."""

    value: Any


def read(kind: Kind, value: Any) -> tuple[Any, int]:
    """Return the value in its row, and how many were not readable."""
    reader = RowReader([Column("value", kind, "")])
    return reader.read(Result(value), {})["value"], reader.unreadable.total()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "a", "a"),
        ("text", 7, "7"),
        ("text", None, None),
        ("number", 12.5, 12.5),
        ("number", 12, 12.0),
        ("boolean", False, False),
        ("time", "2024-08-06T05:44:04.444Z", datetime(2024, 8, 6, 5, 44, 4, 444000, UTC)),
        ("time", "2024-08-06T07:44:04.444+02:00", datetime(2024, 8, 6, 5, 44, 4, 444000, UTC)),
        ("time", "2024-08-06 05:44:04", datetime(2024, 8, 6, 5, 44, 4, 0, UTC)),
        ("time", "2024-08-06T05:44:04.444999Z", datetime(2024, 8, 6, 5, 44, 4, 444000, UTC)),
        ("time", datetime(2024, 8, 6, 7, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 8, 6, 5, tzinfo=UTC)),
        ("json", {"open_rate": 1}, {"open_rate": 1}),
        ("json", (Part("1", "Hi"), Part("2", None)), ({"id": "1", "subject": "Hi"}, {"id": "2", "subject": None})),
        ("json", None, None),
    ],
)
def test_a_value_has_the_type_of_its_column(kind: Kind, value: Any, expected: Any) -> None:
    """Times are in UTC with milliseconds, nested results become plain values."""
    assert read(kind, value) == (expected, 0)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", {"a": 1}),
        ("text", True),
        ("time", "yesterday"),
        ("time", 7),
        ("time", "0001-01-01T00:00:00+14:00"),
        ("number", "12 %"),
        ("number", True),
        ("number", 10**400),
        ("boolean", "yes"),
    ],
)
def test_a_value_of_another_type_is_null_and_counted(kind: Kind, value: Any) -> None:
    """One strange value does not fail an export, and is not hidden."""
    assert read(kind, value) == (None, 1)


def test_what_the_caller_knows_goes_before_the_result() -> None:
    """A column that the result does not have at all is an error."""
    columns = [Column("form_id", "text", ""), Column("value", "text", "")]
    reader = RowReader(columns)
    assert reader.read(Result("x"), {"form_id": "f"}) == {"form_id": "f", "value": "x"}
    assert reader.rows == 1
    with pytest.raises(AttributeError):
        reader.read(Result("x"), {})
