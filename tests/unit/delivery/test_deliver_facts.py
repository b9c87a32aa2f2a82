"""The path, fact by fact, in a world whose Bento and store are in memory."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from delivery_law.fakes import Item, parse, rows
from delivery_law.kills import OneWaySource
from delivery_law.world import Process, World

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, InFlightChunk, Plan, TaskAttempt
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.keeping import kept_chunks
from airflow_provider_bento.delivery.observer import Silent
from airflow_provider_bento.delivery.replay import chunks_left, chunks_of
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoEmptySource,
    BentoError,
    BentoInterrupted,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRecordError,
    BentoRefusedError,
    BentoSetupError,
    BentoSourceChanged,
    BentoTooManyFailed,
    BentoUnreachable,
)
from airflow_provider_bento.sources.functions import GeneratorSource


def failing(world: World, kind: type[BentoError], **changed: Any) -> BentoError:
    """Run the next attempt and return how it failed."""
    with pytest.raises(kind) as caught:
        world.attempt(**changed)
    assert type(caught.value) is kind
    return caught.value


def sent(world: World) -> list[list[str]]:
    """Return the records of each request."""
    return world.bento.requests


def test_records_travel_in_order_a_chunk_a_request() -> None:
    """Each with one permit, the last one with what is left."""
    world = World(rows(7))
    report = world.attempt()
    assert sent(world) == [["r0", "r1", "r2"], ["r3", "r4", "r5"], ["r6"]]
    assert (report.counts.read, report.counts.accepted, report.request_counts.requests, world.budget.taken) == (
        7,
        7,
        3,
        3,
    )
    assert not report.resumed


def test_no_records_are_a_success_without_a_request() -> None:
    """Whether they are to be a skipped task, the report lets the caller tell."""
    for word in ("success", "skip"):
        world = World([], on_empty=word)
        report = world.attempt()
        assert (report.empty, report.counts.read, report.resumed, sent(world)) == (True, 0, False, [])


@pytest.mark.parametrize("word", ["success", "skip", "fail"])
@pytest.mark.parametrize("after", ["a retry", "a clear"])
def test_after_a_run_without_records_the_source_is_read_again(word: str, after: str) -> None:
    """Also if it is another source by now, such as a file that was filled: nothing of the old one was sent."""
    world = World([], on_empty=word, source=Named("empty", []))
    with pytest.raises(BentoEmptySource) if word == "fail" else contextlib.nullcontext():
        world.attempt()
    world.rows = rows(2)
    if after == "a clear":
        world.clear()
    report = world.attempt(source=ListSource(world.rows))
    assert (report.counts.accepted, report.resumed, report.empty) == (2, False, False)


def test_no_records_may_be_an_error() -> None:
    """In a dry run as well; it is worth a retry. Bad records are records."""
    for dry in (False, True):
        error = failing(World([], on_empty="fail", validate_only=dry), BentoEmptySource)
        assert error.recovery == "retry"
    world = World(rows(2, bad=[0, 1]), on_empty="fail", max_failed=2)
    assert world.attempt().counts.invalid == 2


def test_an_empty_rest_is_no_empty_source() -> None:
    """What an earlier attempt read counts."""
    world = World(rows(3), on_empty="fail", max_failed=0, refusing=frozenset({"r0"}))
    failing(world, BentoTooManyFailed)
    failing(world, BentoTooManyFailed)
    assert not world.attempt(max_failed=1).empty


def test_what_sent_nothing_binds_nobody() -> None:
    """A file that is fixed after its fault was found is another file, and is read from its beginning."""
    world = World(rows(6, bad=[1]), on_invalid_record="fail", source=Named("bad", rows(6, bad=[1])))
    failing(world, BentoRecordError)
    report = world.attempt(source=Named("fixed", rows(6)), chunk_size=2)
    assert (report.counts.accepted, report.resumed) == (6, False)


@pytest.mark.parametrize("green", [True, False])
def test_a_source_that_is_fixed_after_all_of_it_was_rejected_is_read_again(green: bool) -> None:
    """Old counts are not repeated, and the letters of the old rows are gone."""
    world = World(rows(3, bad=[0, 1, 2]), max_failed=3 if green else 0, source=Named("bad", rows(3, bad=[0, 1, 2])))
    if green:
        assert world.attempt().counts.invalid == 3
    else:
        failing(world, BentoTooManyFailed)
    report = world.attempt(source=Named("fixed", rows(3)))
    assert (report.counts.read, report.counts.accepted, report.resumed) == (3, 3, False)
    assert not world.letters()


def test_waits_of_an_attempt_that_sent_nothing_are_counted() -> None:
    """The counts are of all attempts."""
    world = World(rows(2), script={0: "rejected"})
    failing(world, BentoRefusedError)
    assert world.attempt().request_counts.requests == 2


def test_a_chunk_of_bad_rows_only_is_settled_without_a_request() -> None:
    """Its rows are in the dead letters, the next chunk is sent."""
    world = World(rows(5, bad=[0, 1, 2]), chunk_size=3)
    counts = world.attempt().counts
    assert sent(world) == [["r3", "r4"]]
    assert (counts.invalid, counts.accepted) == (3, 2)
    assert sorted(world.letters()) == [0, 1, 2]


def test_bad_rows_at_the_end_are_counted() -> None:
    """They belong to the last chunk, or are one of their own."""
    for count in (4, 5, 8):
        world = World(rows(count, bad=[count - 2, count - 1]))
        assert world.attempt().counts.invalid == 2
        assert sorted(world.letters()) == [count - 2, count - 1]


def test_one_bad_record_keeps_all_from_being_sent() -> None:
    """Where the source can be read twice; all faults are in the letters, the first twenty in the error."""
    world = World(rows(40, bad=range(5, 30)), on_invalid_record="fail")
    error = failing(world, BentoRecordError)
    assert (sent(world), len(world.letters()), error.__dict__["count"]) == ([], 25, 25)
    assert len(error.__dict__["field_errors"]) == 20
    assert "position 5, bad: must not be there" in str(error)


def test_where_a_source_is_read_once_a_bad_record_stops_its_chunk() -> None:
    """What lies before it is confirmed; mended, the rest follows."""
    records = rows(7, bad=[4])
    world = World(records, on_invalid_record="fail", source=OneWaySource(records))
    error = failing(world, BentoRecordError)
    assert "from position 3 on" in str(error)
    assert sent(world) == [["r0", "r1", "r2"]]
    records[4]["bad"] = False
    world.attempt()
    assert sent(world)[1:] == [["r3", "r4", "r5"], ["r6"]]
    assert world.letters() == {}


def test_too_many_failures_turn_the_task_red_after_all_was_sent() -> None:
    """A retry sends nothing; with a higher tolerance it is green."""
    world = World(rows(7, bad=[1, 2]), max_failed=1)
    assert "2 of 7 records failed" in str(failing(world, BentoTooManyFailed))
    assert len(sent(world)) == 2
    failing(world, BentoTooManyFailed)
    assert world.attempt(max_failed=2).counts.invalid == 2
    assert len(sent(world)) == 2


@pytest.mark.parametrize(
    ("share", "bad", "green"), [(0.29, 29, True), (0.29, 30, False), (0.1, 10, True), (0.999, 99, True)]
)
def test_a_share_of_failures_is_exact(share: float, bad: int, green: bool) -> None:
    """29 of 100 are 0.29, although floats say less."""
    world = World(rows(100, bad=range(bad)), max_failed=share, chunk_size=50)
    with contextlib.nullcontext() if green else pytest.raises(BentoTooManyFailed):
        world.attempt()


def test_a_dry_run_sends_nothing_and_stores_nothing() -> None:
    """It says what a push would do."""
    world = World(rows(7, bad=[4]), validate_only=True, on_invalid_record="fail")
    report = world.attempt()
    assert (sent(world), world.checkpoint, report.dry, report.chunks) == ([], {}, True, 2)
    assert report.summary()["reasons"] == {"bad: must not be there": 1}
    assert (report.counts.valid, report.counts.invalid) == (6, 1)


def test_a_refused_chunk_is_sent_again_when_the_task_is() -> None:
    """Bento said no to all of it, so nothing is in doubt; what was before it is not repeated."""
    world = World(rows(6), script={1: "rejected"})
    assert failing(world, BentoRefusedError).positions == (3, 5)
    assert world.checkpoint["in_flight"] == []
    assert world.attempt().resumed
    assert sent(world) == [["r0", "r1", "r2"], ["r3", "r4", "r5"], ["r3", "r4", "r5"]]


def test_records_that_were_refused_may_be_mended_before_the_next_attempt() -> None:
    """Only what may have been applied must stay as it was."""
    world = World(rows(6), script={1: "rejected"})
    failing(world, BentoRefusedError)
    world.rows[4]["name"] = "mended"
    world.attempt()
    assert sent(world)[-1] == ["r3", "mended", "r5"]


@pytest.mark.parametrize(("changed", "position"), [(0, 0), (2, 0)])
def test_a_changed_record_that_was_confirmed_stops_the_resume(changed: int, position: int) -> None:
    """Before anything is sent; the message says what to do."""
    world = World(rows(6), script={1: "rejected"})
    failing(world, BentoRefusedError)
    world.rows[changed]["name"] = "other"
    error = failing(world, BentoSourceChanged)
    assert error.__dict__["changed"] == ("the records already sent",)
    assert "after position 3" in str(error)
    assert len(sent(world)) == 2


@pytest.mark.parametrize("size", [2, 4])
def test_another_chunk_size_stops_the_resume(size: int) -> None:
    """It would cut other chunks."""
    world = World(rows(6), script={1: "rejected"})
    failing(world, BentoRefusedError)
    assert failing(world, BentoSourceChanged, chunk_size=size).__dict__["changed"] == ("chunk_size",)


def test_another_source_stops_the_resume() -> None:
    """By its identity, before it is read."""
    world = World(rows(6), script={1: "rejected"}, source=Named("one"))
    failing(world, BentoRefusedError)
    assert failing(world, BentoSourceChanged, source=Named("two")).__dict__["changed"] == ("source",)


class Named(ListSource):
    """A list with an identity, costly to read twice."""

    rereadable = False

    def __init__(self, name: str, records: list[Any] | None = None) -> None:
        super().__init__(rows(6) if records is None else records)
        self.name = name

    def identity(self) -> str:
        """Return the name."""
        return self.name


@pytest.mark.parametrize("now", [rows(7)[1:], rows(7)[::-1], rows(2), []])
def test_a_function_that_gives_other_rows_stops_the_resume(now: list[Any]) -> None:
    """It is called again, and what was sent is compared: nothing goes out in its place, and it is no success."""
    world = World(rows(7), script={1: "rejected"}, source=GeneratorSource(lambda: iter(rows(7))))
    failing(world, BentoRefusedError)
    sent = len(world.bento.requests)
    error = failing(world, BentoSourceChanged, source=GeneratorSource(lambda: iter(now)))
    assert (error.__dict__["changed"], len(world.bento.requests)) == (("the records already sent",), sent)
    assert world.attempt(source=GeneratorSource(lambda: iter(rows(7)))).counts.accepted == 7


@pytest.mark.parametrize("one_way", [False, True])
def test_a_changed_chunk_behind_a_hole_stops_before_the_hole_is_filled(one_way: bool) -> None:
    """A later chunk was confirmed first; a record that moved from it into the hole would arrive twice."""
    kind, world = (OneWaySource if one_way else ListSource), World(rows(9))
    third = list(chunks_of(world.push(Process(), TaskAttempt())))[2]
    settled = InFlightChunk(2, third.start, third.end, third.digest, 0.0, counts=RecordCounts(read=3, accepted=3))
    done = Checkpoint(Plan("events", 3, 5_000_000), TaskAttempt(), in_flight=(settled,))
    same = chunks_left(world.push(Process(), TaskAttempt(), source=kind(rows(9))), done)
    assert [chunk.number for chunk in same] == [0, 1, 2]
    for now, words in (
        (rows(9)[:4] + rows(9)[5:], "the records of chunk 2"),
        (rows(5), "the source now has fewer records"),
    ):
        with pytest.raises(BentoSourceChanged, match=words):
            next(chunks_left(world.push(Process(), TaskAttempt(), source=kind(now)), done))


def test_a_person_who_held_may_be_overruled_later() -> None:
    """The word is for one attempt; what the message then names as ways on are ways on."""
    world = World(rows(7), script={1: "lost"})
    failing(world, BentoOutcomeUnknown)
    world.choose("hold")
    failing(world, BentoOutcomeUnknown, in_doubt="skip")
    assert world.attempt(in_doubt="skip").counts.skipped == 3


def test_told_to_stop_before_the_second_look_nothing_is_settled() -> None:
    """A broadcast may still appear until then; left as skipped it would be for good."""
    world = World(rows(2), endpoint="broadcasts", script={0: "lost"})
    world.clock.on_sleep = world.stop.set
    failing(world, BentoInterrupted, in_doubt="skip")
    world.clock.on_sleep = lambda: None
    world.stop.clear()
    assert world.attempt(in_doubt="skip").counts.skipped == 2


def test_a_changed_record_in_doubt_stops_the_resume() -> None:
    """Nobody could settle a doubt about something else."""
    world = World(rows(6), in_doubt="hold", script={1: "lost"})
    failing(world, BentoOutcomeUnknown)
    world.rows[5]["name"] = "other"
    assert failing(world, BentoSourceChanged).__dict__["changed"] == ("the records of chunk 1",)


def test_a_source_that_ends_before_what_is_in_doubt_is_no_success() -> None:
    """Else the doubt would be forgotten."""
    for source in (None, OneWaySource):
        world = World(rows(6), in_doubt="hold", script={1: "lost"})
        failing(world, BentoOutcomeUnknown, **({"source": source(world.rows)} if source else {}))
        del world.rows[3:]
        failing(world, BentoSourceChanged, **({"source": source(world.rows)} if source else {}))
        assert not world.checkpoint["done"]


def test_a_source_that_grew_behind_what_was_sent_is_welcome() -> None:
    """Nothing of what was promised changed."""
    world = World(rows(6), script={1: "rejected"})
    failing(world, BentoRefusedError)
    world.rows.append({"name": "new"})
    assert world.attempt().counts.accepted == 7


def test_a_success_is_not_sent_again_by_a_retry_but_by_a_clear() -> None:
    """A step of Airflow may fail after our counts were stored; a person who clears a success wants it sent."""
    world = World(rows(3))
    world.attempt()
    assert world.attempt().counts.accepted == 3
    assert len(sent(world)) == 1
    world.clear()
    assert not world.attempt().resumed
    assert len(sent(world)) == 2


def test_a_clear_after_a_failure_resumes() -> None:
    """Behind what is confirmed."""
    world = World(rows(6), script={1: "turned away"})
    failing(world, BentoAccessError)
    world.clear()
    assert world.attempt().resumed
    assert len(sent(world)) == 3


def test_a_word_that_is_none_stops_the_task() -> None:
    """Before anything is sent; the key stays, so that it can be mended."""
    world = World(rows(6), in_doubt="hold", script={1: "lost"})
    failing(world, BentoOutcomeUnknown)
    world.choose("yes")
    failing(world, BentoSetupError)
    assert world.store.get("in_doubt") == "yes"
    world.choose("resend")
    assert world.attempt().counts.accepted == 6


def test_a_word_is_kept_over_a_reschedule_and_an_outage() -> None:
    """A request that never reached Bento does not use it up."""
    world = World(rows(6), in_doubt="hold", script={1: "lost", 2: "unreachable", 3: "unreachable"}, max_attempts=1)
    failing(world, BentoOutcomeUnknown)
    world.choose("resend")
    failing(world, BentoUnreachable)
    world.budget.waits = [90.0]
    failing(world, BentoRateLimited, give_up_after=60.0)
    failing(world, BentoUnreachable)
    assert world.attempt().counts.accepted == 6


def test_a_word_is_used_up_by_the_request_that_follows_from_it() -> None:
    """If that one's outcome is unknown too, a person is asked again."""
    world = World(rows(6), in_doubt="hold", script={1: "lost", 2: "applied, lost"})
    failing(world, BentoOutcomeUnknown)
    world.choose("resend")
    assert failing(world, BentoOutcomeUnknown).__dict__.get("needs_decision", True)
    failing(world, BentoOutcomeUnknown)
    assert len(sent(world)) == 3


