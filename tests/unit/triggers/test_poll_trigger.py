"""The trigger of deferred sensors, over real HTTP against the sandbox; time is injected, except for the limit."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from typing import Any

import pytest
from unit.triggers.timers import FakeTimer, event_of, stored

from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.exceptions import BentoAccessError, BentoUnreachable
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox
from airflow_provider_bento.triggers import polling
from airflow_provider_bento.triggers.asking import SystemTimer
from airflow_provider_bento.triggers.bento import BentoPollTrigger
from airflow_provider_bento.triggers.polling import MOST_FAILURES, Rhythm, error_of
from airflow_provider_bento.triggers.sealed import seal

ANN = "ann@planted.example"


@pytest.fixture
def timer() -> FakeTimer:
    """Return the trigger's time."""
    return FakeTimer()


def trigger(timer: Any, secret: str, *, timeout: float = 600.0, **changed: Any) -> BentoPollTrigger:
    """Return a trigger that waits for a person, asks at once and then every minute."""
    rhythm = {"poke_interval": 60.0, "until": timer.time() + timeout, **changed.pop("rhythm", {})}
    arguments: dict[str, Any] = {
        "question": "subscriber",
        "arguments": {},
        "sealed": {"email": seal(ANN, secret)},
        "bento_conn_id": "bento_default",
        "rhythm": rhythm,
        **changed,
    }
    made = BentoPollTrigger(**arguments)
    made.timer = timer  # type: ignore[misc]  # the clock of one trigger only
    return stored(made)


@pytest.fixture
def secret(bento: RunningSandbox) -> str:
    """Return the secret key of the connection."""
    return bento.connection["password"]


def asked(bento: RunningSandbox) -> int:
    """Return how many requests arrived."""
    return len(bento.control.journal())


def test_it_asks_until_the_person_is_there(bento: RunningSandbox, timer: FakeTimer, secret: str) -> None:
    """The answer has no address; between two questions it waits in the loop."""
    timer.on_sleep = lambda before: BentoHook().create_subscriber(ANN) if before == 3 else None
    event = event_of(trigger(timer, secret))
    assert event == {"status": "done", "answer": {"id": "1", "tags": 0, "subscribed": True}}
    assert timer.slept == [0.0, 60.0, 60.0, 60.0]


def test_the_last_question_is_asked_when_the_time_is_over(bento: RunningSandbox, timer: FakeTimer, secret: str) -> None:
    """Then the event says what was missing."""
    event = event_of(trigger(timer, secret, timeout=150))
    assert event == {"status": "timeout", "missing": "Bento has nobody with this email"}
    assert timer.slept == [0.0, 60.0, 60.0, 30.0]
    assert asked(bento) == 4


def test_a_trigger_that_starts_again_keeps_the_time_that_was_left(
    bento: RunningSandbox, timer: FakeTimer, secret: str
) -> None:
    """The end is a moment, not a duration: another triggerer took over after the timeout."""
    made = trigger(timer, secret, timeout=100)
    timer.now += 1000
    assert event_of(stored(made))["status"] == "timeout"
    assert asked(bento) == 1


def test_the_first_question_is_one_interval_after_the_sensors_own(
    bento: RunningSandbox, timer: FakeTimer, secret: str
) -> None:
    """The sensor has just asked."""
    event_of(trigger(timer, secret, timeout=60, rhythm={"first_at": timer.now + 60}))
    assert (timer.slept, asked(bento)) == ([60.0], 1)


def test_exponential_backoff_doubles_up_to_the_longest_wait() -> None:
    """And ends at the timeout."""
    rhythm = Rhythm(10, until=1000, exponential_backoff=True, max_wait=35)
    assert [rhythm.wait(asked, 0) for asked in (1, 2, 3, 4)] == [10, 20, 35, 35]
    assert rhythm.wait(5000, 0) == 35
    assert rhythm.wait(3, 990) == 10
    assert Rhythm(10, until=1000).wait(3, 0) == 10


