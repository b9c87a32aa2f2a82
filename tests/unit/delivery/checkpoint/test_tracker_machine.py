"""The checkpoint as a state machine: whatever happens in whatever order, what is stored says what was confirmed."""

from __future__ import annotations

import pytest
from delivery_law.fakes import parse, rows
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.counts import RecordCounts, RequestCounts
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSourceChanged, BentoSuperseded

PLAN = Plan("events", 3, 5_000_000)
CHUNKS: list[Chunk] = list(
    cut(
        validated(ListSource(rows(17, bad=[4, 9, 10])).rows(Cursor()), parse, max_bytes=5_000_000),
        max_records=3,
        max_bytes=5_000_000,
    )
)
WIRE = RequestCounts(requests=1)


class CheckpointMachine(RuleBasedStateMachine):
    """Begin, commit, withdraw, crash, reschedule, take over, choose, finish, clear; compared with plain sets."""

    @initialize()
    def first_attempt(self) -> None:
        """Nothing is stored yet."""
        self.store = MemoryStore()
        self.tries, self.max_tries = 1, 0
        self.confirmed: set[int] = set()
        self.doubts: set[int] = set()
        self.stored_doubts: set[int] = set()
        self.done = self.green = False
        self.older: list[Checkpoints] = []
        self._open()

    def _open(self) -> None:
        self.now = Checkpoints(self.store, PLAN, TaskAttempt(self.tries, self.max_tries))
        self.now.open()
        self.doubts = set(self.stored_doubts)
        if not self.confirmed:  # a run that had nothing to do is no end: the next attempt looks again
            self.done = self.green = False

    @precondition(lambda self: not self.done)
    @rule(number=integers(0, len(CHUNKS) - 1))
    def begin(self, number: int) -> None:
        """A chunk's intent is stored."""
        if number in self.confirmed:
            return
        known = self.now.now.in_flight_chunk(number)
        self.now.begin(CHUNKS[number], 1000.0 + number)
        if known is not None and known.choice is None:  # a repeat: its intent stands, nothing is written
            return
        self.doubts.add(number)
        self.stored_doubts = set(self.doubts)

    @precondition(lambda self: self.doubts and not self.done)
    @rule(pick=integers(0, 99), accepted=integers(0, 3))
    def commit(self, pick: int, accepted: int) -> None:
        """A chunk's outcome is stored; others may still be under way."""
        number = sorted(self.doubts)[pick % len(self.doubts)]
        valid, invalid = len(CHUNKS[number].valid), len(CHUNKS[number].invalid)
        took = min(accepted, valid)
        self.now.commit(CHUNKS[number], RecordCounts(valid + invalid, took, invalid, valid - took), WIRE)
        self.doubts.discard(number)
        self.confirmed.add(number)
        self.stored_doubts = set(self.doubts)

    @precondition(lambda self: self.doubts and not self.done)
    @rule(pick=integers(0, 99))
    def withdraw(self, pick: int) -> None:
        """An intent is taken back, in memory; the store keeps the careful version until the next write."""
        number = sorted(self.doubts)[pick % len(self.doubts)]
        self.now.withdraw(CHUNKS[number], None)
        self.doubts.discard(number)

    @rule()
    def save(self) -> None:
        """What is known is stored before the run stops."""
        self.now.save(WIRE)
        self.stored_doubts = set(self.doubts)

    @rule(again=booleans())
    def crash(self, again: bool) -> None:
        """The process dies; the next one is a retry, or the same attempt after a reschedule (before its end)."""
        again = again and not self.now.now.done
        self.older.append(self.now)
        self.tries += not again
        self.older = [one for one in self.older if not again]
        self._open()

    @precondition(lambda self: self.older)
    @rule(pick=integers(0, 99), number=integers(0, len(CHUNKS) - 1), closing=booleans())
    def an_older_attempt_wakes_up(self, pick: int, number: int, closing: bool) -> None:
        """It is told to stop, and whatever it writes changes nothing."""
        older = self.older[pick % len(self.older)]
        with pytest.raises(BentoSuperseded):
            _ = older.save(WIRE) if closing else older.begin(CHUNKS[number], 1.0)
        with pytest.raises(BentoSuperseded):
            older.open()

    @rule(word=sampled_from(["hold", "resend", "skip"]))
    def choose(self, word: str) -> None:
        """A person's word is bound to what is in doubt now, and the key is gone."""
        self.store.set("in_doubt", word)
        self.now.adopt_choice()
        assert self.store.get("in_doubt") is None
        if self.doubts:
            self.stored_doubts = set(self.doubts)
        assert all(pending.choice == word for pending in self.now.now.in_flight if pending.counts is None)

    @precondition(lambda self: not self.done)
    @rule(green=booleans())
    def finish(self, green: bool) -> None:
        """Only a run with nothing under way can end."""
        if self.doubts or self.confirmed != set(range(len(self.confirmed))):
            with pytest.raises(BentoSourceChanged):
                self.now.finish(green=green, request_counts=WIRE)
        else:
            self.now.finish(green=green, request_counts=WIRE)
            self.done, self.green = True, green
            self.stored_doubts = set()

    @rule()
    def clear(self) -> None:
        """After a success a Clear starts afresh, else it resumes."""
        self.older.append(self.now)
        self.tries, self.max_tries = self.tries + 1, self.tries + 1
        if self.done and self.green:
            self.confirmed, self.stored_doubts, self.done, self.green = set(), set(), False, False
        self._open()

    @invariant()
    def what_is_stored_says_what_was_confirmed(self) -> None:
        """The cursor is after the confirmed front; the rest is in flight; the counts add up."""
        now = self.now.now
        front = next(number for number in range(len(CHUNKS) + 1) if number not in self.confirmed)
        assert now.chunks == front
        assert now.cursor == (CHUNKS[front - 1].end if front else Cursor())
        assert now.counts.read == sum(CHUNKS[number].rows for number in range(front))
        now.counts.balanced()
        numbers = [pending.number for pending in now.in_flight]
        assert numbers == sorted((self.confirmed | self.doubts) - set(range(front)))
        assert {pending.number for pending in now.in_flight if pending.counts is None} == self.doubts
        assert (now.done, now.green) == (self.done, self.green)

    @invariant()
    def the_store_never_forgets_an_intent(self) -> None:
        """What another process would find: all confirmed, and at least every doubt that was stored."""
        value = self.store.get(f"checkpoint_{self.tries}")
        assert {pending["number"] for pending in value["in_flight"] if "counts" not in pending} == self.stored_doubts
        assert value["chunks"] == self.now.now.chunks


TestCheckpointMachine = CheckpointMachine.TestCase
TestCheckpointMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