def test_several_chunks_in_doubt_are_named_together_and_told_apart() -> None:
    """One word for each, by its first position."""
    world = World(rows(6), in_doubt="hold", script={0: "lost", 1: "applied, lost"}, max_in_flight=2)
    world.bento.meet = threading.Barrier(2).wait
    error = failing(world, BentoOutcomeUnknown)
    assert error.__dict__["spans"] == ((0, 2), (3, 5))
    there = world.arrived()
    world.bento.meet = lambda: None
    world.choose({"0": "skip" if there["r0"] else "resend", "3": "skip" if there["r3"] else "resend"})  # type: ignore[arg-type]
    world.attempt()
    assert set(world.arrived().values()) == {1}
    assert len(world.arrived()) == 6


def test_what_retrying_cannot_help_is_told_before_what_it_can() -> None:
    """Of two requests under way one never reached Bento and one is in doubt: the task must not be retried."""
    for words in (("unreachable", "lost"), ("lost", "unreachable")):
        world = World(rows(6), in_doubt="hold", script=dict(enumerate(words)), max_in_flight=2, max_attempts=1)
        world.bento.meet = threading.Barrier(2).wait
        assert failing(world, BentoOutcomeUnknown).__dict__.get("needs_decision", True)


def test_skipped_records_are_in_the_dead_letters() -> None:
    """At most once means that a person can look."""
    world = World(rows(6), in_doubt="skip", script={0: "lost"})
    assert world.attempt().counts.skipped == 3
    assert set(world.letters().values()) == {"skipped"}


