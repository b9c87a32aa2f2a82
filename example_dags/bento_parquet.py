"""A backfill of events from Parquet files in object storage, which sends no emails.

The argument is a path: a file, a folder or a pattern, on a local disk or on any storage that Airflow knows. Events of
the past are marked with ``bypass_workflows``, so that Bento only records them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "rows": Param(
            300,
            type="integer",
            minimum=1,
            maximum=1_000_000,
            title="Rows",
            description="How many events to write into the files: at most a million.",
        )
    },
    doc_md=__doc__,
)
def bento_parquet() -> None:
    """One task writes the files, as an export would; one pushes them."""

    @task
    def export() -> str:
        """Write the history as Parquet files and return their folder."""
        import pyarrow as pa
        from pyarrow import parquet

        rows = get_current_context()["params"]["rows"]
        folder = Path(tempfile.mkdtemp(prefix="bento-parquet-"))
        for part in range(3):
            numbers = range(part, rows, 3)
            table = pa.table(
                {
                    "who": [f"reader{number}@parquet.example" for number in numbers],
                    "what": ["article_read" for _ in numbers],
                    "on": [f"2025-01-{number % 28 + 1:02}T12:00:00Z" for number in numbers],
                    "article": list(numbers),
                }
            )
            parquet.write_table(table, folder / f"part-{part}.parquet")
        return str(folder)

    # [START parquet]
    BentoBatchEventsOperator(
        task_id="push_history",
        events=export(),  # the path of a folder of Parquet files
        columns={"email": "who", "type": "what", "date": "on", "details.article": "article"},
        constants={"details.bypass_workflows": True},
    )
    # [END parquet]


bento_parquet()
