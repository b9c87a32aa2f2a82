"""What Airflow's UI shows of a sensor that waits in the triggerer, and of a question before a broadcast is mailed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from system.local_airflow import until

from airflow_provider_bento.hooks.bento import BentoHook

if TYPE_CHECKING:
    from browser.conftest import Picture
    from system.local_airflow import LocalAirflow

    from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = [pytest.mark.system, pytest.mark.browser]


def wait_for_state(airflow: LocalAirflow, dag_id: str, run_id: str, task_id: str, state: str) -> None:
    """Wait until a task is in a state."""

    def reached() -> bool | None:
        return airflow.task(dag_id, run_id, task_id)["state"] == state or None

    until(f"{task_id}: {state}", reached, seconds=240)


def end(airflow: LocalAirflow, dag_id: str, run_id: str) -> None:
    """End a run, so that nothing asks Bento during other tests."""
    airflow.call("PATCH", f"dags/{dag_id}/dagRuns/{run_id}", json={"state": "failed"})


@pytest.fixture
def waiting(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> Iterator[str]:
    """Return a run whose person Bento does not show yet, because it still works through the import."""
    fresh_bento.control.set(delay={"subscribers": 3600})
    run_id = airflow.trigger("bento_wait", {"email": "planted@wait.example"})
    wait_for_state(airflow, "bento_wait", run_id, "wait_for_person", "deferred")
    yield run_id
    end(airflow, "bento_wait", run_id)
    fresh_bento.control.set(delay={})


def test_a_deferred_sensor_says_what_it_waits_for(
    page: Page, airflow: LocalAirflow, waiting: str, picture: Picture
) -> None:
    """On the task's page, in its state and its log; the address is nowhere."""
    address = f"{airflow.url}/dags/bento_wait/runs/{waiting}/tasks/wait_for_person"
    page.goto(address)
    expect(page.get_by_text("Deferred").first).to_be_visible()
    expect(page.get_by_text("Not yet: Bento has nobody with this email.").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 620})
    picture("sensor", page)
    assert "planted@" not in page.content()
    page.goto(f"{address}/rendered_templates")
    expect(page.get_by_text("<email as text>")).to_be_visible()
    assert "planted@" not in page.content()


def test_the_question_shows_audience_and_draft_and_no_content(
    page: Page,
    airflow: LocalAirflow,
    fresh_bento: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    picture: Picture,
) -> None:
    """Its link leads to the draft."""
    monkeypatch.setenv("AIRFLOW_CONN_FROM_OUTSIDE", fresh_bento.connection_json)
    people = [{"email": f"customer{number}@shop.example", "tags": ["customer"]} for number in range(120)]
    BentoHook("from_outside").import_subscribers(people)
    run_id = airflow.trigger("bento_approval")
    wait_for_state(airflow, "bento_approval", run_id, "approve", "awaiting_input")
    try:
        page.goto(f"{airflow.url}/dags/bento_approval/runs/{run_id}/tasks/approve/required_actions")
        [draft] = fresh_bento.control.everything("/broadcasts")
        link = page.get_by_role("link", name=f"/account/emails/broadcasts/{draft['id']}")
        expect(link).to_have_attribute("href", f"{fresh_bento.url}/account/emails/broadcasts/{draft['id']}/edit")
        expect(page.get_by_text("at most 120 people")).to_be_visible()
        expect(page.get_by_role("button", name="Approve")).to_be_visible()
        assert "visitor.first_name" not in page.content()
        page.set_viewport_size({"width": 1280, "height": 640})
        picture("approval", page)
    finally:
        end(airflow, "bento_approval", run_id)