def test_a_doubt_of_harmless_records_ends_for_now_when_attempts_are_used_up() -> None:
    """The next attempt sends them again; no person is needed."""
    world = World(rows(3, idempotent=True), script=dict.fromkeys(range(5), "lost"))
    error = failing(world, BentoOutcomeUnknown)
    assert (error.__dict__["needs_decision"], error.maybe_applied, len(sent(world))) == (False, True, 5)
    assert world.attempt().counts.accepted == 3


def test_a_stop_ends_the_run_with_a_true_checkpoint() -> None:
    """No request starts, no intent stays behind, what was confirmed is not repeated."""
    world = World(rows(9))
    world.bento.watch = lambda names: world.stop.set() if "r3" in names else None
    failing(world, BentoInterrupted)
    assert (len(sent(world)), world.checkpoint["cursor"]["position"], world.checkpoint["in_flight"]) == (2, 6, [])
    world.stop.clear()
    world.bento.watch = lambda names: None
    assert world.attempt().counts.accepted == 9
    assert len(sent(world)) == 3


class Wandering(ListSource):
    """A source that gives other rows the second time."""

    def __init__(self, *readings: list[Any]) -> None:
        super().__init__([])
        self.readings = list(readings)

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield the next reading's rows."""
        return ListSource(self.readings.pop(0)).rows(after)


