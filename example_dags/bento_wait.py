"""A person is pushed into Bento, and a welcome event follows as soon as Bento shows them with their tag.

Bento works through an import in the background, which can take minutes. The sensor waits for that in the triggerer,
without a worker slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.sensors.bento import BentoSubscriberSensor


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "email": Param(
            "ada@wait.example",
            type="string",
            format="email",
            maxLength=254,
            title="Email",
            description="The address of the person.",
        ),
        "tag": Param(
            "new-customer",
            type="string",
            minLength=1,
            maxLength=100,
            title="Tag",
            description="The tag that the person gets, and that the sensor waits for.",
        ),
    },
    doc_md=__doc__,
)
def bento_wait() -> None:
    """Push, wait, welcome."""

    @task.bento_subscribers
    def push_person() -> Iterator[dict[str, Any]]:
        """Yield the person of the form."""
        params = get_current_context()["params"]
        yield {"email": params["email"], "tags": [params["tag"]]}

    # [START wait]
    wait = BentoSubscriberSensor(
        task_id="wait_for_person",
        email="{{ params.email }}",
        has_tag="{{ params.tag }}",
        deferrable=True,
        poke_interval=60,
        timeout=1800,
    )
    # [END wait]

    @task.bento_events
    def welcome() -> Iterator[dict[str, Any]]:
        """Yield the event that starts the welcome automation."""
        yield {"email": get_current_context()["params"]["email"], "type": "welcome"}

    push_person() >> wait >> welcome()


bento_wait()
