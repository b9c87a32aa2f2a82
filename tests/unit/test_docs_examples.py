"""Examples of the docs that no example DAG contains."""

from __future__ import annotations

from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator


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