@pytest.mark.parametrize("kept_bytes", [0, 500, 8_000_000])
def test_what_is_sent_is_what_was_checked(monkeypatch: pytest.MonkeyPatch, kept_bytes: int) -> None:
    """Whether it was kept in memory or in a file: the source is not read once more."""
    monkeypatch.setattr(kept_chunks, "KEPT_BYTES", kept_bytes)
    world = World([], source=Wandering(rows(6), rows(4)))
    assert world.attempt().counts.accepted == 6
    assert sent(world) == [["r0", "r1", "r2"], ["r3", "r4", "r5"]]


def test_isolation_finds_the_refused_among_many() -> None:
    """By halving, within the rate limit; each half takes a permit, and only the guilty has a letter."""
    world = World(rows(16, idempotent=True), endpoint="subscribers", refusing=frozenset({"r5"}), chunk_size=16,
                  isolate_rejected=True)  # fmt: skip
    counts = world.attempt().counts
    assert (counts.accepted, counts.rejected, world.letters()) == (15, 1, {5: "rejected"})
    assert world.budget.taken == len(sent(world)) == 9


def test_an_isolation_that_breaks_off_is_done_again() -> None:
    """Its chunk was applied in part, so its intent stays; the next attempt sends it whole."""
    world = World(rows(4, idempotent=True), endpoint="subscribers", refusing=frozenset({"r1"}), chunk_size=4,
                  isolate_rejected=True, script={1: "rejected"})  # fmt: skip
    assert failing(world, BentoRefusedError).maybe_applied
    assert len(world.checkpoint["in_flight"]) == 1
    counts = world.attempt().counts
    assert (counts.accepted, counts.rejected, world.letters()) == (3, 1, {1: "rejected"})


