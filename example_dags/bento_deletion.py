"""People who asked to be deleted, deleted in Bento.

A deletion cannot be undone, so the operator wants ``allow_deletion=True``. Bento allows a thousand a day; a longer list
takes days, in which the task frees its worker slot and continues by itself.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from airflow_provider_bento.operators.bento import BentoDataDeletionOperator


@dag(schedule=None, catchup=False, tags=["bento", "example"], doc_md=__doc__)
def bento_deletion() -> None:
    """One task reads who asked, one deletes them."""

    # [START deletion]
    @task
    def read_deletion_requests() -> list[str]:
        """Return the addresses of people who asked to be deleted, each once."""
        return [f"leaver{number}@club.example" for number in range(5)]

    BentoDataDeletionOperator(task_id="delete_people", emails=read_deletion_requests(), allow_deletion=True)
    # [END deletion]


bento_deletion()
