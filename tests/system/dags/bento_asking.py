"""Pushes that ask a person about what is in doubt, in chunks of five; for the tests that press the buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator

PARAMS = {
    "count": Param(15, type="integer"),
    "who": Param("p", type="string"),
    "bento": Param("bento_default", type="string"),
}
PUSH: dict[str, Any] = {
    "task_id": "push",
    "bento_conn_id": "{{ params.bento }}",
    "chunk_size": 5,
    "retries": 2,
    "retry_delay": timedelta(seconds=1),
}


@task
def make() -> list[dict[str, Any]]:
    """Return events of as many people."""
    params = get_current_context()["params"]
    return [{"type": "asked", "email": f"{params['who']}{n}@planted.example"} for n in range(params["count"])]


@dag(schedule=None, catchup=False, params=PARAMS)
def bento_asking() -> None:
    """Ask, as a template says."""
    BentoBatchEventsOperator(events=make(), in_doubt="{{ 'ask' }}", **PUSH)


@dag(schedule=None, catchup=False, params=PARAMS)
def bento_asking_briefly() -> None:
    """Ask for 20 seconds."""
    BentoBatchEventsOperator(events=make(), in_doubt="ask", ask_timeout=timedelta(seconds=20), **PUSH)


@dag(schedule=None, catchup=False, params=PARAMS)
def bento_asking_ann() -> None:
    """Ask one person; several chunks are under way at once."""
    BentoBatchEventsOperator(events=make(), max_in_flight=3, in_doubt="ask", ask_users=["ann"], **PUSH)


bento_asking()
bento_asking_briefly()
bento_asking_ann()
