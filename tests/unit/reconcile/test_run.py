"""A comparison as a whole, with a Bento of plain objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api.responses import Person
from airflow_provider_bento.delivery.dead_letters import MemoryDeadLetters
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.exceptions import BentoInterrupted
from airflow_provider_bento.reconcile.counts import Counts
from airflow_provider_bento.reconcile.run import Reconciliation
from airflow_provider_bento.sources.merging import MergedSource


def person(*tags: str, since: str | None = None, **fields: Any) -> Person:
    """Return a person with tags of these ids."""
    return Person(id="1", uuid="u", email="", fields=fields, tag_ids=tags, unsubscribed_at=since, url=None)


class Bento:
    """People by address, tags by id; counts what is asked."""

    def __init__(self, people: Mapping[str, Person], tags: Mapping[str, str] | None = None) -> None:
        self.people = dict(people)
        self.tags = dict(tags or {})
        self.found: list[str] = []
        self.lists = 0

    def find(self, email: str) -> Person | None:
        """Return one of them."""
        self.found.append(email)
        return self.people.get(email)

    def tag_names(self) -> Mapping[str, str]:
        """Return the tags as they are now."""
        self.lists += 1
        return dict(self.tags)


class Told:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.planned_people: list[int] = []
        self.compared_people: list[int] = []

    def planned(self, counts: Counts) -> None:
        """Remember the plan."""
        self.planned_people.append(counts.sampled)

    def compared(self, counts: Counts) -> None:
        """Remember the progress."""
        self.compared_people.append(counts.compared)


def comparison(
    rows: list[Any],
    bento: Bento,
    *,
    sample: int | None = None,
    letters: MemoryDeadLetters | None = None,
    attempt: int = 1,
    stopped: Callable[[], bool] = lambda: False,
    told: Told | None = None,
) -> Reconciliation:
    """Return a comparison of these rows with that Bento."""
    source, sink = MergedSource(ListSource(rows)), letters or MemoryDeadLetters()
    return Reconciliation(source, bento, sample, "seed", sink, attempt, stopped, told or Told())


def test_every_person_is_counted_once() -> None:
    """Equal, different, missing, unsubscribed; invalid rows are not compared."""
    bento = Bento(
        {
            "a@x.io": person(n=1),
            "b@x.io": person(n=2),
            "d@x.io": person(since="2026-01-01", n=1),
            "e@x.io": person(since="2026-01-01", n=2),
            "f@x.io": person(since="2026-01-01"),
            "g@x.io": person(since="2026-01-01"),
        }
    )
    rows: list[Any] = [{"email": f"{name}@x.io", "n": 1} for name in "abcde"]
    rows += [{"email": "f@x.io", "command": "unsubscribe"}, {"email": "g@x.io", "command": "subscribe"}]
    rows += [{"email": "nobody"}, {"email": "A@x.io"}]
    counts = comparison(rows, Bento({**bento.people, "A@x.io": person(n=1)})).run()
    assert counts.summary() == {
        "read": 9,
        "sampled": 7,
        "equal": 2,
        "different": 3,
        "missing": 1,
        "unsubscribed": 1,
        "invalid": 1,
        "by_field": {"n": 2, "command": 1},
    }


def test_the_dead_letters_contain_who_differs_and_how() -> None:
    """With the record as the source has it; those who are equal are in no file."""
    letters = MemoryDeadLetters()
    rows = [{"email": "a@x.io", "n": 1}, {"email": "b@x.io", "n": 1}, {"email": "c@x.io"}, {"email": "nobody"}]
    comparison(rows, Bento({"a@x.io": person(n=1), "b@x.io": person(n=2)}), letters=letters, attempt=3).run()
    found = {at: (one.kind, one.field_errors[0].reason) for at, one in sorted(letters.letters.items())}
    assert found[1] == ("different", "Bento has 2")
    assert found[2] == ("missing", "Bento does not have this person")
    assert len(found) == 2
    assert letters.letters[1].record == rows[1]
    assert {(one.attempt, one.endpoint) for one in letters.letters.values()} == {(3, "subscribers")}


def test_another_attempt_forgets_what_the_first_one_found() -> None:
    """Everybody is compared again."""
    letters, bento = MemoryDeadLetters(), Bento({})
    comparison([{"email": "a@x.io"}], bento, letters=letters).run()
    bento.people["a@x.io"] = person()
    comparison([{"email": "a@x.io"}], bento, letters=letters, attempt=2).run()
    assert letters.letters == {}


def test_a_sample_asks_for_as_many_people() -> None:
    """The whole source is read, for the sample is drawn from all of it."""
    bento, told = Bento({}), Told()
    counts = comparison([{"email": f"p{n}@x.io"} for n in range(50)], bento, sample=5, told=told).run()
    assert (counts.read, counts.sampled, counts.missing) == (50, 5, 5)
    assert len(set(bento.found)) == len(bento.found) == 5
    assert (told.planned_people, told.compared_people) == ([5], [1, 2, 3, 4, 5])


def test_tags_are_listed_once_and_again_for_one_that_is_new() -> None:
    """A tag that is in no list was deleted: it does not count, and is not asked for again."""
    bento = Bento({f"p{n}@x.io": person("1", "gone") for n in range(4)}, {"1": "vip"})
    rows = [{"email": f"p{n}@x.io", "tags": "vip"} for n in range(4)]
    assert comparison(rows, bento).run().equal == 4
    assert bento.lists == 2
    rows[0]["remove_tags"] = "deleted"
    assert comparison(rows, bento).run().equal == 4


def test_a_tag_that_is_created_meanwhile_is_known() -> None:
    """It is in the next list."""
    bento = Bento({"a@x.io": person("2")}, {"1": "vip"})
    bento.tag_names = lambda: {"1": "vip"} if bento.found == [] else {"1": "vip", "2": "new"}  # type: ignore[method-assign]  # a Bento in which time passes
    assert comparison([{"email": "a@x.io", "tags": "new"}], bento).run().equal == 1


def test_nothing_is_asked_of_bento_without_people() -> None:
    """An empty source takes no request."""
    bento = Bento({})
    assert comparison([], bento).run().read == 0
    assert comparison([{"email": "nobody"}], bento).run().invalid == 1
    assert (bento.found, bento.lists) == ([], 0)


def test_a_stop_lets_no_further_person_be_read() -> None:
    """It says how far it came, and that nothing was changed."""
    bento = Bento({})
    stops = comparison([{"email": f"p{n}@x.io"} for n in range(9)], bento, stopped=lambda: len(bento.found) == 4)
    with pytest.raises(BentoInterrupted, match=r"after 4 of 9 people .*Nothing was changed"):
        stops.run()
    assert len(bento.found) == 4


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "x", "y"])), max_size=30),
    st.dictionaries(st.integers(0, 9), st.sampled_from(["", "x", "y"])),
    st.sampled_from([None, 1, 5, 100]),
)
def test_the_counts_add_up(rows: list[tuple[int, str]], people: dict[int, str], sample: int | None) -> None:
    """Whatever the source and Bento have: sampled = equal + different + missing + unsubscribed."""
    bento = Bento({f"p{number}@x.io": person(v=value) for number, value in people.items()})
    letters = MemoryDeadLetters()
    source = [{"email": f"p{number}@x.io", "v": value} for number, value in rows]
    counts = comparison(source, bento, sample=sample, letters=letters).run()
    last = dict(rows)
    assert counts.read == len(rows)
    assert counts.compared == counts.sampled == min(len(last), sample or 100)
    assert counts.out_of_step == len(letters.letters)
    if sample in (None, 100):
        assert counts.equal == sum(people.get(number) == value for number, value in last.items())
        assert counts.missing == len(last.keys() - people.keys())
