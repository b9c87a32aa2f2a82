"""Questions about doubts under a real scheduler: answered, refused, late, too early, and no longer wanted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

import pytest
from system.asking import arrived_of, clear, parked, press, tokens
from system.local_airflow import LocalAirflow

from airflow_provider_bento.operators.asking.question import ARRIVED, MISSING, STOP
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.system

DAG = "bento_asking"
AT_ONCE = ("skip", "stop", "cleared", "marked")


@pytest.fixture(scope="module")
def runs(airflow: LocalAirflow, bento: RunningSandbox) -> Iterator[dict[str, str]]:
    """Pushes of ten events each, started together; the reply to the first request of each is lost, all arrive."""
    bento.control.reset()
    bento.control.clear_faults()
    bento.control.inject("apply_then_reset", "/batch/events", count=len(AT_ONCE))
    yield {who: airflow.trigger(DAG, {"count": 10, "who": who}) for who in AT_ONCE}
    bento.control.clear_faults()


@pytest.fixture(scope="module")
def others(airflow: LocalAirflow, runs: dict[str, str]) -> Iterator[dict[str, tuple[RunningSandbox, str]]]:
    """Pushes that meet other doubts, each with a Bento of its own, started with the first ones."""
    doubts: dict[str, tuple[str, int, list[tuple[str, dict[str, Any]]]]] = {
        "bento_asking_briefly": ("bento_asking_briefly", 10, [("apply_then_reset", {})]),
        "bento_asking_twice": (DAG, 15, [("reset_after_body", {"nth": 1}), ("apply_then_reset", {"nth": 3})]),
        "bento_asking_ann": ("bento_asking_ann", 15, [("apply_then_stall", {"count": 3, "seconds": 2})]),
    }
    with ExitStack() as stack:
        found = {}
        for name, (dag, count, faults) in doubts.items():
            own = stack.enter_context(running_sandbox())
            airflow.add_connection(name, own.connection)
            for fault, options in faults:
                own.control.inject(fault, "/batch/events", **options)
            found[name] = (own, airflow.trigger(dag, {"count": count, "bento": name}))
        yield found


@pytest.fixture(scope="module")
def people(airflow: LocalAirflow) -> dict[str, str]:
    """Tokens of people with roles."""
    return dict(
        zip(("ann", "olga", "uma", "vic"), tokens(airflow, "ann:op", "olga:op", "uma:user", "vic:viewer"), strict=True)
    )


def once_each(who: str, count: int) -> Counter[str]:
    """Return the input of a run, each event once."""
    return Counter(f"{who}{number}@planted.example" for number in range(count))


def ended(airflow: LocalAirflow, dag: str, run: str) -> tuple[str, dict[str, Any]]:
    """Wait for the end of a run; return its state and what the push returned."""
    return airflow.wait_for_run(dag, run), airflow.xcom(dag, run, "push") or {}


def test_an_operator_answers_and_a_viewer_may_not(
    airflow: LocalAirflow,
    bento: RunningSandbox,
    runs: dict[str, str],
    others: dict[str, tuple[RunningSandbox, str]],
    people: dict[str, str],
) -> None:
    """The question has positions and a reason and nobody's address; "skip" continues after the chunk, in one try."""
    run = runs["skip"]
    question = parked(airflow, DAG, run)
    assert question["subject"] == "Bento: did 5 events at positions 0 to 4 arrive?"
    assert question["options"] == [ARRIVED, MISSING, STOP]
    assert (question["defaults"], question["multiple"], question["params"]) == (None, False, {})
    assert "the connection ended without a reply" in question["body"]
    assert "planted" not in question["body"]
    assert airflow.xcom(DAG, run, "push", key="bento_progress")["state"] == "asking"
    assert press(airflow, DAG, run, ARRIVED, token=people["vic"]) == HTTPStatus.FORBIDDEN
    assert press(airflow, DAG, run, "Yes", token=people["ann"]) == HTTPStatus.BAD_REQUEST
    assert press(airflow, DAG, run, ARRIVED, token=people["ann"]) == HTTPStatus.OK
    assert press(airflow, DAG, run, MISSING, token=people["ann"]) == HTTPStatus.CONFLICT


def test_stop_fails_without_a_retry_and_a_clear_asks_again(
    airflow: LocalAirflow, bento: RunningSandbox, runs: dict[str, str], people: dict[str, str]
) -> None:
    """Nothing is sent, the message says what can be done, and the doubt is the same afterwards."""
    run = runs["stop"]
    parked(airflow, DAG, run)
    assert press(airflow, DAG, run, STOP, token=people["uma"]) == HTTPStatus.OK
    assert airflow.wait_for_run(DAG, run) == "failed"
    for said in ("uma chose to stop, so the doubt stays held", "What to do: clear the task to be asked again"):
        assert airflow.tries_that_said(said, DAG, run, "push") == 1
    assert airflow.xcom(DAG, run, "push", key="bento_progress")["state"] == "in_doubt"
    assert arrived_of(bento, "stop").total() == 5
    clear(airflow, DAG, run)
    assert "positions 0 to 4" in parked(airflow, DAG, run, times=3)["subject"]
    press(airflow, DAG, run, ARRIVED)


