"""The largest value of a column: what counts, what can be compared, how it is stored, and when it stays."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError
from airflow_provider_bento.sync.watermark import Watch, from_stored, kind_of_value, reason_to_stay, to_stored

NAIVE = datetime(2026, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001  (many databases return such)
AWARE = NAIVE.replace(tzinfo=timezone(timedelta(hours=5, minutes=30)))


def highest(*values: Any, known: Any = None) -> Any:
    """Return the largest value."""
    watch = Watch("changed", known)
    for position, value in enumerate(values):
        watch.see(value, position)
    return watch.highest


@pytest.mark.parametrize("value", [0, -7, 10**30, 1.5, -0.1, "2026", "", Decimal("1.10"), date.min, NAIVE, AWARE])
def test_a_stored_value_comes_back_as_it_was(value: Any) -> None:
    """Its type, its digits and its offset survive JSON."""
    back = from_stored("changed", json.loads(json.dumps(to_stored("changed", value))))
    assert (back, type(back), str(back)) == (value, type(value), str(value))


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.datetimes() | st.dates())
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    """Whatever a driver returns."""
    back = from_stored("changed", json.loads(json.dumps(to_stored("changed", value))))
    assert (back, type(back)) == (value, type(value))


def test_a_zone_comes_back_as_its_offset() -> None:
    """The moment is the same."""
    moment = NAIVE.replace(tzinfo=ZoneInfo("Europe/Oslo"))
    back = from_stored("changed", to_stored("changed", moment))
    assert (back, back.utcoffset()) == (moment, timedelta(hours=1))


def test_the_largest_value_is_found() -> None:
    """Of rows in any order; numbers of all types are compared."""
    assert highest(3, 1, Decimal("3.5"), 2.5) == Decimal("3.5")
    assert highest("2026-01-02", "2026-01-10", "2026-01-03") == "2026-01-10"
    assert highest(AWARE, AWARE.astimezone(UTC) + timedelta(1), AWARE) == AWARE + timedelta(1)
    assert highest() is None


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), Decimal("NaN"), pd.NaT, np.float64("nan")])
def test_missing_values_do_not_count(missing: Any) -> None:
    """NULL, NaN, infinite."""
    assert highest(missing, 4, missing, 3) == 4
    assert highest(missing) is None


def test_values_of_numpy_and_pandas_count() -> None:
    """They are stored as Python's own."""
    found = (
        highest(np.int64(4), np.int64(9)),
        highest(np.datetime64("2026-01-02T03:04")),
        highest(pd.Timestamp(NAIVE)),
    )
    assert [to_stored("c", one)["value"] for one in found] == ["9", "2026-01-02T03:04:00", NAIVE.isoformat()]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (1, "planted", "is text in the row at position 1, but a number in a row before it"),
        (NAIVE, AWARE, "is a time with a time zone in the row at position 1, but a time without a time zone in"),
        (NAIVE, date(2026, 1, 1), "is a date in the row at position 1, but a time without a time zone in"),
    ],
)
def test_values_that_cannot_be_compared_are_named_by_type(first: Any, second: Any, words: str) -> None:
    """The column and both types are named, no value is."""
    with pytest.raises(BentoSetupError, match=f"watermark 'changed' {words}") as caught:
        highest(first, second)
    assert "planted" not in str(caught.value)


def test_a_value_is_compared_with_the_stored_one_at_once() -> None:
    """The first row shows that the column's type has changed, before anything is sent."""
    with pytest.raises(BentoSetupError, match=r"but text in the stored watermark: .*delete the stored watermark"):
        highest(1, known="2026")
    assert highest(1, known=7) == 1


@pytest.mark.parametrize("value", [True, b"\x00\x01", [1], timedelta(1), np.timedelta64(1, "s"), object()])
def test_values_that_do_not_grow_are_rejected(value: Any) -> None:
    """The type is named."""
    with pytest.raises(BentoSetupError, match=f"'changed' is a {type(value).__name__} in the row at position 0"):
        highest(value)


def test_a_person_is_never_stored() -> None:
    """A column of addresses has a largest value, too."""
    with pytest.raises(BentoSetupError, match="seems to contain email addresses") as caught:
        highest("planted@x.io")
    assert "planted" not in str(caught.value)


def test_what_is_stored_for_another_column_does_not_count() -> None:
    """The query now orders by something else."""
    assert from_stored("id", to_stored("changed", 7)) is None
    assert from_stored("id", None) is None


@pytest.mark.parametrize("damage", [7, "x", [], {}, {"column": "c", "type": "int", "value": "x"}, {"type": "bytes"}])
def test_a_damaged_value_is_an_error(damage: Any) -> None:
    """It is never taken for an absent one: everything would be read again."""
    with pytest.raises(BentoStateError, match="delete it to begin with watermark_start"):
        from_stored("c", damage)


def test_a_watermark_stays_while_a_record_is_not_confirmed() -> None:
    """The reason says how many."""
    assert reason_to_stay(RecordCounts(read=5, accepted=3, unchanged=2)) is None
    assert reason_to_stay(RecordCounts(read=3, invalid=1, rejected=1, skipped=1)) == (
        "2 records failed, 1 record skipped"
    )
    assert reason_to_stay(RecordCounts(read=9, in_doubt=9)) == "9 records in doubt"


def test_no_other_type_has_a_kind() -> None:
    """True is no number here."""
    with pytest.raises(BentoSetupError, match="not a bool"):
        kind_of_value(True)
