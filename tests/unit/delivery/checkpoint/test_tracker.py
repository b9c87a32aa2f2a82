"""What a checkpoint refuses, and what it looks like where it is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from delivery_law.fakes import parse, rows
from delivery_law.world import World

from airflow_provider_bento.delivery.checkpoint.state import PACKAGE, Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.counts import RecordCounts, RequestCounts
from airflow_provider_bento.delivery.replay import ReplayCheck
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoCountMismatch, BentoSourceChanged, BentoStateError, BentoSuperseded

PLAN = Plan("events", 3, 5_000_000, "list")
WIRE = RequestCounts(requests=7)


def chunks(count: int = 7) -> list[Chunk]:
    """Return the chunks of so many records."""
    items = validated(ListSource(rows(count)).rows(Cursor()), parse, max_bytes=10_000)
    return list(cut(items, max_records=3, max_bytes=10_000))


def opened(store: MemoryStore, number: int = 1, *, max_tries: int = 0, plan: Plan = PLAN) -> Checkpoints:
    """Return an attempt's checkpoint, opened."""
    checkpoints = Checkpoints(store, plan, TaskAttempt(number, max_tries))
    checkpoints.open()
    return checkpoints


def stored(**changed: Any) -> dict[str, Any]:
    """Return a stored checkpoint, with something changed."""
    value: dict[str, Any] = json.loads((Path(__file__).parent / "stored_states/version_2.json").read_text())
    return value | changed


def pending(**changed: Any) -> dict[str, Any]:
    """Return a stored in-flight chunk, with something changed."""
    first: dict[str, Any] = stored()["in_flight"][0]
    return first | changed


def took(chunk: Chunk) -> RecordCounts:
    """Return the counts of a full success."""
    return RecordCounts(read=chunk.rows, accepted=chunk.rows)


def test_starting_over_forgets_the_place_and_keeps_what_was_done_on_the_wire() -> None:
    """What was sent is known elsewhere; the plan, the fence and the counts of requests stay."""
    store, (first, second, _) = MemoryStore(), chunks()
    before = opened(store)
    before.begin(first, 1.0)
    before.commit(first, took(first), WIRE)
    before.begin(second, 2.0)
    after = opened(store, 2)
    assert (after.resumed, after.now.cursor.position, len(after.now.in_flight)) == (True, 3, 1)
    after.restart()
    assert (after.resumed, after.now.cursor, after.now.in_flight, after.now.counts) == (
        False, Cursor(), (), RecordCounts(),
    )  # fmt: skip
    assert (after.now.plan, after.now.request_counts) == (PLAN, WIRE)
    third = opened(store, 3)
    assert (third.now.cursor, third.now.request_counts.requests) == (Cursor(), 7)
    with pytest.raises(BentoSuperseded):
        after.restart()


def test_unchanged_records_are_counted_over_attempts() -> None:
    """They are read, and not sent."""
    store, (first, *_) = MemoryStore(), chunks()
    unchanged = msgspec.structs.replace(first, unchanged=5)
    before = opened(store)
    before.begin(unchanged, 1.0)
    before.commit(unchanged, RecordCounts(read=8, accepted=3, unchanged=5), WIRE)
    assert opened(store, 2).now.counts == RecordCounts(read=8, accepted=3, unchanged=5)


def test_absent_people_are_counted_over_attempts() -> None:
    """Older checkpoints do not have the count, and older versions refuse one that is not zero."""
    store = MemoryStore()
    store.set("checkpoint_1", stored(counts={"read": 3, "accepted": 3, "absent": 2}))
    assert opened(store, 2).now.counts.absent == 2
    assert "absent" not in msgspec.to_builtins(RecordCounts(read=3, accepted=3))


def test_a_first_attempt_starts_at_the_beginning() -> None:
    """And says that it did not resume."""
    checkpoints = opened(MemoryStore())
    assert (checkpoints.now.cursor, checkpoints.now.chunks, checkpoints.resumed) == (Cursor(), 0, False)


def test_what_is_resumed_is_the_newer_attempts() -> None:
    """Whoever looks into the store sees which attempt wrote it last."""
    store = MemoryStore()
    store.set("checkpoint_1", stored())
    checkpoints = Checkpoints(store, Plan(**stored()["plan"]), TaskAttempt(2, 1))
    assert (checkpoints.open().attempt, checkpoints.resumed) == (TaskAttempt(2, 1), True)


