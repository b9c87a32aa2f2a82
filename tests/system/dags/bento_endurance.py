"""A long push for the tests that kill it: many small chunks, told by params what to do when in doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator


@dag(
    schedule=None,
    catchup=False,
    params={"count": Param(200, type="integer"), "in_doubt": Param(None, type=["null", "string"])},
)
def bento_endurance() -> None:
    """Make records, push them in chunks of five."""

    @task
    def make() -> list[dict[str, Any]]:
        count = get_current_context()["params"]["count"]
        return [{"type": "counted", "email": f"p{number}@planted.example"} for number in range(count)]

    BentoBatchEventsOperator(
        task_id="push",
        events=make(),
        chunk_size=5,
        retries=4,
        retry_delay=timedelta(seconds=1),
        in_doubt="{{ params.in_doubt or 'hold' }}",
    )


@dag(schedule=None, catchup=False, params={"count": Param(100, type="integer")})
def bento_endurance_people() -> None:
    """The same with subscribers, where an unknown outcome is sent again."""

    @task
    def make() -> list[dict[str, Any]]:
        count = get_current_context()["params"]["count"]
        return [{"email": f"p{number}@planted.example"} for number in range(count)]

    BentoBatchSubscribersOperator(
        task_id="push",
        subscribers=make(),
        chunk_size=5,
        max_in_flight=3,
        retries=4,
        retry_delay=timedelta(seconds=1),
    )


@dag(schedule=None, catchup=False, max_active_tasks=16)
def bento_throttled() -> None:
    """Ten pushes in a pool of two slots, at a rate that lets four through at once."""

    @task
    def make(number: int) -> list[dict[str, Any]]:
        return [{"type": "throttled", "email": f"t{number}@planted.example"}]

    BentoBatchEventsOperator.partial(
        task_id="push", bento_conn_id="bento_slow", pool="two_slots", release_slot_after=2
    ).expand(events=make.expand(number=list(range(10))))


@dag(schedule=None, catchup=False)
def bento_bystander() -> None:
    """Something else that wants a slot of the same pool."""

    @task(pool="two_slots")
    def pass_by() -> str:
        return "passed"

    pass_by()


bento_endurance()
bento_endurance_people()
bento_throttled()
bento_bystander()
