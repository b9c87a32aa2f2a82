"""The open rates of Bento's broadcasts as a Parquet file for the warehouse: the way back of a reverse-ETL DAG.

The file is replaced as a whole at each run, so a reader never sees half of it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from airflow.sdk import Param, dag, task

from airflow_provider_bento.transfers.bento import BentoToObjectStorageOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "bento-open-rates"),
            type="string",
            minLength=1,
            maxLength=1000,
            title="Folder",
            description="Where the file is written: a local folder, or any folder in Airflow's object storage.",
        )
    },
    doc_md=__doc__,
)
def bento_open_rates() -> None:
    """One task exports; one reads the file, as a load into the warehouse would."""
    # [START export]
    exported = BentoToObjectStorageOperator(
        task_id="export",
        what="broadcasts",
        filters={"status": "sent"},
        path="{{ params.folder }}/broadcasts.parquet",
    )
    # [END export]

    # [START read]
    @task
    def rank(export: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the ten broadcasts with the highest open rates."""
        from airflow.sdk import ObjectStoragePath
        from pyarrow import parquet

        with ObjectStoragePath(export["path"]).open("rb") as file:
            table = parquet.read_table(file, columns=["name", "open_rate"])
        return (
            table.filter(table["open_rate"].is_valid()).sort_by([("open_rate", "descending")]).slice(0, 10).to_pylist()
        )

    # [END read]
    rank(exported.output)


bento_open_rates()
