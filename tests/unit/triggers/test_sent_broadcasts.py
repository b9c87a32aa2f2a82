"""The trigger for watchers, over real HTTP against the sandbox; time is injected, and the asset's state is a dict."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from unit.triggers.timers import FakeTimer

from airflow_provider_bento import version_compat
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.triggers import seen as seen_module
from airflow_provider_bento.triggers.bento import BentoBroadcastSentTrigger
from airflow_provider_bento.triggers.seen import KEY, SeenBroadcasts
from airflow_provider_bento.triggers.sent_broadcasts import SETTLING
from airflow_provider_bento.triggers.sent_list import LONGEST_LIST, WHOLE_EVERY, Listing, Sent

events_exist = pytest.mark.skipif(version_compat.BaseEventTrigger is None, reason="this Airflow has no event triggers")


class Store:
    """The state of one asset.

    :param fails: whether it cannot be reached.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.fails = False
        self.writes = 0

    async def aget(self, key: str, default: Any = None) -> Any:
        """Return a value."""
        if self.fails:
            raise RuntimeError("no store")
        return self.values.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        """Keep a value."""
        if self.fails:
            raise RuntimeError("no store")
        self.writes += 1
        self.values[key] = value


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> FakeTimer:
    """Return the time of all triggers."""
    timer = FakeTimer()
    monkeypatch.setattr(BentoBroadcastSentTrigger, "timer", timer)
    monkeypatch.setattr(BentoBroadcastSentTrigger, "_intervals", {})
    return timer


def send(*names: str, hook: BentoHook | None = None) -> None:
    """Have Bento send broadcasts."""
    content = {"subject": "s", "content": "<p>Hi</p>", "type": "plain", "inclusive_tags": "t"}
    sent = {"approved": True, "send_at": "2020-01-01T00:00:00Z", "from": {"email": "a@x.io", "name": "A"}}
    for name in names:
        (hook or BentoHook()).create_broadcasts([{"name": name, **content, **sent}], allow_send=True)


def watcher(store: Any = None, interval: float = 300.0) -> BentoBroadcastSentTrigger:
    """Return a watcher as the triggerer prepares it."""
    made = BentoBroadcastSentTrigger(poll_interval=interval)
    made.asset_state_store = store
    return made


def listing(*ids: object, whole: bool = True) -> Listing:
    """Return broadcasts of these ids, the newest first."""
    return Listing(tuple(Sent(str(one), "n") for one in ids), whole)


async def polls(trigger: BentoBroadcastSentTrigger, timer: FakeTimer, world: dict[int, Any], most: int) -> list[str]:
    """Run a watcher for some polls; return the names that it fired for.

    :param world: what happens before the poll of each number; the first is 0.
    """
    names, done = [], 0

    async def stream() -> AsyncIterator[Any]:
        nonlocal done
        async with contextlib.aclosing(trigger.open_shared_stream(trigger.serialize()[1])) as opened:  # type: ignore[type-var]  # a generator
            async for listed in opened:
                yield listed
                done += 1
                if done == most:
                    return
                await asyncio.to_thread(world.get(done, lambda: None))

    await asyncio.to_thread(world.get(0, lambda: None))
    async for event in trigger.filter_shared_stream(stream()):
        assert set(event.payload) == {"broadcast_id", "name"}
        names.append(event.payload["name"])
    return names


def fired(trigger: BentoBroadcastSentTrigger, timer: FakeTimer, world: dict[int, Any], most: int) -> list[str]:
    """Run :func:`polls`."""
    return asyncio.run(polls(trigger, timer, world, most))


pytestmark = events_exist


def test_history_does_not_fire_and_new_ones_do_once(bento: RunningSandbox, timer: FakeTimer) -> None:
    """Each, the oldest first; a draft does not."""
    send("old 1", "old 2")
    store = Store()
    world = {1: lambda: send("new 1", "new 2"), 3: lambda: send("new 3")}
    assert fired(watcher(store), timer, world, most=5) == ["new 1", "new 2", "new 3"]
    assert store.values[KEY]["v"] == 1
    assert len(store.values[KEY]["seen"]) == 5


def test_a_site_without_broadcasts_fires_for_its_first(bento: RunningSandbox, timer: FakeTimer) -> None:
    """An empty record is a record."""
    assert fired(watcher(Store()), timer, {1: lambda: send("first")}, most=3) == ["first"]


def test_what_was_sent_during_a_restart_fires_after_it(bento: RunningSandbox, timer: FakeTimer) -> None:
    """And nothing of before, although more than a page is new."""
    bento.control.set(page_size=2)
    store = Store()
    send("old")
    assert fired(watcher(store), timer, {}, most=2) == []
    send(*(f"n{number}" for number in range(7)))
    assert fired(watcher(store), timer, {}, most=2) == [f"n{number}" for number in range(7)]
    assert fired(watcher(store), timer, {}, most=2) == []


