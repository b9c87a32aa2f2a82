"""Customers of a shop, kept in step with Bento: each run sends only what changed since the last one.

What Bento confirmed is kept in a snapshot, a folder of keyed hashes. People who were sent before and are no longer in
the source lose a tag. If too many of them are missing, the query is probably wrong: the task fails before it sends
anything.

The form simulates the changes: run it twice, the second time with people who changed or left. The folder may be any
path of Airflow's object storage.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.sdk import Param, dag, task

from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator


def customers(*, people: int, changed: int, left: int) -> Iterator[dict[str, Any]]:
    """Yield the customers: the first ones have another plan than before, the last ones are gone."""
    for number in range(people - left):
        yield {"email": f"customer{number}@step.example", "plan": "gold" if number < changed else "free"}


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "people": Param(
            100,
            type="integer",
            minimum=2,
            maximum=10_000,
            title="People",
            description="How many customers the shop had in the beginning: 2 to ten thousand.",
        ),
        "changed": Param(
            0,
            type="integer",
            minimum=0,
            maximum=10_000,
            title="People who changed",
            description="How many of them have another plan than in the beginning.",
        ),
        "left": Param(
            0,
            type="integer",
            minimum=0,
            maximum=10_000,
            title="People who left",
            description="How many of them are no longer customers; a tenth of those in the snapshot may leave at once.",
        ),
        "wrong_query": Param(
            False,
            type="boolean",
            title="A wrong query",
            description="Half of the rows are missing: the task fails, and nothing is sent.",
        ),
        "full_refresh": Param(
            "false",
            type="string",
            enum=["false", "true", "baseline"],
            values_display={
                "false": "What changed",
                "true": "Everybody",
                "baseline": "Nobody: Bento has them already",
            },
            title="What is sent",
            description="Usually what changed; everybody, if somebody edited people in Bento.",
        ),
        "validate_only": Param(
            False, type="boolean", title="Dry run", description="Compare and count everything, send nothing."
        ),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "bento-customers"),
            type="string",
            minLength=1,
            maxLength=1000,
            title="Snapshot",
            description="Where the snapshot is kept: a local folder, or any folder in Airflow's object storage.",
        ),
    },
    doc_md=__doc__,
)
def bento_customers_in_step() -> None:
    """One task reads all customers, one sends what changed."""

    @task
    def read_customers(params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all customers, as a query of everybody would."""
        form = params or {}
        rows = list(customers(people=form["people"], changed=form["changed"], left=form["left"]))
        return rows[: len(rows) // 2] if form["wrong_query"] else rows

    # [START in_step]
    BentoBatchSubscribersOperator(
        task_id="push_changes",
        subscribers=read_customers(),  # everybody, in each run
        constants={"tags": "customer"},
        snapshot_path="{{ params.folder }}",  # what Bento confirmed; in production: a bucket
        when_gone="untag",  # people who are no longer in the source ...
        untag=["customer"],  # ... lose this tag
        max_gone=0.1,  # more than a tenth of them gone: the query is wrong, nothing is sent
        full_refresh="{{ params.full_refresh }}",
        validate_only="{{ params.validate_only }}",
    )
    # [END in_step]


bento_customers_in_step()