@pytest.mark.parametrize("done", [False, True])
def test_an_attempt_that_began_nothing_binds_nobody(done: bool) -> None:
    """Another plan is as good, and the version that encodes is ours; what was counted on the wire stays."""
    store = MemoryStore()
    store.set("checkpoint_1", stored(in_flight=[], chunks=0, cursor={"position": 0}, counts={}, done=done, green=done))
    plan = Plan("subscribers", 7, 9, "another")
    checkpoints = Checkpoints(store, plan, TaskAttempt(2, 1))
    now = checkpoints.open()
    assert (now.plan, now.attempt, now.package, now.done, checkpoints.resumed) == (
        plan,
        TaskAttempt(2, 1),
        PACKAGE,
        False,
        False,
    )
    assert now.request_counts.requests == stored()["request_counts"]["requests"] > 0
    assert Checkpoints(store, plan, TaskAttempt(2, 1)).open() == now


def test_reasons_add_up_and_survive() -> None:
    """From chunk to chunk, and from one attempt to the next; a commit without any changes none."""
    store = MemoryStore()
    checkpoints = opened(store)
    for part, reasons in zip(chunks(9), ({"a": 1}, {"a": 2, "b": 1}, {}), strict=True):
        checkpoints.begin(part, 1.0)
        checkpoints.commit(part, took(part), WIRE, reasons)
    assert opened(store, 2).now.reasons == {"a": 3, "b": 1}


def test_a_value_that_is_not_there_can_be_forgotten() -> None:
    """As in every store."""
    MemoryStore().delete("in_doubt")


@pytest.mark.parametrize("name", ["endpoint", "chunk_size", "max_chunk_bytes", "source"])
def test_a_changed_plan_is_named(name: str) -> None:
    """With the position and how to go on; nothing of the old checkpoint is lost."""
    store = MemoryStore()
    checkpoints = opened(store)
    checkpoints.begin(chunks()[0], 1.0)
    checkpoints.commit(chunks()[0], took(chunks()[0]), WIRE)
    changed: dict[str, Any] = {"endpoint": "subscribers", "chunk_size": 2, "max_chunk_bytes": 9, "source": "x"}
    plan = Plan(**({"endpoint": "events", "chunk_size": 3, "max_chunk_bytes": 5_000_000, "source": "list"}
                   | {name: changed[name]}))  # fmt: skip
    with pytest.raises(BentoSourceChanged, match=r"after position 3.*checkpoint_") as caught:
        opened(store, 2, plan=plan)
    assert caught.value.changed == (name,)
    for words in (
        f"last attempt: {name}. Restore it",
        "confirmed records are sent again",
        "state store",
    ):
        assert words in str(caught.value)
    assert opened(store, 3).now.chunks == 1


def test_books_that_do_not_add_up_are_not_stored() -> None:
    """The sum is checked before the cursor moves."""
    checkpoints = opened(MemoryStore())
    checkpoints.begin(chunks()[0], 1.0)
    with pytest.raises(BentoCountMismatch):
        checkpoints.commit(chunks()[0], RecordCounts(read=3, accepted=2), WIRE)
    assert checkpoints.now.chunks == 0


def test_an_intent_that_could_not_be_stored_is_none() -> None:
    """Nothing was sent, so nothing is in doubt when the store works again."""

    class Full(MemoryStore):
        full = False

        def set(self, key: str, value: Any) -> None:
            if self.full:
                raise BentoStateError("no room")
            super().set(key, value)

    store = Full()
    checkpoints = opened(store)
    store.full = True
    with pytest.raises(BentoStateError):
        checkpoints.begin(chunks()[0], 1.0)
    store.full = False
    checkpoints.save(WIRE)
    assert opened(store, 2).now.in_flight == ()


def test_the_time_of_an_intent_is_the_first_ones() -> None:
    """A broadcast made by the first request lies after it, however often it was meant again."""
    store = MemoryStore()
    opened(store).begin(chunks()[0], 1.0)
    later = opened(store, 2)
    later.begin(chunks()[0], 99.0)
    assert later.since(chunks()[0]) == 1.0
    assert later.since(chunks()[1]) is None


def test_the_time_of_an_intent_is_kept_in_milliseconds() -> None:
    """To save room."""
    checkpoints = opened(MemoryStore())
    checkpoints.begin(chunks()[0], 1.23456)
    assert checkpoints.since(chunks()[0]) == 1.235