@pytest.mark.parametrize("in_doubt", ["hold", "skip"])
def test_a_lost_reply_to_a_half_leaves_the_first_count(in_doubt: Any) -> None:
    """The whole chunk was answered already; its rejected ones become suspects, as without isolation."""
    world = World(rows(4, idempotent=True), endpoint="subscribers", refusing=frozenset({"r1"}), chunk_size=4,
                  isolate_rejected=True, in_doubt=in_doubt, script={1: "lost"})  # fmt: skip
    counts = world.attempt().counts
    assert (counts.accepted, counts.rejected, counts.in_doubt, counts.skipped) == (3, 1, 0, 0)
    assert sorted(world.letters()) == [0, 1, 2, 3]


def test_broadcasts_that_were_made_are_found_and_not_made_again() -> None:
    """A chunk made in part is completed; created ones are in the report."""
    world = World(rows(4), endpoint="broadcasts", chunk_size=4, script={0: "partly applied, lost"})
    report = world.attempt()
    assert sent(world) == [["r0", "r1", "r2", "r3"], ["r2", "r3"]]
    assert sorted(made.name for made in report.counts.created) == ["r0", "r1", "r2", "r3"]
    assert world.arrived() == dict.fromkeys(["r0", "r1", "r2", "r3"], 1)


