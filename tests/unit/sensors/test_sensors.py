"""The sensors executed as Airflow executes them, over real HTTP against the sandbox; no test waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, TaskDeferred
from unit.triggers.timers import FakeTimer, stored

from airflow_provider_bento.exceptions import BentoSetupError, BentoUnreachable
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.sensors.bento import BentoBroadcastSensor, BentoSegmentSensor, BentoSubscriberSensor
from airflow_provider_bento.triggers.bento import BentoPollTrigger
from airflow_provider_bento.version_compat import AirflowSensorTimeout

ANN = "ann@planted.example"
Logged = Callable[[], str]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Logged:
    """Return what was logged; from Airflow 3 on a task's log goes past the logging module."""
    return lambda: caplog.text + capsys.readouterr().out


def person(**arguments: Any) -> BentoSubscriberSensor:
    """Return a sensor that waits for a person."""
    return BentoSubscriberSensor(**{"task_id": "wait", "email": ANN, "poke_interval": 0, "timeout": 0} | arguments)


def deferred(sensor: Any) -> BentoPollTrigger:
    """Execute a sensor; return the trigger that it defers to."""
    with pytest.raises(TaskDeferred) as caught:
        sensor.execute({})
    trigger = caught.value.trigger
    assert caught.value.method_name == "resume"
    return trigger  # type: ignore[no-any-return]  # Airflow is not followed by the type checker


def resumed(sensor: Any, trigger: BentoPollTrigger, on_sleep: Any = lambda _: None) -> Any:
    """Run the trigger as the triggerer does, and the task again with its event."""
    timer = FakeTimer(now=float(trigger.rhythm["first_at"]))
    timer.on_sleep = on_sleep
    trigger.timer = timer  # type: ignore[misc]  # the clock of one trigger only

    async def run() -> Any:
        return (await anext(aiter(stored(trigger).run()))).payload

    event = asyncio.run(run())
    return sensor.resume_execution("resume", {"event": event}, {})


@pytest.mark.parametrize("deferrable", [True, False])
def test_what_is_there_already_needs_no_trigger(bento: RunningSandbox, deferrable: bool) -> None:
    """One request for a person; a second one for the names of tags."""
    hook = BentoHook()
    hook.create_subscriber(ANN)
    hook.add_tag(ANN, "vip")
    before = len(bento.control.journal())
    found = person(deferrable=deferrable).execute({})
    assert found == {"id": "1", "tags": 1, "subscribed": True}
    assert person(deferrable=deferrable, has_tag="vip").execute({}) == found
    assert len(bento.control.journal()) - before == 3


def test_a_deferred_sensor_returns_what_the_trigger_found(bento: RunningSandbox) -> None:
    """The first question is the task's own, the next one an interval later."""
    sensor = person(deferrable=True, poke_interval=60, timeout=600)
    trigger = deferred(sensor)
    found = resumed(sensor, trigger, lambda before: BentoHook().create_subscriber(ANN) if before == 2 else None)
    assert found == {"id": "1", "tags": 0, "subscribed": True}
    assert "planted" not in json.dumps(trigger.serialize()[1])


def test_a_person_is_waited_for_by_uuid_too(bento: RunningSandbox) -> None:
    """The uuid travels sealed as well; hyphens do not matter."""
    made = BentoHook().create_subscriber(ANN)
    assert made is not None
    sensor = BentoSubscriberSensor(task_id="w", uuid=made.uuid, has_tag="vip", deferrable=True, timeout=600)
    trigger = deferred(sensor)
    assert str(made.uuid) not in json.dumps(trigger.serialize()[1])
    assert resumed(sensor, trigger, lambda _: BentoHook().add_tag(ANN, "vip"))["tags"] == 1


