"""Pushes people and compares them after their import took effect; and compares them alone."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator, BentoReconcileOperator

PEOPLE = [{"email": f"planted{number}@told.example", "tags": "vip", "age": number} for number in range(20)]

with DAG("bento_reconcile", schedule=None, tags=["test"]):
    BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE) >> BentoReconcileOperator(
        task_id="check", records=PEOPLE, sample="all", after=timedelta(seconds=40)
    )

with DAG("bento_reconcile_red", schedule=None, tags=["test"]):
    BentoReconcileOperator(
        task_id="check",
        bento_conn_id="bento_red",
        records=PEOPLE,
        sample="all",
        tolerate=2,
        after=timedelta(seconds=40),
        dead_letters_path="{{ dag_run.conf['folder'] }}/differ.jsonl",
        retries=1,
        retry_delay=timedelta(seconds=1),
    )