def test_broadcasts_are_looked_for_twice_before_they_are_made_again() -> None:
    """A request that broke off may still be worked on for a moment."""
    world = World(rows(2), endpoint="broadcasts", script={0: "lost"})
    looked: list[Any] = []
    found = world.bento.find
    world.bento.find = lambda names, since: looked.append(world.clock.now) or found(names, since)  # type: ignore[method-assign,func-returns-value]
    world.attempt()
    assert len(looked) == 2
    assert looked[1] - looked[0] >= 10


def test_a_broadcast_that_would_be_mailed_is_held_where_it_is_not_found() -> None:
    """Nobody is mailed twice on a guess; a draft would be made again."""
    world = World(rows(2, approved=True), endpoint="broadcasts", script={0: "lost"})
    failing(world, BentoOutcomeUnknown)
    assert len(sent(world)) == 1
    world.choose("resend")
    assert world.attempt().counts.accepted == 2


def test_a_broadcast_of_the_same_name_made_earlier_is_not_taken_for_it() -> None:
    """Only what was made since the intent counts."""
    world = World(rows(2), endpoint="broadcasts", script={0: "lost"})
    world.bento.made["r0"] = world.clock.now - 3600
    world.attempt()
    assert sent(world)[1] == ["r0", "r1"]


@pytest.mark.parametrize(
    ("error", "kind", "needs_decision"),
    [
        (BentoOutcomeUnknown("no times"), BentoOutcomeUnknown, True),
        (BentoRefusedError("404"), BentoOutcomeUnknown, True),
        (BentoUnreachable("down"), BentoUnreachable, None),
        (BentoInterrupted("stop"), BentoInterrupted, None),
        (BentoAccessError("401"), BentoAccessError, None),
    ],
)
def test_a_look_up_that_fails_leaves_the_doubt(
    error: BentoError, kind: type[BentoError], needs_decision: bool | None
) -> None:
    """A person decides where it cannot tell; where it could not look, the next attempt looks again."""
    world = World(rows(2), endpoint="broadcasts", script={0: "applied, lost"})
    find = world.bento.find

    def failing_look(names: Any, since: float) -> Any:
        raise error

    world.bento.find = failing_look  # type: ignore[method-assign]
    caught = failing(world, kind)
    assert caught.maybe_applied
    assert needs_decision is None or caught.__dict__.get("needs_decision", True) is needs_decision
    assert len(world.checkpoint["in_flight"]) == 1
    world.bento.find = find  # type: ignore[method-assign]
    world.attempt()
    assert len(sent(world)) == 1