def test_outcomes_may_come_in_any_order() -> None:
    """The cursor waits for the front; the counts of requests are the last ones."""
    store, parts = MemoryStore(), chunks()
    checkpoints = opened(store)
    for part in parts:
        checkpoints.begin(part, 1.0)
    checkpoints.commit(parts[2], took(parts[2]), RequestCounts(requests=1))
    checkpoints.commit(parts[1], took(parts[1]), RequestCounts(requests=2))
    assert (checkpoints.now.chunks, checkpoints.now.counts.read) == (0, 0)
    checkpoints.commit(parts[0], took(parts[0]), RequestCounts(requests=3))
    assert (checkpoints.now.chunks, checkpoints.now.counts.read, checkpoints.now.in_flight) == (3, 7, ())
    assert opened(store, 2).now.request_counts == RequestCounts(requests=3)


def test_an_older_attempt_can_do_nothing_more() -> None:
    """Neither begin nor end nor open; what it still writes is its own and changes nothing for the newer one."""
    store, parts = MemoryStore(), chunks()
    older = opened(store)
    older.begin(parts[0], 1.0)
    newer = opened(store, 2)
    for act in (
        lambda: older.begin(parts[1], 1.0),
        lambda: older.save(WIRE),
        older.check,
        older.open,
    ):
        with pytest.raises(BentoSuperseded):
            act()
    older.commit(parts[0], took(parts[0]), WIRE)
    with pytest.raises(BentoSuperseded):
        older.finish(green=True, request_counts=WIRE)
    newer.save(WIRE)
    assert [pending.number for pending in opened(store, 3).now.in_flight] == [0]
    with pytest.raises(BentoSuperseded):
        opened(store, 1)


def test_a_green_end_and_more_tries_start_afresh() -> None:
    """A red end, or a mere retry, does not."""
    for green, max_tries, chunks_done in ((True, 1, 0), (True, 0, 1), (False, 1, 1)):
        store, (part,) = MemoryStore(), chunks(3)
        checkpoints = opened(store)
        checkpoints.begin(part, 1.0)
        checkpoints.commit(part, took(part), WIRE)
        checkpoints.finish(green=green, request_counts=WIRE)
        later = opened(store, 2, max_tries=max_tries)
        assert (later.now.chunks, later.resumed) == (chunks_done, bool(chunks_done))
        assert later.now.done is bool(chunks_done)


def ended(store: MemoryStore, *, green: bool = True, max_tries: int = 0) -> None:
    """Let a first attempt send everything."""
    (part,) = chunks(3)
    checkpoints = opened(store, max_tries=max_tries)
    checkpoints.begin(part, 1.0)
    checkpoints.commit(part, took(part), WIRE)
    checkpoints.finish(green=green, request_counts=WIRE)


def test_a_clear_after_retries_were_lowered_starts_afresh() -> None:
    """Airflow then counts fewer tries than before."""
    store = MemoryStore()
    ended(store, max_tries=2)
    assert not opened(store, 2, max_tries=1).now.done


@pytest.mark.parametrize("green", [True, False])
def test_an_attempt_that_has_ended_does_not_come_again(green: bool) -> None:
    """Its DAG run was deleted and created again: reporting that all is sent would lose the new run's records."""
    store = MemoryStore()
    ended(store, green=green)
    with pytest.raises(BentoSourceChanged, match="deleted and created again") as caught:
        opened(store)
    assert caught.value.changed == ("the DAG run",)
    assert opened(store, 2).now.done


def test_a_success_after_a_clear_is_not_sent_again_by_a_retry() -> None:
    """The Clear was answered by the resume; only another one starts afresh."""
    store, (part,) = MemoryStore(), chunks(3)
    opened(store)
    cleared = opened(store, 2, max_tries=2)
    cleared.begin(part, 1.0)
    cleared.commit(part, took(part), WIRE)
    cleared.finish(green=True, request_counts=RequestCounts(requests=9))
    retried = opened(store, 3, max_tries=2)
    assert (retried.now.done, retried.now.request_counts) == (True, RequestCounts(requests=9))
    assert not opened(store, 4, max_tries=4).now.done


def test_a_word_is_used_up_without_a_second_intent() -> None:
    """The intent stays the one that it was, at its place."""
    store, (part,) = MemoryStore(), chunks(3)
    opened(store).begin(part, 1.0)
    told = opened(store, 2)
    store.set("in_doubt", "resend")
    told.adopt_choice()
    assert [pending.choice for pending in told.now.in_flight] == ["resend"]
    told.begin(part, 99.0)
    assert [(pending.number, pending.since, pending.choice) for pending in told.now.in_flight] == [(0, 1.0, None)]
    assert opened(store, 3).now.in_flight == told.now.in_flight


