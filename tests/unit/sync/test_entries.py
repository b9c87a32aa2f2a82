"""What a run notes: entries, their files and their hashes."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync.entries import (
    Entry,
    Hasher,
    decoded_segment,
    encoded_segment,
    opened_of,
    segment_name,
)

SALT = "00112233445566778899aabbccddeeff"
ENTRIES = st.builds(
    Entry,
    key=st.text("0123456789abcdef", min_size=32, max_size=32),
    sent_at=st.integers(0, 2**40),
    generation=st.integers(0, 2**40),
    record=st.none() | st.text("0123456789abcdef", min_size=32, max_size=32),
    email=st.none() | st.text(),
    released=st.booleans(),
)


@given(st.lists(ENTRIES, max_size=5))
def test_entries_come_back_as_they_were(entries: list[Entry]) -> None:
    """One line each, whatever an address contains."""
    data = encoded_segment(entries)
    assert list(decoded_segment("segments/x", data)) == entries
    assert data.count(b"\n") == len(entries) + 1  # and a digest


def test_a_line_has_only_what_is_known() -> None:
    """A record of a million people would be long otherwise."""
    line = encoded_segment([Entry("ab", 1, 2)]).splitlines()[0]
    assert json.loads(line) == {"key": "ab", "sent_at": 1, "generation": 2}


WHOLE = encoded_segment([Entry("ab", 1, 2, "cd", "a@b.co"), Entry("ef", 1, 2)])


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        *(WHOLE[:-5], WHOLE[:3], WHOLE[: WHOLE.index(b"\n") + 1], WHOLE.replace(b"ef", b"ee")),
        *(b"\xff", b"[]\n", WHOLE + b'{"key": 1}\n', WHOLE + b"\x00\x00"),
    ],
)
def test_a_damaged_segment_says_which_and_what_to_do(damage: bytes) -> None:
    """And shows nobody's address."""
    with pytest.raises(BentoStateError, match=r"segments/x is damaged.*Restore it.*start over") as caught:
        list(decoded_segment("segments/x", damage))
    assert "a@b.co" not in str(caught.value)


def test_an_empty_segment_has_no_entries() -> None:
    """It is no damage."""
    assert list(decoded_segment("segments/x", encoded_segment([]))) == []


def test_a_segment_is_named_for_its_writer_and_its_snapshot() -> None:
    """Names sort in the order in which they were written."""
    names = [segment_name(opened, number, SALT) for opened, number in ((2, 0), (2, 1), (2, 10), (10, 0))]
    assert names[0] == "segments/000000002-000000-00112233.jsonl"
    assert names == sorted(names)
    assert [opened_of(name.removeprefix("segments/"), SALT) for name in names] == [2, 2, 2, 10]


@pytest.mark.parametrize(
    "name",
    ["000000002-000000-ffffffff.jsonl", "x-000000-00112233.jsonl", "000000002-000000-00112233.json", "README", ""],
)
def test_a_file_of_another_snapshot_is_no_segment(name: str) -> None:
    """What a deleted one left behind has another salt."""
    assert opened_of(name, SALT) == 0


@given(st.lists(st.binary(), min_size=1, max_size=5))
def test_a_hash_is_keyed_and_of_one_value(values: list[bytes]) -> None:
    """BLAKE2b with the salt as its key, 32 digits; the values before it do not matter."""
    hasher = Hasher(SALT)
    expected = [hashlib.blake2b(value, key=bytes.fromhex(SALT), digest_size=16).hexdigest() for value in values]
    assert [hasher(value) for value in values] == expected
    assert {len(one) for one in expected} == {32}


def test_nobody_can_compare_two_snapshots() -> None:
    """One person has another hash in each."""
    assert Hasher(SALT)(b"a@b.co") != Hasher(SALT[::-1])(b"a@b.co")
