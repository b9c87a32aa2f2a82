"""Pushes with every ending, in chunks of five; for the tests of the report of pushes."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.assets.bento import create_asset
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator
from airflow_provider_bento.sandbox.settings import SITE

PARAMS = {"count": Param(15, type="integer"), "invalid": Param(0, type="integer"), "who": Param("p", type="string")}

EVENTS = create_asset(site_uuid=SITE, noun="events", name="shop_events")


def people() -> list[str]:
    """Return as many addresses as wanted; the first ones are none."""
    params = get_current_context()["params"]
    wrong = [f"{params['who']}{n}.planted.example" for n in range(params["invalid"])]
    return [*wrong, *(f"{params['who']}{n}@planted.example" for n in range(params["count"]))]


@task
def events() -> list[dict[str, Any]]:
    """Return an event of each."""
    return [{"type": "reported", "email": email} for email in people()]


@task
def after() -> None:
    """Run after the push."""


@dag(schedule=None, catchup=False, params=PARAMS)
def bento_report() -> None:
    """Push events, drop invalid ones, and hold what is in doubt."""
    push = BentoBatchEventsOperator(
        task_id="push",
        events=events(),
        chunk_size=5,
        on_invalid_record="drop",
        max_failed=0.5,
        in_doubt="hold",
        outlets=[EVENTS],
    )
    push >> after()


@dag(schedule=[EVENTS], catchup=False)
def bento_report_of_events() -> None:
    """Run after events were pushed."""
    after()


@dag(schedule=None, catchup=False, params=PARAMS)
def bento_report_decorated() -> None:
    """Push what a function returns."""

    @task.bento_subscribers(chunk_size=5)
    def push() -> list[dict[str, Any]]:
        return [{"email": email} for email in people()]

    push()


bento_report()
bento_report_of_events()
bento_report_decorated()