def test_an_end_with_something_under_way_is_none() -> None:
    """The source must have become shorter."""
    checkpoints = opened(MemoryStore())
    checkpoints.begin(chunks()[0], 1.0)
    with pytest.raises(BentoSourceChanged, match=r"after position 0, .*: the source now has fewer records"):
        checkpoints.finish(green=True, request_counts=WIRE)
    assert not checkpoints.now.done


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"v": 3}, "another version.*v=3, known: 2"),
        ({}, "another version.*v=None"),
        ({"v": 2}, "lacks attempt, chain, chunks, counts, cursor, in_flight, plan"),
        (stored(plan={}), "cannot be read.*plan"),
        (stored(in_flight=17), "cannot be read.*in_flight"),
        (stored(counts=[]), "cannot be read.*counts"),
        (stored(request_counts={"requests": "7"}), "cannot be read.*request_counts.requests"),
        (stored(request_counts={"refusals": None}), "cannot be read.*request_counts.refusals"),
        (stored(counts={"read": 2, "accepted": 1}), "do not add up"),
        (stored(in_flight=[pending(counts={"read": 3})]), "do not add up"),
        (stored(counts={"read": 1, "accepted": 2, "rejected": -1}), "do not add up"),
        (stored(counts={"read": 2, "merged": 2}), "a newer version with the additional count merged"),
        (stored(in_flight=[pending(counts={"read": 3, "put_off": 1, "merged": 2})]), "count merged, put_off"),
        ([1], "cannot be read"),
        ("text", "cannot be read"),
    ],
)
def test_what_cannot_be_read_stops_the_run(value: Any, words: str) -> None:
    """And says how to go on."""
    store = MemoryStore()
    store.set("checkpoint_1", value)
    with pytest.raises(BentoStateError, match=words) as caught:
        opened(store, 2)
    assert "'checkpoint_'" in str(caught.value)


def test_the_stored_value_is_small_plain_json_without_people() -> None:
    """Four chunks under way take less than 2 KB; no record's value is in it."""
    store = MemoryStore()
    checkpoints = opened(store)
    for part in chunks(12):
        checkpoints.begin(part, 1_700_000_000.0)
    stored = store.get("checkpoint_1")
    assert len(json.dumps(stored)) < 2048
    assert "r0" not in json.dumps(stored)
    assert stored["in_flight"][0]["start"] == {"position": 0}


def test_a_trail_is_the_same_chunks_or_a_changed_source() -> None:
    """Fewer, more or other ones before the cursor are not those that were sent."""
    parts, store = chunks(9), MemoryStore()
    checkpoints = opened(store)
    for part in parts[:2]:
        checkpoints.begin(part, 1.0)
        checkpoints.commit(part, took(part), WIRE)
    for again, same in ((parts, True), (parts[:1], False), ([parts[1], parts[0]], False), ([], False)):
        trail = ReplayCheck(checkpoints.now)
        assert [trail.covers(part) for part in again] == [part.number < 2 for part in again]
        if same:
            trail.check()
        else:
            with pytest.raises(BentoSourceChanged):
                trail.check()


def test_a_stored_checkpoint_is_read() -> None:
    """Whole, by the same attempt and by the next one."""
    for number in (1, 2):
        store = MemoryStore()
        store.set("checkpoint_1", stored())
        now = opened(store, number).now
        assert (now.chunks, now.cursor, now.counts.read, now.counts.created[0].name) == (1, Cursor(3), 3, "Spring")
        assert [(pending.number, pending.counts is None) for pending in now.in_flight] == [
            (1, True),
            (2, False),
            (3, False),
        ]
        assert now.request_counts == RequestCounts(4, 1, 1, 2.5, 0)
        assert ReplayCheck(now).covers(chunks(12)[0])


@pytest.mark.parametrize("request_counts", [{}, {"requests": 4}, {"requests": 4, "hedged": 9}])
def test_counts_of_requests_that_another_version_wrote_are_read(request_counts: dict[str, Any]) -> None:
    """What is not there is zero; what is not known says nothing about records."""
    store = MemoryStore()
    store.set("checkpoint_1", stored(request_counts=request_counts))
    assert opened(store, 2).now.request_counts == RequestCounts(requests=request_counts.get("requests", 0))


def test_counts_of_records_that_another_version_wrote_are_read_if_they_are_zero() -> None:
    """Nothing is lost then."""
    store = MemoryStore()
    store.set("checkpoint_1", stored(counts={"read": 3, "accepted": 3, "merged": 0, "names": []}))
    assert opened(store, 2).now.counts == RecordCounts(read=3, accepted=3)