def test_a_broadcast_is_waited_for_until_it_is_sent(bento: RunningSandbox) -> None:
    """Its address, state and open rate come back."""
    content = {"subject": "s", "content": "<p>Hi</p>", "type": "plain", "inclusive_tags": "t"}
    content |= {"from": {"email": "a@x.io", "name": "A"}, "approved": True}
    hook = BentoHook()
    hook.create_broadcasts([{"name": "later", **content, "send_at": "2100-01-01T00:00:00Z"}], allow_send=True)
    assert BentoBroadcastSensor(task_id="w", name="later", states=["scheduled"]).execute({})["state"] == "scheduled"
    sensor = BentoBroadcastSensor(task_id="w", name="now", deferrable=True, timeout=600)
    now = [{"name": "now", **content, "send_at": "2020-01-01T00:00:00Z"}]
    found = resumed(sensor, deferred(sensor), lambda before: before or hook.create_broadcasts(now, allow_send=True))
    assert found.keys() == {"id", "url", "state", "open_rate"}
    assert (found["state"], found["open_rate"]) == ("sent", 0.0)
    by_id = BentoBroadcastSensor(task_id="w", broadcast_id=found["id"])
    assert by_id.execute({})["id"] == found["id"]


def test_a_segment_is_waited_for_until_it_is_large_enough(bento: RunningSandbox) -> None:
    """The numbers come back."""
    bento.control.add_segment("s1", name="Everybody", tags=["vip"])
    sensor = BentoSegmentSensor(task_id="w", segment_id="s1", at_least=2, deferrable=True, timeout=3600)
    trigger = deferred(sensor)

    def two(before: int) -> None:
        for number in range(2) if before == 0 else ():
            BentoHook().add_tag(f"p{number}@x.io", "vip")

    assert resumed(sensor, trigger, two) == {"users": 2, "subscribed": 2, "unsubscribed": 0}


@pytest.mark.parametrize(
    ("deferrable", "arguments", "outcome"),
    [
        (True, {}, AirflowSensorTimeout),
        (True, {"soft_fail": True}, AirflowSkipException),
        (True, {"never_fail": True}, AirflowSkipException),
        (False, {}, AirflowSensorTimeout),
        (False, {"soft_fail": True}, AirflowSkipException),
        (False, {"never_fail": True}, AirflowSensorTimeout),  # as it is in Airflow
    ],
)
def test_a_timeout_ends_as_airflows_own_sensors_do(
    bento: RunningSandbox, deferrable: bool, arguments: dict[str, Any], outcome: type[Exception]
) -> None:
    """Failed without a retry, or skipped."""
    sensor = person(deferrable=deferrable, **arguments)
    with pytest.raises(outcome) as caught:
        resumed(sensor, deferred(sensor)) if deferrable else sensor.execute({})
    assert "planted" not in str(caught.value)
    if deferrable and not arguments:
        assert "timed out after 0 s: Bento has nobody with this email" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ({}, AirflowFailException),
        ({"soft_fail": True}, AirflowSkipException),
        ({"never_fail": True}, AirflowSkipException),
    ],
)
@pytest.mark.parametrize("way", ["poke", "first", "trigger"])
def test_wrong_keys_fail_without_a_retry(
    bento: RunningSandbox,
    logged: Logged,
    arguments: dict[str, Any],
    outcome: type[Exception],
    way: str,
) -> None:
    """With our message, and what to do in the log, wherever the question was asked."""
    sensor = person(deferrable=way != "poke", timeout=600, **arguments)
    fault = {"kind": "status", "path": "/fetch/subscribers", "status": 401}
    trigger = None if way != "trigger" else deferred(sensor)
    bento.control.inject(**fault)  # type: ignore[arg-type]  # a dict of one of its kinds
    with pytest.raises(outcome) as caught:
        sensor.execute({}) if trigger is None else resumed(sensor, trigger)
    words = logged()
    assert "What to do: fix keys or Site UUID of connection bento_default" in words
    assert "401" in words + str(caught.value)