def test_later_polls_read_one_page_unless_it_is_all_new(bento: RunningSandbox, timer: FakeTimer) -> None:
    """A poll costs a request as long as little happens."""
    bento.control.set(page_size=2)
    send("a", "b", "c", "d", "e")
    before = len(bento.control.journal())
    assert fired(watcher(Store()), timer, {}, most=4) == []
    assert len(bento.control.journal()) - before == 4 + 3  # four pages, the last one empty; then one each


def test_a_draft_of_long_ago_that_is_sent_fires_within_an_hour(bento: RunningSandbox, timer: FakeTimer) -> None:
    """It stands far down in the list, where most polls do not look."""
    bento.control.set(page_size=2)
    content = {"subject": "s", "content": "<p>Hi</p>", "type": "plain", "inclusive_tags": "t"}
    later = {
        "approved": True,
        "send_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "from": {"email": "a@x.io", "name": "A"},
    }
    BentoHook().create_broadcasts([{"name": "long ago", **content, **later}], allow_send=True)
    send("a", "b", "c", "d", "e")
    world = {1: lambda: bento.control.advance(7200)}
    assert fired(watcher(Store()), timer, world, most=WHOLE_EVERY + 1) == ["long ago"]


def test_deleted_broadcasts_do_not_let_older_ones_fire() -> None:
    """Bento lists more than is read, so others move up from where nobody looked."""
    record = SeenBroadcasts(Store())

    async def run() -> Any:
        await record.unknown(listing(7, 6, 5, 4, 3, whole=False))
        await record.remember(listing(7, 6, 5, 4, 3, whole=False))
        return await record.unknown(listing(8, 6, 4, 3, 2, 1, whole=False))

    assert [one.id for one in asyncio.run(run())] == ["8"]


def test_an_old_draft_at_the_end_of_the_whole_list_fires() -> None:
    """Nothing is cut off, so it can be no history."""
    record = SeenBroadcasts(Store())

    async def run() -> Any:
        await record.unknown(listing(7, 6))
        await record.remember(listing(7, 6))
        return await record.unknown(listing(7, 6, 1))

    assert [one.id for one in asyncio.run(run())] == ["1"]