@pytest.mark.parametrize(("number", "refusals"), [(1, 8), (2, 0)])
def test_429s_in_a_row_are_those_of_one_attempt(number: int, refusals: int) -> None:
    """They count on after its slot was given back; a retry begins anew."""
    store = MemoryStore()
    opened(store).save(RequestCounts(requests=9, throttled=8, refusals=8))
    assert opened(store, number).now.request_counts == RequestCounts(requests=9, throttled=8, refusals=refusals)


class Counting(MemoryStore):
    """Counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def get(self, key: str) -> Any:
        """Count, and return the value."""
        self.calls.append(f"get {key}")
        return super().get(key)

    def set(self, key: str, value: Any) -> None:
        """Count, and store the value."""
        self.calls.append(f"set {key}")
        super().set(key, value)


def test_a_chunk_takes_three_calls_of_the_store() -> None:
    """Two before it is sent and one afterwards; a repeat takes one more."""
    store, (part,) = Counting(), chunks(3)
    checkpoints = opened(store, 2)
    store.calls.clear()
    checkpoints.begin(part, 1.0)
    checkpoints.commit(part, took(part), WIRE)
    assert store.calls == ["set checkpoint_2", "get fence_2", "set checkpoint_2"]
    checkpoints.check()
    assert store.calls[3:] == ["get fence_2"]


@pytest.mark.parametrize("max_in_flight", [1, 4])
def test_a_push_takes_three_calls_a_chunk(max_in_flight: int) -> None:
    """However many chunks it has."""

    def calls(count: int) -> int:
        store = Counting()
        World(rows(3 * count), store=store, max_in_flight=max_in_flight).attempt()
        return len(store.calls)

    assert calls(20) - calls(10) == 3 * 10


def test_the_keys_of_a_stored_checkpoint_are_those_of_its_version() -> None:
    """Another key would be ignored by a reader, which would then start from the first record: raise VERSION instead."""
    store = MemoryStore()
    opened(store).save(WIRE)
    known = stored()
    value = store.get("checkpoint_1")
    assert (value["v"], value.keys() - {"package", "reasons"}) == (known["v"], known.keys() - {"package", "reasons"})
    assert value["request_counts"].keys() == known["request_counts"].keys() | {"refusals"}
    assert value["cursor"].keys() <= known["cursor"].keys()


def test_a_checkpoint_of_the_first_version_is_refused() -> None:
    """Its words counted other things; nothing is sent again because of that."""
    store = MemoryStore()
    store.set("checkpoint_1", json.loads((Path(__file__).parent / "stored_states/version_1.json").read_text()))
    with pytest.raises(BentoStateError, match=r"another version.*v=1, known: 2"):
        opened(store, 2)


def resumed_with_other_records(package: str, *, sent: int) -> BentoSourceChanged:
    """Return what is said of a checkpoint whose records another version of the package encoded."""
    store = MemoryStore()
    value = stored(package=package, in_flight=[pending(digest="other")] if sent else [], chain="other")
    store.set("checkpoint_1", value)
    now = opened(store, 2).now
    with pytest.raises(BentoSourceChanged) as caught:
        ReplayCheck(now).check() if not sent else opened(store, 3).finish(green=True, request_counts=WIRE)
    return caught.value


@pytest.mark.parametrize("sent", [0, 1])
@pytest.mark.parametrize(("package", "before"), [("", "an earlier version"), ("0.0.7", "0.0.7")])
def test_records_that_another_version_encoded_are_not_blamed_on_the_source_alone(
    package: str, before: str, sent: int
) -> None:
    """The package is named, too, as long as nothing was compared successfully; the upgrade itself stops nothing."""
    error = resumed_with_other_records(package, sent=sent)
    assert f"or airflow-provider-bento, which was upgraded from {before} to {PACKAGE}" in str(error)
    assert error.changed[1:] == ("airflow-provider-bento",)


def test_the_same_version_is_not_named() -> None:
    """Then it is the source."""
    assert opened(MemoryStore()).now.package == PACKAGE
    error = resumed_with_other_records(PACKAGE, sent=0)
    assert error.changed == ("the records already sent",)
    assert "upgraded" not in str(error)


def test_the_version_of_the_package_is_the_one_that_what_was_sent_agrees_with() -> None:
    """An upgrade is remembered until a chunk begins, before which all that was sent is compared."""
    store = MemoryStore()
    store.set("checkpoint_1", stored(package="0.0.7", in_flight=[]))
    upgraded = opened(store, 2)
    assert opened(store, 3).now.package == upgraded.now.package == "0.0.7"
    later = opened(store, 4)
    later.begin(chunks()[1], 1.0)
    assert opened(store, 5).now.package == PACKAGE
