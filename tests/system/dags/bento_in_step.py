"""Customers and their orders in step: what the source has is told by params, so that a test can change it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

DOMAIN = ".".join(("hidden", "example"))  # Airflow stores this file; the whole word must come from the rows only


def customers() -> Iterator[dict[str, Any]]:
    """Yield customers, of whom the first have the plan gold."""
    params = get_current_context()["params"]
    for number in range(params["count"]):
        plan = "gold" if number < params["gold"] else "free"
        yield {"email": f"p{number}@{DOMAIN}", "tags": ["customer"], "plan": plan}


@dag(
    schedule=None,
    catchup=False,
    params={"folder": "", "count": Param(40, type="integer"), "gold": Param(0, type="integer")},
    default_args={"retries": 3, "retry_delay": timedelta(seconds=1)},
)
def bento_in_step() -> None:
    """Keep Bento in step with the source."""

    @task.bento_subscribers(
        snapshot_path="{{ params.folder }}/customers",
        when_gone="untag",
        untag=["customer"],
        chunk_size=5,
        max_in_flight=1,
    )
    def push() -> Iterator[dict[str, Any]]:
        return customers()

    @task.bento_events(snapshot_path="{{ params.folder }}/orders", once_by="details.order_id")
    def orders() -> Iterator[dict[str, Any]]:
        for one in customers():
            yield {"type": "order", "email": one["email"], "details": {"order_id": f"order of {one['email']}"}}

    push()
    orders()


bento_in_step()