def test_failures_that_may_pass_are_left_to_airflows_retries(bento: RunningSandbox) -> None:
    """After several in a row; never_fail skips all the same."""
    sensor = person(deferrable=True, timeout=6000)
    trigger = deferred(sensor)
    bento.control.inject("status", "/fetch/subscribers", status=503, count=100)
    with pytest.raises(BentoUnreachable):
        resumed(sensor, trigger)
    with pytest.raises(AirflowSkipException):
        resumed(person(never_fail=True), trigger)
    assert trigger.most_failures is not None
    bento.control.clear_faults()
    assert deferred(person(deferrable=True, silent_fail=True)).most_failures is None


def test_a_first_question_without_an_answer_is_no_end(bento: RunningSandbox, logged: Logged) -> None:
    """The trigger asks again."""
    BentoHook().create_subscriber(ANN)
    bento.control.inject("status", "/fetch/subscribers", status=503)
    sensor = person(deferrable=True, timeout=600)
    assert resumed(sensor, deferred(sensor))["id"] == "1"
    assert "The sensor asks again" in logged()


def test_a_closed_budget_is_no_answer_yet(bento: RunningSandbox) -> None:
    """A poke waits no longer than until the next one."""
    sensor = person(poke_interval=0, timeout=0)
    bento.control.inject("status", "/fetch/subscribers", status=429, headers={"Retry-After": "30"})
    with pytest.raises(AirflowSensorTimeout):
        sensor.execute({})


def test_airflows_setting_decides_whether_it_defers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the argument does."""
    assert person().deferrable is False
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "True")
    assert person().deferrable is True
    assert person(deferrable=False).deferrable is False


def test_the_address_is_shown_as_a_word_wherever_airflow_shows_fields() -> None:
    """Before and after rendering."""
    sensor = person(email="{{ params.who }}@planted.example")
    assert str(sensor.subscriber_email) == "<email as text>"
    sensor.render_template_fields({"params": {"who": "bo"}})
    assert str(sensor.subscriber_email) == "<email as text>"
    assert sensor._arguments() == {"email": "bo@planted.example"}
    sensor.render_template_fields({"params": {"who": "other"}})
    assert sensor._arguments() == {"email": "bo@planted.example"}


def test_what_a_template_renders_is_checked_when_the_task_runs(bento: RunningSandbox) -> None:
    """It is no address: nothing is asked, and a retry cannot help."""
    sensor = person(email="{{ params.who }}")
    sensor.render_template_fields({"params": {"who": "planted"}})
    with pytest.raises(AirflowFailException, match=r"wait \(BentoSubscriberSensor\): email") as caught:
        sensor.execute({})
    assert "planted" not in str(caught.value)
    assert bento.control.journal() == []


def test_airflow_never_alerts_the_person_that_is_waited_for() -> None:
    """Airflow has an argument of the same name: where it mails its alerts about a task."""
    assert not person().email


def test_alert_addresses_of_default_args_stay_what_they_are() -> None:
    """Airflow fills each argument from them by its name."""
    from airflow.providers.common.compat.sdk import DAG

    with DAG("d", schedule=None, default_args={"email": ["ops@example.com"], "email_on_failure": False}):
        sensor = BentoSubscriberSensor(task_id="a", uuid="u1")
        other = BentoSubscriberSensor(task_id="b", email=ANN)
    assert (sensor._arguments(), list(sensor.email)) == ({"uuid": "u1"}, ["ops@example.com"])
    assert (other._arguments(), list(other.email)) == ({"email": ANN}, ["ops@example.com"])


def test_a_mapped_sensor_takes_addresses_to_expand_only() -> None:
    """In partial() they would be the address of Airflow's alerts."""
    with pytest.raises(BentoSetupError, match="pass email to expand"):
        BentoSubscriberSensor.partial(task_id="wait", email=ANN)


def test_on_kill_asks_nothing_more(bento: RunningSandbox) -> None:
    """The request is not sent."""
    sensor = person()
    sensor.on_kill()
    with pytest.raises(Exception, match="stopped"):
        sensor.execute({})
    assert bento.control.journal() == []
