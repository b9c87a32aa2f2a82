"""A function that yields: records are sent to Bento while it runs, and memory contains one chunk of them.

A retry calls it again and skips what Bento confirmed, so it must yield the same records for one DAG run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow.sdk import Param, dag, task


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "count": Param(
            2500,
            type="integer",
            minimum=0,
            maximum=1_000_000,
            title="People",
            description="How many to make up and push: at most a million.",
        )
    },
    doc_md=__doc__,
)
def bento_generator() -> None:
    """One task."""

    # [START generator]
    @task.bento_subscribers(on_invalid_record="drop", max_failed=0.01)
    def push_people(params: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield people one by one, as a cursor of a warehouse would."""
        for number in range((params or {})["count"]):
            yield {"email": f"person{number}@generator.example", "number": number}

    push_people()
    # [END generator]


bento_generator()
