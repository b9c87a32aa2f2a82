"""A backfill of old events that sends no emails.

Bento starts every live workflow that listens to an event, even if the event is three years old. With
``bypass_workflows`` an event is only recorded. Repeating it is then harmless, too, so a request that failed is sent
again. ``date`` is when the event happened; without it, Bento uses the time of arrival.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "since": Param(
            "2023-01-01", type="string", format="date", title="Since", description="Day of the first event."
        ),
        "days": Param(
            30,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Days",
            description="How many, with one event each: at most a thousand.",
        ),
    },
    doc_md=__doc__,
)
def bento_backfill() -> None:
    """One task reads the history, one pushes it."""

    # [START backfill]
    @task
    def read_history() -> list[dict[str, Any]]:
        """Return old events, each with its own date and marked to start nothing."""
        params = get_current_context()["params"]
        first = pendulum.parse(params["since"], tz="UTC")
        return [
            {
                "type": "lesson_finished",
                "email": f"student{day % 7}@school.example",
                "date": first.add(days=day).isoformat(),
                "details": {"lesson": day, "bypass_workflows": True},
            }
            for day in range(params["days"])
        ]

    BentoBatchEventsOperator(task_id="push_history", events=read_history(), chunk_size=10)
    # [END backfill]


bento_backfill()
