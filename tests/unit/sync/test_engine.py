"""The comparison, beside a dict: whatever is known and seen, both say the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.sync.engine import Engine, Unchanged
from airflow_provider_bento.sync.entries import Entry

KEYS = [f"{number:032x}" for number in (1, 2, 3, 2**127)]
RECORDS = [f"{number:032x}" for number in (7, 8)]
DAY = 86_400
entries = st.lists(
    st.builds(
        Entry,
        key=st.sampled_from(KEYS),
        sent_at=st.sampled_from([DAY, 2 * DAY, 9 * DAY]),
        generation=st.sampled_from([3, 4]),
        record=st.sampled_from([None, *RECORDS]),
        released=st.booleans(),
    ),
    max_size=8,
)
sources = st.lists(st.tuples(st.sampled_from([None, *KEYS]), st.sampled_from([None, *RECORDS])), max_size=8)


def known(noted: list[Entry], forget_before: float = 0) -> dict[str, Entry]:
    """Return what is known: the newest entry of each key."""
    newest = {one.key: one for one in noted}
    return {key: one for key, one in newest.items() if not one.released and one.sent_at >= forget_before}


def compared(engine: Engine, source: list[tuple[str | None, str | None]]) -> None:
    """Show a source to an engine; a row without a key is invalid."""
    for position, (key, record) in enumerate(source):
        engine.see(position, key, record if key else None)
    engine.seen_all()


@settings(max_examples=15, deadline=None)
@given(entries, entries, sources, st.sampled_from([0, 2 * DAY]), st.sampled_from([None, 3]))
def test_a_base_and_newer_entries_are_known_as_a_dict_would_know_them(
    older: list[Entry], newer: list[Entry], source: list[tuple[str | None, str | None]], forget: int, not_by: int | None
) -> None:
    """People: who is unchanged, added, changed, invalid, gone; also after the base was written and read again."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.parquet"
        first = Engine()
        first.note(older)
        assert first.write_base(base, addresses=False) == len(known(older))
        engine = Engine(forget_before=forget)
        engine.load(base)
        engine.note(newer)
        compared(engine, source)
        people = known([*known(older).values(), *newer], forget)
        found = engine.compare(Unchanged(not_by=not_by))
        goes_on = {position: kind != "unchanged" for position, kind in engine.verdicts(0)}
        for position, (key, record) in enumerate(source):
            one = people.get(key or "")
            same = bool(key and record and one and one.record == record and one.generation != not_by)
            assert goes_on[position] == (not same)
        seen = {key for key, _ in source}
        assert {key for key, _ in engine.gone()} == people.keys() - seen
        assert (found.known, found.gone, found.total) == (len(people), len(people.keys() - seen), len(source))
        assert found.total == found.added + found.changed + found.unchanged + found.invalid


@settings(max_examples=15, deadline=None)
@given(entries, sources)
def test_a_key_goes_on_once_and_only_if_nobody_knows_it(
    noted: list[Entry], source: list[tuple[str | None, str | None]]
) -> None:
    """Events: the first valid row of each unknown key, whatever its record."""
    engine = Engine()
    engine.note(noted)
    compared(engine, source)
    found = engine.compare(Unchanged(once=True))
    done = set(known(noted))
    for position, kind in engine.verdicts(0):
        key, record = source[position]
        assert (kind != "unchanged") == (key is None or record is None or key not in done)
        done |= {key} if key and record else set()
    unsure = [key for key, one in known(noted).items() if one.record is None]
    assert found.unconfirmed == sum(record is not None and key in unsure for key, record in source)


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(KEYS), st.integers(1, 12), st.integers(1, 6))
def test_each_key_is_sent_again_once_a_period(key: str, days: int, period: int) -> None:
    """Never later than a period after it was sent; in between, not every day."""
    sent, again = 100 * DAY, 0
    for day in range(1, days + 1):
        engine = Engine()
        engine.note([Entry(key, sent, 1, RECORDS[0])])
        compared(engine, [(key, RECORDS[0])])
        unchanged = engine.compare(Unchanged(began=(100 + day) * DAY, resend_after=period * DAY)).unchanged
        if not unchanged:
            sent, again = (100 + day) * DAY, again + 1
        assert sent > (100 + day - period) * DAY
    assert days // period <= again <= days // period + 1


def test_a_baseline_takes_everybody_for_confirmed() -> None:
    """Nobody goes on, and the base has those who were seen beside those who were not."""
    engine = Engine()
    engine.note([Entry(KEYS[0], DAY, 3, None), Entry(KEYS[1], DAY, 3, RECORDS[0])])
    compared(engine, [(KEYS[0], RECORDS[1]), (KEYS[2], RECORDS[0]), (None, None)])
    assert engine.compare(Unchanged(forced="baseline")).unchanged == 2
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.parquet"
        assert engine.write_base(base, addresses=False, seen_as=Entry("", 2 * DAY, 4)) == 3
        again = Engine()
        again.load(base)
        compared(again, [(KEYS[0], RECORDS[1]), (KEYS[1], RECORDS[0]), (KEYS[2], RECORDS[0])])
        assert again.compare(Unchanged()).unchanged == 3


@pytest.mark.parametrize("forced", [True, False])
def test_a_full_refresh_lets_everybody_go_on(forced: bool) -> None:
    """Who is known, too."""
    engine = Engine()
    engine.note([Entry(KEYS[0], DAY, 3, RECORDS[0])])
    compared(engine, [(KEYS[0], RECORDS[0])])
    engine.compare(Unchanged(forced=forced))
    assert list(engine.verdicts(0)) == [(0, "changed" if forced else "unchanged")]