def test_broadcasts_that_stay_unknown_are_made_again_only_so_often() -> None:
    """Then the next attempt looks again."""
    world = World(rows(2), endpoint="broadcasts", script=dict.fromkeys(range(9), "lost"))
    assert not failing(world, BentoOutcomeUnknown).__dict__["needs_decision"]
    assert len(sent(world)) == 3


def test_names_used_before_the_mark_are_known_after_a_resume() -> None:
    """Also where reading twice is costly: a broadcast's name must not be used twice in a run."""

    def new_parser() -> Any:
        seen: set[str] = set()

        def judge(row: Any) -> Item | tuple[FieldError, ...]:
            item = parse(row)
            twice = row["name"] in seen
            seen.add(row["name"])
            return (FieldError("name", "stands twice"),) if twice else item

        return judge

    records = [*rows(4), {"name": "r0"}]
    world = World(
        records, endpoint="broadcasts", source=OneWaySource(records), script={1: "rejected"}, new_parser=new_parser
    )
    failing(world, BentoRefusedError)
    assert world.attempt().counts.invalid == 1
    assert world.arrived()["r0"] == 1


def test_a_defect_of_a_source_leaves_what_is_known_and_closes_it() -> None:
    """An exception that is none of ours passes through; requests under way land first, those not sent are no doubt."""
    closed: list[bool] = []

    class Breaking(OneWaySource):
        def rows(self, after: Cursor) -> Iterator[Row]:
            try:
                yield from super().rows(after)
                raise LookupError
            finally:
                closed.append(True)

    for max_in_flight in (1, 4):
        records = rows(7)
        world = World(records, source=Breaking(records), max_in_flight=max_in_flight)
        with pytest.raises(LookupError):
            world.attempt()
        assert closed.pop()
        assert world.checkpoint["cursor"]["position"] == sum(world.arrived().values())
        assert world.checkpoint["in_flight"] == []
        world.options["source"] = OneWaySource(records)
        assert world.attempt().counts.accepted == 7
        assert set(world.arrived().values()) == {1}


def test_a_source_is_closed_when_a_run_stops() -> None:
    """Cursors and files do not wait for the garbage collector."""
    closed: list[bool] = []

    class Open(OneWaySource):
        def rows(self, after: Cursor) -> Iterator[Row]:
            try:
                yield from super().rows(after)
            finally:
                closed.append(True)

    world = World(rows(9), source=Open(rows(9)), script={0: "rejected"})
    with pytest.raises(BentoRefusedError) as caught:
        world.attempt()
    assert closed == [True]
    assert caught.value.__traceback__ is not None


def test_people_are_never_in_two_requests_at_once() -> None:
    """An import of the same person waits until the first one is settled."""
    records = rows(9, idempotent=True)
    for number, record in enumerate(records):
        record["email"] = f"p{number % 3}@x.io"
    under_way: list[int] = []
    world = World(records, endpoint="subscribers", max_in_flight=3, chunk_size=3)
    world.bento.watch = lambda names: under_way.append(
        sum(map(len, world.bento.requests)) - len(world.bento.applied) * 3
    )
    world.attempt()
    assert set(under_way) == {0}


def test_rejected_and_refused_records_are_counted_by_reason_over_all_attempts() -> None:
    """Each attempt adds what it settled, whatever ended it; the result and the error tell."""
    world = World(
        rows(9, bad=[0, 4]), refusing=frozenset({"r2", "r8"}), names_refused=True, script={1: "rejected"}, max_failed=0
    )
    failing(world, BentoRefusedError)
    assert world.checkpoint["reasons"] == {"bad: must not be there": 2, "Bento rejected it: no": 1}
    error = failing(world, BentoTooManyFailed)
    counts = {"bad: must not be there": 2, "Bento rejected it: no": 2}
    assert error.__dict__["reasons"] == error.__dict__["summary"]["reasons"] == counts
    assert "\n  2 × Bento rejected it: no\n" in str(error)
    assert world.attempt(max_failed=4).summary()["reasons"] == counts