def test_a_trigger_that_moves_to_another_process_keeps_its_interval() -> None:
    """It starts anew with the same arguments, and time tells how often the first one asked: at 0, 10, 30, 70."""
    rhythm = Rhythm(10, until=10_000, first_at=1000, exponential_backoff=True)
    assert [rhythm.asked_before(1000 + after) for after in (0, 9, 10, 29, 30, 69, 70)] == [0, 0, 1, 1, 2, 2, 3]
    assert Rhythm(10, until=10_000, first_at=1000).asked_before(5000) == 0
    assert Rhythm(10, until=10_000, exponential_backoff=True).asked_before(5000) == 0


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "BentoAccessError"), (403, "BentoAccessError"), (422, "BentoRefusedError")]
)
def test_what_asking_again_cannot_help_ends_at_once(
    bento: RunningSandbox, timer: FakeTimer, secret: str, status: int, kind: str
) -> None:
    """As an event, because Airflow shows nothing of what a trigger raises."""
    bento.control.inject("status", "/fetch/subscribers", status=status)
    event = event_of(trigger(timer, secret))
    assert (event["status"], event["error"]) == ("error", kind)
    assert ANN not in json.dumps(event)
    assert asked(bento) == 1


def test_an_error_arrives_as_what_it_was() -> None:
    """With its class and its wait."""
    event = {"status": "error", "error": "BentoUnreachable", "message": "m", "retry_after": 7.0, "advice": ""}
    found = error_of(event)
    assert (type(found), str(found), found.retry_after) == (BentoUnreachable, "m", 7.0)
    assert isinstance(error_of({"error": "BentoAccessError", "message": "m"}), BentoAccessError)


