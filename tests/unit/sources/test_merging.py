"""One row a person: values, tags, order, memory, and what stays on the disk."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import peak_bytes

from airflow_provider_bento.api.records.subscriber import parse_subscriber
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sources.merging import MergedSource, merged

E = "ann@example.com"
B = "bob@example.com"

MERGES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
    ({"a": 1}, {"a": None}, {"a": 1}),
    ({"a": 1}, {"a": 0}, {"a": 0}),
    ({"a": None}, {}, {"a": None}),
    ({"tags": "x, y"}, {"tags": ["y", "z"]}, {"tags": ["x", "y", "z"]}),
    ({"tags": ["x"]}, {}, {"tags": ["x"]}),
    ({}, {"tags": "x"}, {"tags": ["x"]}),
    ({"tags": ["x", "y"]}, {"remove_tags": ["x"]}, {"tags": ["y"], "remove_tags": ["x"]}),
    ({"remove_tags": ["x", "y"]}, {"tags": "x"}, {"tags": ["x"], "remove_tags": ["y"]}),
    ({"tags": ["x"], "remove_tags": ["y"]}, {"tags": ["y"], "remove_tags": "x"}, {"tags": ["y"], "remove_tags": ["x"]}),
    ({"tags": None}, {"tags": None}, {"tags": None}),
    ({"tags": '["x", "y"]'}, {"tags": "{y,z}"}, {"tags": ["x", "y", "z"]}),
    ({"tags": np.array(["x"])}, {"remove_tags": '["x"]'}, {"tags": [], "remove_tags": ["x"]}),
    ({"tags": "x"}, {"tags": "[]"}, {"tags": ["x"]}),
]


@pytest.mark.parametrize(("earlier", "later", "both"), MERGES, ids=range(len(MERGES)))
def test_two_rows_of_one_person(earlier: dict[str, Any], later: dict[str, Any], both: dict[str, Any]) -> None:
    """The later value wins, None says nothing, tags are united, and what is added is not removed."""
    assert merged(earlier, later) == both


def rows(data: list[Any], after: Cursor | None = None) -> list[tuple[int, Any]]:
    """Return position and data of the merged rows."""
    return [(row.position, row.data) for row in MergedSource(ListSource(data)).rows(after or Cursor())]


def test_a_person_stands_where_they_stood_first() -> None:
    """Blanks and case of an address do not count; the last spelling is sent."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    found = rows([{"email": E, "n": 1}, {"email": B}, {"email": f" {E.upper()}", "at": moment}, {"email": "c"}])
    assert found == [(0, {"email": f" {E.upper()}", "n": 1, "at": moment}), (1, {"email": B}), (3, {"email": "c"})]


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\t", " \u3000 "])
def test_addresses_are_compared_as_they_are_sent(blank: str) -> None:
    """Whatever blanks stand around them, the last value is that of the last row."""
    found = rows([{"email": E, "x": 1}, {"email": f"{blank}{E}{blank}", "x": 2}, {"email": E.title(), "x": 3}])
    assert found == [(0, {"email": E.title(), "x": 3})]


def test_a_bad_row_takes_no_good_one_with_it() -> None:
    """Before, between or behind good rows of the same person: it stays alone, to be told at its position."""
    bad: list[dict[str, Any]] = [
        {"email": E, "tags": '["x"'},
        {"email": E, "Tags": "x"},
        {"email": E, "plan": [1]},
        {"email": E, "id": 7},
    ]
    for one in bad:
        for at in range(3):
            good = [{"email": E, "n": 1}, {"email": E, "m": 2}]
            found = rows([*good[:at], one, *good[at:]])
            whole = (1 if at == 0 else 0, {"email": E, "n": 1, "m": 2})
            assert found == sorted([whole, (at, one)], key=lambda pair: pair[0])


def test_rows_without_an_address_stay_as_they_are() -> None:
    """Also odd ones, which validation will tell."""
    odd = [
        {"email": None},
        {"email": ""},
        {"email": " "},
        {},
        None,
        "x",
        {"email": 7},
        {"email": ["a"]},
        {"email": "\ud800"},
    ]
    assert rows(odd + odd[:-1]) == list(enumerate(odd + odd[:-1]))


def test_faulty_rows_stay_as_they_are() -> None:
    """Their fault comes through."""

    class Source(ListSource):
        def rows(self, after: Cursor) -> Iterator[Row]:
            yield Row(0, {"email": E}, None)
            yield Row(1, {"email": E}, None, "line 2 is odd")

    assert [row.unreadable for row in MergedSource(Source([])).rows(Cursor())] == [None, "line 2 is odd"]


def test_what_cannot_be_pickled_is_refused_as_before() -> None:
    """It does not become text, which would be sent."""
    row = {"email": E, "x": lambda: None}
    ((_, data),) = rows([row])
    assert parse_subscriber(data) == parse_subscriber(row)


