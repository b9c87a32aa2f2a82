"""Sensors, a watcher and an approval under a real scheduler and a real triggerer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from system.asking import process_ended
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
DAG = "bento_waiting"
CONTENT = {"subject": "s", "content": "<p>Hi</p>", "type": "plain", "inclusive_tags": "t"}


def hook_of(bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> BentoHook:
    """Return a hook that changes this sandbox from outside of Airflow."""
    monkeypatch.setenv("AIRFLOW_CONN_FROM_OUTSIDE", bento.connection_json)
    return BentoHook("from_outside")


def wait_for_states(airflow: LocalAirflow, run_id: str, wanted: dict[str, str], *, dag: str = DAG) -> None:
    """Wait until tasks are in states."""

    def reached() -> bool | None:
        found = {ti["task_id"]: ti["state"] for ti in airflow.tasks(dag, run_id) if ti["task_id"] in wanted}
        return True if found == wanted else None

    until(f"{wanted}", reached, seconds=240)


@dataclass
class World:
    """What was started together, and has ended.

    :param sensors: the run of all sensors.
    :param approvals: the runs of the approval, by the button that was pressed.
    :param unanswered: the run of an approval that nobody gives in time.
    :param watched: the Bento that only the watcher asks.
    """

    sensors: str
    approvals: dict[str, str]
    unanswered: str
    watched: RunningSandbox


@pytest.fixture(scope="module")
def world(airflow: LocalAirflow, bento: RunningSandbox, watched: RunningSandbox) -> World:
    """Let everything happen at once; what sensors wait for arrives after they were deferred."""
    bento.control.reset()
    bento.control.clear_faults()
    airflow.add_connection("bento_revoked", bento.connection)
    runs = {option: airflow.trigger("bento_approval", {"name": option}) for option in ("Approve", "Reject")}
    unanswered = airflow.trigger("bento_unanswered")
    sensors = airflow.trigger(DAG)
    wait_for_states(airflow, sensors, {"arrives": "deferred", "keys_revoked": "deferred"})
    for task, times in (("arrives", 1), ("keys_revoked", 1), ("mapped", 2)):
        process_ended(airflow, sensors, task, times=times)
    airflow.add_connection("bento_revoked", bento.connection | {"password": "sk_of_another_site"})
    with pytest.MonkeyPatch.context() as patch:
        hook = hook_of(bento, patch)
        hook.add_tag("late@planted.example", "vip")
        hook.create_subscriber("later@planted.example")
        send(hook_of(watched, patch), "first")
    for option, run_id in runs.items():
        press(airflow, run_id, option)
    assert airflow.wait_for_run(DAG, sensors) == "failed"
    return World(sensors, runs, unanswered, watched)


@pytest.mark.parametrize(("task", "index", "tags"), [("arrives", -1, 1), ("reschedules", -1, 1), ("mapped", 1, 0)])
def test_who_arrives_ends_the_wait(airflow: LocalAirflow, world: World, task: str, index: int, tags: int) -> None:
    """Deferred, rescheduled and mapped; the result has no address."""
    found = airflow.xcom(DAG, world.sensors, task, map_index=index)
    assert (found["tags"], found["subscribed"]) == (tags, True)
    assert found.keys() == {"id", "tags", "subscribed"}


@pytest.mark.parametrize(
    ("task", "state", "said"),
    [
        ("times_out", "failed", "The sensor timed out after 25 s: Bento has nobody with this email."),
        ("is_skipped", "skipped", "Not yet: Bento has nobody with this email."),
        ("wrong_keys", "failed", "What to do: fix keys or Site UUID of connection bento_wrong_keys"),
        ("keys_revoked", "failed", "What to do: fix keys or Site UUID of connection bento_revoked"),
    ],
)
def test_the_others_end_without_a_retry_and_say_why(
    airflow: LocalAirflow, world: World, task: str, state: str, said: str
) -> None:
    """Timeouts and wrong keys, also those that the triggerer met; retrying cannot help."""
    assert airflow.task(DAG, world.sensors, task)["state"] == state
    assert airflow.tries_that_said(said, DAG, world.sensors, task) == 1


def test_nobody_is_shown(airflow: LocalAirflow, world: World) -> None:
    """Neither in logs nor among the rendered fields."""
    tasks = airflow.tasks(DAG, world.sensors)
    shown = str([one["rendered_fields"] for one in tasks]) + str([one.get("trigger") for one in tasks])
    assert "<email as text>" in shown
    logs = [
        airflow.log(DAG, world.sensors, one["task_id"], try_number=one["try_number"], map_index=one["map_index"])
        for one in tasks
    ]
    for text in (shown, *logs, (airflow.home / "standalone.log").read_text(errors="replace")):
        assert not re.search(r"(late|later|nobody)@planted", text)  # the log is that of other tests, too


@pytest.fixture(scope="module")
def watched(airflow: LocalAirflow) -> Iterator[RunningSandbox]:
    """The example DAG of watchers, with a Bento of its own that it asks every ten seconds."""
    source = (ROOT / "example_dags" / "bento_broadcast_sent.py").read_text()
    trigger = 'BentoBroadcastSentTrigger(bento_conn_id="bento_default", poll_interval=300)'
    assert source.count(trigger) == 1
    source = source.replace(trigger, 'BentoBroadcastSentTrigger("bento_watched", 10)').replace('"example"', '"test"')
    file = Path(airflow.environment["AIRFLOW__CORE__DAGS_FOLDER"]) / "bento_broadcast_sent.py"
    with running_sandbox() as running, pytest.MonkeyPatch.context() as patch:
        send(hook_of(running, patch), "history")
        airflow.add_connection("bento_watched", running.connection)
        file.write_text(source)
        airflow.wait_for_dag("bento_broadcast_sent")
        until("the first poll", lambda: len(running.control.journal()) > 1 or None, seconds=240)
        yield running
        file.unlink()


def send(hook: BentoHook, name: str) -> None:
    """Have Bento send a broadcast."""
    sent = {"approved": True, "send_at": "2020-01-01T00:00:00Z", "from": {"email": "a@x.io", "name": "A"}}
    hook.create_broadcasts([{"name": name, **CONTENT, **sent}], allow_send=True)


def reactions(airflow: LocalAirflow, wanted: int) -> list[str]:
    """Wait for the DAG's runs to end; return the names that they got."""
    dag = "bento_broadcast_sent"

    def ended() -> list[Any] | None:
        runs = airflow.call("GET", f"dags/{dag}/dagRuns")["dag_runs"]
        found = [airflow.xcom(dag, run["dag_run_id"], "react") for run in runs if run["state"] == "success"]
        names = [one["name"] for payloads in found for one in payloads or ()]
        return names if len(names) >= wanted else None

    return until(f"{wanted} reactions", ended, seconds=240)