def test_passing_failures_are_asked_again(
    bento: RunningSandbox, timer: FakeTimer, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    """At the next interval, once each: the trigger's loop is the retry."""
    BentoHook().create_subscriber(ANN)
    before = asked(bento)
    for nth in range(1, MOST_FAILURES):
        bento.control.inject("status", "/fetch/subscribers", status=503, nth=nth)
    with caplog.at_level(logging.WARNING):
        event = event_of(trigger(timer, secret))
    assert event["status"] == "done"
    assert asked(bento) - before == MOST_FAILURES
    assert caplog.text.count("The sensor asks again.") == MOST_FAILURES - 1
    assert ANN not in caplog.text


def test_too_many_failures_in_a_row_are_an_error_that_may_be_retried(
    bento: RunningSandbox, timer: FakeTimer, secret: str
) -> None:
    """Airflow's retries decide then; with silent_fail the trigger asks until the timeout."""
    bento.control.inject("status", "/fetch/subscribers", status=503, count=100)
    event = event_of(trigger(timer, secret))
    assert (event["error"], error_of(event).recovery) == ("BentoUnreachable", "retry")
    assert asked(bento) == MOST_FAILURES
    timer.slept.clear()
    assert event_of(trigger(timer, secret, most_failures=None))["status"] == "timeout"
    assert sum(timer.slept) == pytest.approx(600)


def test_the_rate_limit_is_waited_for_in_the_loop(bento: RunningSandbox, timer: FakeTimer, secret: str) -> None:
    """A 429 pauses the budget; nothing sleeps in the thread, and each look at the budget is at most 5 s later."""
    BentoHook().create_subscriber(ANN)
    bento.control.inject("status", "/fetch/subscribers", status=429, headers={"Retry-After": "1"}, nth=1)

    class Real(FakeTimer):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(min(seconds, 0.2))
            await super().sleep(seconds)

    real = Real()
    assert event_of(trigger(real, secret))["status"] == "done"
    assert 0 < max(real.slept) <= 5.0


def test_a_connection_that_does_not_exist_is_an_event(timer: FakeTimer) -> None:
    """Not an exception."""
    event = event_of(trigger(timer, "sk", bento_conn_id="bento_nowhere"))
    assert event["error"] == "BentoSetupError"
    assert "bento_nowhere" in event["message"]


def test_a_key_that_was_changed_meanwhile_is_named(bento: RunningSandbox, timer: FakeTimer) -> None:
    """The address cannot be read any more; clearing the task helps."""
    event = event_of(trigger(timer, "sk_before"))
    assert (event["error"], event["advice"]) == (
        "BentoSetupError",
        "clear the task: the connection's secret key has changed",
    )


def test_nobody_is_stored_with_the_trigger(timer: FakeTimer) -> None:
    """Neither in what Airflow's database keeps nor in the words that logs show."""
    made = trigger(timer, "sk")
    path, kwargs = made.serialize()
    assert path == "airflow_provider_bento.triggers.bento.BentoPollTrigger"
    assert "planted" not in json.dumps(kwargs) + repr(made)


def test_a_trigger_that_is_cancelled_sends_nothing_more(bento: RunningSandbox, secret: str) -> None:
    """Its thread is free for others as soon as the request in flight has ended."""
    made = trigger(SystemTimer(), secret, rhythm={"poke_interval": 3600.0})

    async def run() -> None:
        task = asyncio.ensure_future(anext(aiter(made.run())))
        while not asked(bento):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(run())
    assert asked(bento) == 1
    ours = [one for one in threading.enumerate() if one.name.startswith("bento_default trigger")]
    assert len(ours) <= 2


def test_the_loop_goes_on_while_bento_is_slow(
    bento: RunningSandbox, timer: FakeTimer, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is in a thread, and waits here until the loop went on."""
    BentoHook().create_subscriber(ANN)
    began, went_on, send = threading.Event(), threading.Event(), BentoClient.send

    def sent_later(*given: Any, **options: Any) -> Any:
        began.set()
        assert went_on.wait(60)
        return send(*given, **options)

    async def run() -> Any:
        asking = asyncio.ensure_future(anext(aiter(trigger(timer, secret).run())))
        while not began.is_set():
            await asyncio.sleep(0)
        went_on.set()
        return await asking

    monkeypatch.setattr(BentoClient, "send", sent_later)
    assert asyncio.run(run()).payload["status"] == "done"


@pytest.mark.parametrize(("asked_from", "warned"), [("worker-7", 1), ("", 0)])
def test_another_host_than_the_workers_is_warned_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, asked_from: str, warned: int
) -> None:
    """There the limit is counted separately unless Redis counts it."""
    monkeypatch.setattr(polling, "_hosts_told", set())
    for pacing in ("redis://r/0", "auto", "auto"):
        polling._warn_of_hosts(pacing, asked_from)
    assert caplog.text.count("Set the connection's pacing to the URL of a Redis") == warned


def test_triggers_and_a_push_never_exceed_the_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two triggers that always ask, and a push that takes whatever is left: the sandbox refuses nothing."""
    with running_sandbox(limit="20/2s") as server:
        extra = {"pacing": "process", "rate_limit": "20/2s"}
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(server.connection | {"extra": extra}))
        secret, done = server.connection["password"], threading.Event()
        triggers = [
            trigger(SystemTimer(), secret, timeout=5.0, rhythm={"poke_interval": 0.01}, most_failures=None)
            for _ in range(2)
        ]
        pushing = threading.Thread(target=push, args=(done,))
        pushing.start()
        try:
            events = asyncio.run(together(triggers))
        finally:
            done.set()
            pushing.join(30)
        journal = server.control.journal()
    assert [event["status"] for event in events] == ["timeout", "timeout"]
    assert [entry for entry in journal if entry["status"] == 429] == []
    paths = [entry["path"] for entry in journal]
    assert min(sum("subscribers" in path for path in paths), sum("tags" in path for path in paths)) > 3


def push(done: threading.Event) -> None:
    """Ask as fast as the budget allows, until somebody is done."""
    hook = BentoHook(stopped=done.is_set)
    until = time.monotonic() + 30
    while not done.is_set() and time.monotonic() < until:
        try:
            hook.list_tags()
        except Exception:
            if not done.is_set():
                raise


async def together(triggers: list[BentoPollTrigger]) -> list[dict[str, Any]]:
    """Run triggers in one loop, as the triggerer does."""
    return [event.payload for event in await asyncio.gather(*(anext(aiter(one.run())) for one in triggers))]
