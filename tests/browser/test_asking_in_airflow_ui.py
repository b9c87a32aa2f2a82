"""A person answers a question about a doubt in Airflow's own UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from system.asking import arrived_of, parked

from airflow_provider_bento.operators.asking.question import ARRIVED, MISSING, STOP

if TYPE_CHECKING:
    from browser.conftest import Picture
    from system.local_airflow import LocalAirflow

    from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = [pytest.mark.system, pytest.mark.browser]

DAG = "bento_asking"


def test_a_person_reads_the_question_and_presses_a_button(
    page: Page, airflow: LocalAirflow, fresh_bento: RunningSandbox, picture: Picture
) -> None:
    """Positions, reason and the three buttons are there, and the push continues with what they chose."""
    fresh_bento.control.inject("reset_after_body", "/batch/events", nth=2)
    run = airflow.trigger(DAG, {"count": 15})
    parked(airflow, DAG, run)
    page.goto(f"{airflow.url}/dags/{DAG}/runs/{run}/tasks/push/required_actions")
    expect(page.get_by_text("Bento: did 5 events at positions 5 to 9 arrive?").first).to_be_visible()
    expect(page.get_by_text("the connection ended without a reply").first).to_be_visible()
    expect(page.get_by_text("planted")).to_have_count(0)
    for button in (ARRIVED, MISSING, STOP):
        expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 720})
    picture("ask-a-person", page)
    page.get_by_role("button", name=MISSING, exact=True).click()
    assert airflow.wait_for_run(DAG, run) == "success"
    assert sorted(arrived_of(fresh_bento, "p").values()) == [1] * 15
    assert airflow.xcom(DAG, run, "push")["accepted"] == 15