def test_reasons_of_chunks_ahead_of_the_mark_are_counted_once() -> None:
    """A chunk that was settled before one that failed is not sent, and not counted, again."""
    records = rows(9, bad=[1, 5, 8])
    world = World(records, endpoint="subscribers", max_in_flight=3, script={0: "rejected"}, max_failed=3)
    failing(world, BentoRefusedError)
    assert world.attempt().reasons == {"bad: must not be there": 3}


@pytest.mark.parametrize("options", [{}, {"validate_only": True}, {"on_invalid_record": "fail"}])
def test_a_row_that_is_no_mapping_is_a_mistake_of_the_dag(options: dict[str, Any]) -> None:
    """Red before anything is sent, whatever may be skipped and how many may fail."""
    records = [*rows(4), ["r4", "ann@example.com"], *rows(2)]
    error = failing(World(records, max_failed=99, **options), BentoRecordError)
    assert "The row at position 4 must be a dict of fields, and is of type list." in str(error)
    assert "sql_conn_id=" in str(error)
    assert error.positions == (4, 4)
    assert "ann" not in f"{error}{error.__dict__}"


def test_what_was_confirmed_before_a_row_that_is_no_mapping_stays_so() -> None:
    """Of a source that is read once, the chunks before it were sent; once it is fixed, the rest follows."""
    records: list[Any] = [*rows(5), None, *rows(8)[6:]]
    world = World(records, source=OneWaySource(records))
    failing(world, BentoRecordError)
    assert sent(world) == [["r0", "r1", "r2"]]
    records[5] = rows(6)[5]
    assert world.attempt().counts.accepted == 8
    assert world.arrived() == {f"r{number}": 1 for number in range(8)}


def test_a_row_that_its_source_could_not_read_is_a_bad_record() -> None:
    """Whatever was saved of it."""
    world = World([], source=Saved())
    assert world.attempt(max_failed=1).reasons == {"record: line 1 is not JSON": 1}


class Saved(ListSource):
    """Two rows, the first of which could not be read."""

    def __init__(self) -> None:
        super().__init__(rows(2))

    def rows(self, after: Cursor) -> Iterator[Row]:
        """Yield them."""
        for row in super().rows(after):
            yield Row(0, "{saved", None, "line 1 is not JSON") if row.position == 0 else row


class Heard(Silent):
    """Remembers what an observer hears of a run."""

    def __init__(self) -> None:
        self.plans: list[tuple[Any, ...]] = []
        self.read: list[int] = []
        self.shares: list[float | None] = []
        self.positions: list[int] = []
        self.chunks: list[tuple[int, int]] = []

    def planned(self, *plan: Any) -> None:
        """Remember."""
        self.plans.append(plan)

    def resumed(self, records: int) -> None:
        """Remember."""
        self.positions.append(records)

    def committed(self, counts: RecordCounts, share: float | None = None) -> None:
        """Remember."""
        self.read.append(counts.read)
        self.shares.append(share)

    def chunk(self, number: int, records: int) -> AbstractContextManager[object]:
        """Remember."""
        self.chunks.append((number, records))
        return contextlib.nullcontext()


def test_the_observer_hears_the_plan_each_chunk_and_each_commit() -> None:
    """How much there is and how long the rest takes; counts go on over attempts."""
    heard = Heard()
    world = World(rows(7), script={1: "rejected"}, observer=heard)
    world.budget.minimum_duration = lambda family, requests: requests * 10.0  # type: ignore[method-assign]
    failing(world, BentoRefusedError)
    report = world.attempt()
    assert heard.plans == [(7, 3, 30.0), (4, 2, 20.0)]
    assert heard.chunks == [(0, 3), (1, 3), (1, 3), (2, 1)]
    assert heard.read == [3, 6, 7]
    assert heard.shares == [3 / 7, 6 / 7, 1.0]
    assert heard.positions == [3]
    assert (report.request_counts.requests, report.resumed) == (4, True)
    world = World(rows(7), source=OneWaySource(rows(7)), observer=heard)
    world.attempt()
    assert heard.plans[-1] == (None, None, None)