def states_of_asset(airflow: LocalAirflow) -> Any:
    """Return what Airflow keeps for the watched asset."""
    [asset] = airflow.call("GET", "assets", params={"name_pattern": "bento_broadcast_sent"})["assets"]
    return airflow.call("GET", f"assets/{asset['id']}/state-store")


def recorded(airflow: LocalAirflow) -> int:
    """Return how many broadcasts the watcher knows."""
    found = re.search(r"'seen': \[([^\]]*)\]", str(states_of_asset(airflow)))
    return len(found[1].split(",")) if found else 0


def press(airflow: LocalAirflow, run_id: str, option: str) -> None:
    """Press a button of the question, after its process ended: Airflow fails a task that is answered at once."""
    wait_for_states(airflow, run_id, {"approve": "awaiting_input"}, dag="bento_approval")
    path = f"dags/bento_approval/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"
    process_ended(airflow, run_id, "approve")
    asked = airflow.call("GET", path)
    assert "/account/emails/broadcasts/" in asked["body"]
    assert "1 of 1 newsletters passed the check" in asked["body"]
    assert "visitor.first_name" not in asked["body"]
    airflow.call("PATCH", path, json={"chosen_options": [option], "params_input": {}})


def test_a_newsletter_is_scheduled_only_after_somebody_approved_it(
    airflow: LocalAirflow, world: World, bento: RunningSandbox
) -> None:
    """Once, in the future; the draft to look at is there in both cases."""
    for option, sent in (("Approve", "success"), ("Reject", "skipped")):
        run_id = world.approvals[option]
        assert airflow.wait_for_run("bento_approval", run_id) == "success"
        assert airflow.task("bento_approval", run_id, "send")["state"] == sent
    made = [(one["name"].split()[0], one["status"]) for one in bento.control.everything("/broadcasts")]
    assert Counter(made) == Counter([("Approve", "draft"), ("Approve", "scheduled"), ("Reject", "draft")])


def test_an_approval_that_nobody_gives_in_time_mails_nobody(airflow: LocalAirflow, world: World) -> None:
    """The question fails, and what comes after it never starts."""
    assert airflow.wait_for_run("bento_unanswered", world.unanswered) == "failed"
    states = {ti["task_id"]: ti["state"] for ti in airflow.tasks("bento_unanswered", world.unanswered)}
    assert states == {"approve": "failed", "send": "upstream_failed"}


def test_a_sent_broadcast_starts_a_run_and_a_restart_fires_nothing_again(
    airflow: LocalAirflow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent while Airflow does not run starts a run after it; history and what is known start none."""
    assert reactions(airflow, 1) == ["first"]
    until("the record of history and the first", lambda: recorded(airflow) >= 2 or None, seconds=240)
    airflow.stop()
    send(hook_of(world.watched, monkeypatch), "while it was down")
    airflow.start()
    assert sorted(reactions(airflow, 2)) == ["first", "while it was down"]