def test_without_a_store_each_start_is_a_first_one(
    bento: RunningSandbox, timer: FakeTimer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Which the log says once."""
    monkeypatch.setattr(seen_module, "_told", set())
    assert fired(watcher(), timer, {1: lambda: send("a")}, most=2) == ["a"]
    send("b")
    assert fired(watcher(), timer, {1: lambda: send("c")}, most=2) == ["c"]
    assert caplog.text.count("This Airflow keeps no state of assets") == 1


def test_an_event_is_recorded_only_after_airflow_had_time_to_store_it(bento: RunningSandbox, timer: FakeTimer) -> None:
    """A triggerer that is killed in between delivers it again; the other way round it would be lost."""
    store, trigger = Store(), watcher(Store())
    trigger.asset_state_store = store
    assert fired(watcher(store), timer, {}, most=1) == []
    send("a")

    async def killed_after_the_event() -> Any:
        async with contextlib.aclosing(trigger.run()) as events:  # type: ignore[type-var]  # a generator
            return (await anext(events)).payload["name"]

    assert asyncio.run(killed_after_the_event()) == "a"
    assert fired(watcher(store), timer, {}, most=2) == ["a"]
    assert SETTLING in timer.slept
    assert fired(watcher(store), timer, {}, most=2) == []


def test_watchers_of_one_connection_share_a_poll_and_keep_their_own_records(
    bento: RunningSandbox, timer: FakeTimer
) -> None:
    """A late one starts with its own baseline; the shortest interval counts."""
    one, two = watcher(Store(), interval=300), watcher(Store(), interval=120)
    assert one.shared_stream_key() == two.shared_stream_key() != BentoBroadcastSentTrigger("b").shared_stream_key()
    queues = {one: asyncio.Queue[Any](), two: asyncio.Queue[Any]()}
    names: dict[Any, list[str]] = {one: [], two: []}

    async def read(trigger: BentoBroadcastSentTrigger) -> None:
        async def queued() -> AsyncIterator[Any]:
            while (item := await queues[trigger].get()) is not None:
                yield item

        async for event in trigger.filter_shared_stream(queued()):
            names[trigger].append(event.payload["name"])

    async def run() -> None:
        readers = [asyncio.ensure_future(read(one))]
        opened = one.open_shared_stream(one.serialize()[1])
        for number in range(3):
            listed = await anext(opened)
            for reader in (one, two)[: 1 if number == 0 else 2]:
                queues[reader].put_nowait(listed)
            if number == 0:
                readers.append(asyncio.ensure_future(read(two)))
            await asyncio.to_thread(send, f"after {number}")
            await asyncio.sleep(0.05)
        for queue in queues.values():
            queue.put_nowait(None)
        await asyncio.gather(*readers)
        await opened.aclose()  # type: ignore[attr-defined]  # a generator

    asyncio.run(run())
    assert names == {one: ["after 0", "after 1"], two: ["after 1"]}
    assert [seconds for seconds in timer.slept if seconds > SETTLING] == [120, 120]


@pytest.mark.parametrize("status", [401, 500])
def test_it_goes_on_after_errors_and_fires_for_what_was_sent_meanwhile(
    bento: RunningSandbox, timer: FakeTimer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """The log says what is wrong; a corrected connection is read without a restart."""

    def trouble() -> None:
        send("during")
        bento.control.inject("status", "/fetch/broadcasts", status=status, count=2)

    assert fired(watcher(Store()), timer, {1: trouble}, most=2) == ["during"]
    said = "Correct the connection 'bento_default'" if status == 401 else "The watcher asks again"
    assert caplog.text.count(said) == 2


def test_a_record_that_cannot_be_read_is_no_first_start(bento: RunningSandbox, timer: FakeTimer) -> None:
    """Nothing fires and nothing is remembered until it can be read."""
    store = Store()
    assert fired(watcher(store), timer, {}, most=1) == []
    send("a")
    store.fails = True

    def again() -> None:
        store.fails = False

    assert fired(watcher(store), timer, {2: again}, most=3) == ["a"]


def test_a_record_that_cannot_be_written_is_written_later(caplog: pytest.LogCaptureFixture) -> None:
    """Within this process nothing fires twice."""
    store = Store()
    record = SeenBroadcasts(store)

    async def run() -> list[Any]:
        first = await record.unknown(listing("1"))
        store.fails = True
        await record.remember(listing("1"))
        store.fails = False
        second = await record.unknown(listing("1"))
        await record.remember(listing("1"))
        await record.remember(listing("1"))
        return [first, second]

    assert asyncio.run(run()) == [[], []]
    assert (store.writes, store.values[KEY]["seen"]) == (1, ["1"])
    assert "could not be stored (RuntimeError)" in caplog.text


def test_a_trigger_of_several_assets_keeps_one_record_with_each() -> None:
    """Airflow's own shortcut works with one asset only."""

    class Several:
        def __init__(self) -> None:
            self._by_name = {"a": Store(), "b": Store()}
            self._by_uri: dict[str, Store] = {}

    several = Several()
    asyncio.run(SeenBroadcasts(several).remember(listing("1")))
    assert [store.values[KEY]["seen"] for store in several._by_name.values()] == [["1"], ["1"]]


def test_a_record_stays_short() -> None:
    """The newest thousand ids."""
    store = Store()
    record = SeenBroadcasts(store)
    for start in (0, 400, 800, 1200):
        asyncio.run(record.remember(listing(*range(start, start + LONGEST_LIST))))
    assert len(store.values[KEY]["seen"]) == 2 * LONGEST_LIST
    assert Counter(store.values[KEY]["seen"]).most_common(1)[0][1] == 1


@pytest.mark.parametrize("interval", [9, 0, -1, float("inf"), float("nan"), True])
def test_a_poll_that_is_too_often_is_an_error_at_parse(interval: float) -> None:
    """Each is a request of the budget."""
    with pytest.raises(BentoSetupError, match="poll_interval must be a number of seconds from 10"):
        BentoBroadcastSentTrigger(poll_interval=interval)


def test_its_arguments_come_back_from_airflows_database() -> None:
    """And two equal ones are one trigger."""
    path, kwargs = BentoBroadcastSentTrigger("b", 120).serialize()
    assert (path, kwargs) == (
        "airflow_provider_bento.triggers.bento.BentoBroadcastSentTrigger",
        {"bento_conn_id": "b", "poll_interval": 120.0},
    )
    assert BentoBroadcastSentTrigger(**kwargs).serialize() == (path, kwargs)


def test_the_log_names_nobody(bento: RunningSandbox, timer: FakeTimer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither content nor sender."""
    with caplog.at_level(logging.DEBUG, logger="airflow_provider_bento"):
        fired(watcher(Store()), timer, {1: lambda: send("a")}, most=2)
    assert "a@x.io" not in caplog.text
