"""Counts of a comparison, what is tolerable, and the error."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from airflow_provider_bento.exceptions import BentoOutOfStep
from airflow_provider_bento.reconcile.counts import OTHER_FIELDS, Counts, allowed, judged


def some(**more: int) -> Counts:
    """Return counts of 100 people of whom 3 differ and 2 are missing."""
    found = Counts(
        **{"read": 120, "sampled": 100, "equal": 94, "different": 3, "missing": 2, "unsubscribed": 1, **more}
    )
    found.by_field = {"first_name": 1, "tags": 3}
    return found


@pytest.mark.parametrize(
    ("tolerate", "most"), [(0, 0), (0.0, 0), (0.29, 29), (0.999, 99), (1, 1), (7.0, 7), (0.001, 0)]
)
def test_a_tolerance_is_a_count_or_a_fraction(tolerate: float, most: int) -> None:
    """As max_failed is: 0.29 of 100 is 29."""
    assert allowed(tolerate, 100) == most


@pytest.mark.parametrize("tolerate", [5, 0.05, 99])
def test_what_is_tolerable_passes(tolerate: float) -> None:
    """Up to and including the tolerance."""
    counts = some()
    assert judged(counts, tolerate, noted=False) is counts


@pytest.mark.parametrize("tolerate", [0, 4, 0.049])
def test_more_than_that_is_an_error_with_the_counts(tolerate: float) -> None:
    """They survive pickling, and a retry may end differently."""
    with pytest.raises(
        BentoOutOfStep, match=r"5 of 100 people .*94 equal, 3 different \(tags 3, first_name 1\)"
    ) as caught:
        judged(some(), tolerate, noted=False)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.sampled, error.different, error.missing) == (100, 3, 2)
    assert error.by_field == {"tags": 3, "first_name": 1}
    assert error.recovery == "retry"


def test_the_error_says_where_the_people_are() -> None:
    """In the dead letters, or nowhere yet."""
    for noted, words in ((True, "replay_dead_letters="), (False, "Set dead_letters_path=")):
        with pytest.raises(BentoOutOfStep, match=words):
            judged(some(), 0, noted=noted)


def test_unsubscribed_people_are_not_out_of_step() -> None:
    """Nothing differs; the source does not say whether they are subscribed."""
    assert judged(Counts(read=9, sampled=9, unsubscribed=9), 0, noted=False).out_of_step == 0


def test_a_summary_is_small_however_many_fields_differ() -> None:
    """The fields that most people differ in come first, the others are counted together."""
    counts = some()
    counts.by_field = {f"a field with a long name {number} é": number for number in range(1, 1001)}
    summary = counts.summary()
    assert len(json.dumps(summary)) < 2048
    assert next(iter(summary["by_field"])) == "a field with a long name 1000 é"
    assert sum(summary["by_field"].values()) == sum(counts.by_field.values())
    assert OTHER_FIELDS in summary["by_field"]


def test_a_line_names_five_fields() -> None:
    """The log page has a width."""
    counts = Counts(different=7, by_field={f"f{number}": 7 - number for number in range(7)})
    assert counts.told() == "0 equal, 7 different (f0 7, f1 6, f2 5, f3 4, f4 3, 2 more fields)"


def test_these_counts_are_documented() -> None:
    """The page lists every key of the result."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "reconcile.md").read_text()
    assert [key for key in some().summary() if f"`{key}`" not in page] == []
