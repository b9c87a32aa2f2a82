"""Many readers, many pushes: mapped tasks on both sides.

Each region is read by a task of its own. One push reads all of their results, lazily; another is mapped itself and
pushes each region in a task of its own. All of them share the connection's rate limit.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "people": Param(
            4,
            type="integer",
            minimum=0,
            maximum=1000,
            title="People of a region",
            description="How many each of the three regions has: at most a thousand.",
        )
    },
    doc_md=__doc__,
)
def bento_mapped() -> None:
    """Three regions."""
    regions = ["north", "south", "west"]

    # [START mapped]
    @task
    def read_people(region: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the people of one region."""
        count = (params or {})["people"]
        return [{"email": f"{region}{number}@region.example", "region": region} for number in range(count)]

    @task
    def read_visits(region: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the visits of one region."""
        return [
            {"type": "visited", "email": f"{region}{number}@region.example", "details": {"region": region}}
            for number in range((params or {})["people"])
        ]

    people = read_people.expand(region=regions)
    BentoBatchSubscribersOperator(task_id="push_all_people", subscribers=people)

    visits = read_visits.expand(region=regions)
    BentoBatchEventsOperator.partial(task_id="push_visits").expand(events=visits)
    # [END mapped]


bento_mapped()
