"""Examples of the docs that no example DAG contains."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator


def test_files_with_options() -> None:
    """The operator accepts the file options of docs/sources.md when the DAG is parsed."""
    # [START file_options]
    push = BentoBatchSubscribersOperator(
        task_id="push",
        subscribers="s3://crm@exports/{{ ds }}/",  # a file, a folder, or a pattern with * and **
        file_options={"delimiter": ";", "encoding": "cp1252", "null": ["NULL"]},
    )
    # [END file_options]
    assert push.file_options == {"delimiter": ";", "encoding": "cp1252", "null": ["NULL"]}


def test_ask_a_person() -> None:
    """The operator of docs/how-to/answer-a-doubt.md asks."""
    # [START ask_a_person]
    push = BentoBatchEventsOperator(
        task_id="push",
        events="s3://shop@exports/{{ ds }}/orders.jsonl",
        in_doubt="ask",
        ask_timeout=timedelta(hours=12),
        retries=2,
    )
    # [END ask_a_person]
    assert (push.in_doubt, push.ask_timeout) == ("ask", timedelta(hours=12))


def test_assets() -> None:
    """A DAG is scheduled on what another DAG's push declares."""
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG

    from airflow_provider_bento.assets.bento import create_asset

    # [START assets]
    people = create_asset(site_uuid="your-site-uuid", noun="subscribers")

    with DAG("crm_to_bento", schedule="@daily"):
        BentoBatchSubscribersOperator(task_id="push", subscribers="s3://crm@exports/people.csv", outlets=[people])

    with DAG("after_crm", schedule=[people]):
        EmptyOperator(task_id="welcome")
    # [END assets]
    assert people.uri == "bento://your-site-uuid/subscribers"