def test_cleared_while_it_waits_it_asks_again(
    airflow: LocalAirflow, bento: RunningSandbox, runs: dict[str, str]
) -> None:
    """As another try, with the same words, because nobody has decided."""
    run = runs["cleared"]
    first = parked(airflow, DAG, run)
    clear(airflow, DAG, run)
    second = parked(airflow, DAG, run, times=2)
    assert second["task_instance"]["id"] != first["task_instance"]["id"]
    assert second["subject"] == first["subject"]
    assert "the connection ended without a reply" in second["body"]
    press(airflow, DAG, run, ARRIVED)


def test_marked_as_failed_while_it_waits_it_stays_failed(
    airflow: LocalAirflow, bento: RunningSandbox, runs: dict[str, str]
) -> None:
    """A late answer starts nothing; the checkpoint is as it was, so that a clear asks about the same chunk."""
    run = runs["marked"]
    parked(airflow, DAG, run)
    airflow.call("PATCH", f"dags/{DAG}/dagRuns/{run}/taskInstances/push", json={"new_state": "failed"})
    assert airflow.wait_for_run(DAG, run) == "failed"
    press(airflow, DAG, run, MISSING)
    assert airflow.task(DAG, run, "push")["state"] == "failed"
    clear(airflow, DAG, run)
    assert "positions 0 to 4" in parked(airflow, DAG, run, times=2)["subject"]
    press(airflow, DAG, run, ARRIVED)


@pytest.mark.parametrize("who", AT_ONCE)
def test_every_answer_was_used_once(
    airflow: LocalAirflow, bento: RunningSandbox, runs: dict[str, str], who: str
) -> None:
    """Each event arrived once, and the first chunk counts as skipped."""
    state, counts = ended(airflow, DAG, runs[who])
    assert (state, counts["accepted"], counts["skipped"]) == ("success", 5, 5)
    assert arrived_of(bento, who) == once_each(who, 10)


def test_the_log_names_who_answered_and_nobody_else(airflow: LocalAirflow, runs: dict[str, str]) -> None:
    """The record of a decision; what is stored outlives the question and names nobody."""
    log = airflow.log(DAG, runs["skip"], "push")
    assert f"ann answered '{ARRIVED}' for positions 0 to 4" in log
    stored = airflow.call("GET", f"dags/{DAG}/dagRuns/{runs['skip']}/taskInstances/push/state-store")
    assert "asked" in str(stored)
    assert not re.search(r"planted|@", f"{log}{stored}")


def test_without_an_answer_in_time_the_doubt_is_held(
    airflow: LocalAirflow, others: dict[str, tuple[RunningSandbox, str]]
) -> None:
    """Red although retries are left, because another try would only ask again; nothing was decided for anybody."""
    own, run = others["bento_asking_briefly"]
    assert airflow.wait_for_run("bento_asking_briefly", run) == "failed"
    said = "Nobody answered in time, so the doubt stays held"
    assert airflow.tries_that_said(said, "bento_asking_briefly", run, "push") == 1
    assert arrived_of(own, "p").total() == 5


def test_a_second_doubt_is_never_asked_with_the_text_of_the_first(
    airflow: LocalAirflow, others: dict[str, tuple[RunningSandbox, str]]
) -> None:
    """Airflow keeps the first text also for other tries, so it is held."""
    own, run = others["bento_asking_twice"]
    parked(airflow, DAG, run)
    assert press(airflow, DAG, run, MISSING) == HTTPStatus.OK
    assert airflow.wait_for_run(DAG, run) == "failed"
    task = airflow.task(DAG, run, "push")
    log = airflow.log(DAG, run, "push", try_number=task["try_number"])
    assert "This task has asked a person before" in log
    assert "positions 5 to 9" in log
    assert arrived_of(own, "p") == once_each("p", 10)
    airflow.call("PUT", f"dags/{DAG}/dagRuns/{run}/taskInstances/push/state-store/in_doubt", json={"value": "skip"})
    clear(airflow, DAG, run)
    state, counts = ended(airflow, DAG, run)
    assert (state, counts["accepted"], counts["skipped"]) == ("success", 10, 5)
    assert arrived_of(own, "p") == once_each("p", 15)


def test_one_question_is_for_all_chunks_under_way_and_for_whom_it_names(
    airflow: LocalAirflow, others: dict[str, tuple[RunningSandbox, str]], people: dict[str, str]
) -> None:
    """The requests landed before anybody was asked; this Airflow, in which all are admins, lets Ann answer anyway."""
    dag = "bento_asking_ann"
    own, run = others[dag]
    question = parked(airflow, dag, run)
    own.control.clear_faults()
    lost = arrived_of(own, "p").total()
    assert question["subject"].count(" to ") == lost / 5 >= 1
    assert question["assigned_users"] == [{"id": "ann", "name": "ann"}]
    assert press(airflow, dag, run, ARRIVED, token=people["ann"]) == HTTPStatus.OK
    state, counts = ended(airflow, dag, run)
    assert (state, counts["skipped"]) == ("success", lost)
    assert arrived_of(own, "p") == once_each("p", 15)
