"""The DAG of docs/start.md."""

# [START first_push]
from airflow.sdk import dag, task

from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator


@dag(schedule=None)
def first_push():
    """Push two people."""

    @task
    def read_people():
        return [
            {"email": "ada@example.com", "first_name": "Ada", "tags": ["reader"]},
            {"email": "bob@example.com", "first_name": "Bob", "tags": ["reader"]},
        ]

    BentoBatchSubscribersOperator(task_id="push", subscribers=read_people())


first_push()
# [END first_push]