def test_duplicates_are_told_and_the_source_is_read_once(caplog: pytest.LogCaptureFixture) -> None:
    """Once for all readings of this process; the log says how many rows are no longer there."""
    caplog.set_level(logging.INFO)
    readings = []

    class Source(ListSource):
        def rows(self, after: Cursor) -> Iterator[Row]:
            readings.append(after)
            return super().rows(after)

    source = MergedSource(Source([{"email": E}] * 5 + [{"email": B}]))
    for _ in range(3):
        assert len(list(source.rows(Cursor()))) == 2
    assert (source.duplicates, readings) == (4, [Cursor()])
    assert [record.getMessage() for record in caplog.records] == [
        "Merged 4 rows into an earlier row with the same address"
    ]


CELLS: dict[str, list[Any]] = {
    "tags": [None, "x", ["x", "y"], '["y","z"]', "{z}", [], "", "x, z", ("y",), np.array(["z"]), {"x"}, '["', 7],
    "remove_tags": [None, "x", ["y"], '["z"]', "[]", "[x]"],
    "plan": [None, 1, "", "pro", False, object(), [1]],
    "command": [None, "subscribe", "unsubscribe", "no"],
    "Tags": [None, "x"],
    "first_name": [None, "Ann", " Ann "],
}
WHO = [E, E.upper(), f" {E}", f"{E}\u00a0", B, "no address", None, f"\u017f{E}"]


def held(data: list[Any]) -> dict[str, dict[str, Any]]:
    """Return what Bento holds after these rows, bad ones left out: tags are added, then removed, values replaced."""
    people: dict[str, dict[str, Any]] = {}
    for row in data:
        record = parse_subscriber(row)
        if isinstance(record, tuple):
            continue
        wire = json.loads(record.encode())
        person = people.setdefault(wire.pop("email").lower(), {"tags": {"y", "z"}})
        person["tags"] |= set(wire.pop("tags", "").split(",")) - {""}
        person["tags"] -= set(wire.pop("remove_tags", "").split(","))
        person |= wire
    return people


@given(
    st.lists(
        st.fixed_dictionaries(
            {"email": st.sampled_from(WHO)}, optional={k: st.sampled_from(v) for k, v in CELLS.items()}
        ),
        max_size=7,
    )
)
def test_bento_holds_the_same_as_without_merging(data: list[Any]) -> None:
    """Whatever the rows say and however they spell it; and each good person is sent once."""
    found = [row for _, row in rows(data)]
    assert held(found) == held(data)
    sent = [record.email.lower() for row in found if not isinstance(record := parse_subscriber(row), tuple)]
    assert len(sent) == len(set(sent))
    bad = [row for row in data if isinstance(parse_subscriber(row), tuple)]
    assert len([row for row in found if isinstance(parse_subscriber(row), tuple)]) == len(bad)


@given(st.lists(st.tuples(st.sampled_from([E, B, "c@example.com"]), st.sampled_from("xyz"), st.booleans())))
def test_merging_says_what_the_rows_say_one_after_another(given_rows: list[tuple[str, str, bool]]) -> None:
    """A model of Bento that takes the rows one by one ends with the same people as one that takes the merged rows."""

    def applied(records: list[Any]) -> dict[str, set[str]]:
        people: dict[str, set[str]] = {}
        for record in records:
            tags = people.setdefault(record["email"], {"y"})
            tags |= set(record.get("tags", []))
            tags -= set(record.get("remove_tags", []))
        return people

    records = [{"email": who, "tags" if adds else "remove_tags": [tag]} for who, tag, adds in given_rows]
    assert applied([data for _, data in rows(list(records))]) == applied(records)


def _open_files() -> set[str]:
    return {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}


def test_nothing_of_it_can_be_found_on_the_disk() -> None:
    """What does not fit into memory goes to a file that has no name any more."""
    before = _open_files()
    source = MergedSource(ListSource([{"email": f"{n}", "x": "x" * 1000} for n in range(10_000)]))
    next(iter(source.rows(Cursor())))
    (ours,) = [name for name in _open_files() - before if "etilqs_" in name]
    assert ours.endswith(" (deleted)")
    assert not Path(ours.removesuffix(" (deleted)")).exists()


def test_only_case_makes_addresses_equal() -> None:
    """A long s is another letter, and no address at all: it must not take a good row with it."""
    source = MergedSource(
        ListSource([{"email": "sam@x.io"}, {"email": "\u017fam@x.io"}, {"email": "SAM@x.io", "n": 1}])
    )
    assert [row.data for row in source.rows(Cursor())] == [{"email": "SAM@x.io", "n": 1}, {"email": "\u017fam@x.io"}]


@pytest.mark.slow
def test_memory_is_flat() -> None:
    """Ten megabytes of people, each twice, are merged in a few hundred kilobytes of Python."""

    class Source(ListSource):
        def rows(self, after: Cursor) -> Iterator[Row]:
            return (Row(n, {"email": f"p{n % 10_000}@example.com", "x": "x" * 500}) for n in range(20_000))

    def read() -> None:
        assert sum(1 for _ in MergedSource(Source([])).rows(Cursor())) == 10_000

    assert peak_bytes(read) < 1_000_000


def test_no_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room stops the run before anything is sent."""
    monkeypatch.setattr(
        "airflow_provider_bento.sources.merging._SCHEMA",
        "PRAGMA max_page_count = 3",
    )
    with pytest.raises(BentoStateError, match="TMPDIR"):
        rows([{"email": "a"}])
