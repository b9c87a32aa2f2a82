"""Invalid and rejected records by reason: few kinds, short, nothing lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, integers, lists, text

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.problems import InvalidRecords, invalid_records
from airflow_provider_bento.delivery.reasons import ALL_BYTES, MOST_BYTES, added, by_reason, of_field_errors, shortened
from airflow_provider_bento.delivery.validated_rows import InvalidRow
from airflow_provider_bento.delivery.values import Row


@given(lists(dictionaries(text(), integers(1, 1_000_000), max_size=30), max_size=5))
def test_no_count_is_lost_and_there_is_never_much_to_store(counts: list[dict[str, int]]) -> None:
    """Ten kinds and one count of all others, in less than a kilobyte of ASCII."""
    total: dict[str, int] = {}
    for more in counts:
        total = added(total, more)
        assert added(total, {}) == total
    assert sum(total.values()) == sum(number for more in counts for number in more.values())
    assert len(total) <= 11
    assert len(json.dumps(total)) <= ALL_BYTES < 1250


@given(text())
def test_a_long_reason_is_cut_once(reason: str) -> None:
    """To one line that fits; cut again it is the same."""
    short = shortened(reason)
    assert len(json.dumps(short)) <= MOST_BYTES
    assert shortened(short) == short
    assert "\n" not in short


def test_numbers_make_no_kinds() -> None:
    """Nor do the lines of a file or the places in a list; a reason that stands alone keeps its own."""
    counts: dict[str, int] = {}
    for line in range(50):
        counts = added(counts, {f"record: line {line:,} of people2.jsonl is not JSON, at character {line}": 1})
    counts = added(counts, {"details.cart.items[0].price: must be at least 1": 1})
    assert counts == {
        "record: line N of people2.jsonl is not JSON, at character N": 50,
        "details.cart.items[0].price: must be at least 1": 1,
    }


def test_the_length_of_a_number_makes_no_kind() -> None:
    """Also of a reason that is too long, and cut after the number."""
    counts: dict[str, int] = {}
    for line in (9, 99, 999, 9_999):
        why = (
            f"record: line {line} of a-file-with-a-long-name.csv is no CSV: unexpected end of data (a quote that is no"
        )
        counts = added(counts, {why: 1})
    assert list(counts.values()) == [4]


def test_a_record_counts_once_a_reason() -> None:
    """However often it has the error; with two different ones it is in two."""
    field_errors = [
        FieldError("email", "is missing"),
        FieldError("email", "is missing"),
        FieldError("", "is 5 bytes too long"),
    ]
    assert of_field_errors(field_errors) == {"email: is missing": 1, "record: is 5 bytes too long": 1}


def test_the_most_frequent_kind_is_listed_first() -> None:
    """All others last; without any there is no heading."""
    assert by_reason({"a: x": 1, "other kinds": 1_500, "b: y": 20}) == [
        "Records by reason:",
        "  20 × b: y",
        "  1 × a: x",
        "  1,500 × other kinds",
    ]
    assert by_reason({}) == []


@pytest.mark.parametrize(
    ("errors", "first", "last"),
    [
        (1, "1 invalid record, 1 field error:", "Nothing was sent. Fix it, or set on_invalid_record='drop' "),
        (2, "1 invalid record, 2 field errors:", "Nothing was sent. Fix them, or set on_invalid_record='drop' "),
    ],
)
def test_the_error_of_invalid_records_agrees_in_number(errors: int, first: str, last: str) -> None:
    """The verb is followed by "it" for one field error, by "them" for several."""
    found = InvalidRecords()
    found.add(InvalidRow(Row(3, None), (FieldError("email", "is missing"),) * errors))
    lines = str(invalid_records(found, "Nothing was sent.")).splitlines()
    assert lines[0] == first
    assert lines[-1].startswith(last)
