"""Transfers as Airflow runs them, on whichever Airflow is installed: templates, mapping, XComs, the example DAG."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parents[3] / "example_dags" / "bento_open_rates.py"
SOURCE = """
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator
from airflow_provider_bento.transfers.bento import BentoToObjectStorageOperator

with DAG("exports", schedule=None, start_date=datetime(2026, 1, 1), params={"folder": "FOLDER"}):
    @task
    def forms():
        return [{"form_id": "a"}, {"form_id": "b"}]

    BentoToObjectStorageOperator.partial(
        task_id="mapped", what="form_responses", path="{{ params.folder }}/responses.{{ ti.map_index }}.jsonl"
    ).expand(filters=forms())

    @task
    def tag():
        return "vip"

    people = BentoToObjectStorageOperator(
        task_id="people", what="subscribers", path="{{ params.folder }}/{{ dag.dag_id }}/people.jsonl",
        filters={"tags": [tag()], "created_at": ("{{ '2026-01-01' }}", "{{ params.until }}")}, params={"until": ""})
    BentoBatchEventsOperator(
        task_id="push", events="{{ ti.xcom_pull('people')['path'] }}", columns={"email": "email"},
        constants={"type": "seen"}) << people
    BentoToObjectStorageOperator(
        task_id="skipped", what="broadcasts", filters={"status": "draft"}, path="{{ params.folder }}/b.jsonl",
        on_empty="skip")
"""


def loaded(path: Path, dag_id: str) -> Any:
    """Return a DAG of a file, as Airflow loads it."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag.get_dag(dag_id)


def states(run: Any) -> Counter[str]:
    """Count the states of a run's tasks."""
    return Counter(str(getattr(one.state, "value", one.state)) for one in run.get_task_instances())


def test_templates_mapping_and_results(
    airflow_db: None, bento: RunningSandbox, dags_folder: Path, tmp_path: Path
) -> None:
    """Mapped tasks write a file each; another operator pushes the file that the first one's result names."""
    source = dags_folder / "exports.py"
    source.write_text(SOURCE.replace("FOLDER", str(tmp_path)))
    BentoHook().import_subscribers([{"email": "ann@x.io", "tags": "vip"}, {"email": "bo@x.io"}])
    bento.control.inject("status", "/fetch/responses", status=200, body={"data": [{"id": "1"}]}, count=2)
    assert states(loaded(source, "exports").test()) == Counter({"success": 6, "skipped": 1})
    files = [json.loads((tmp_path / f"responses.{index}.jsonl").read_text()) for index in (0, 1)]
    assert [row["form_id"] for row in files] == ["a", "b"]
    assert [event["email"] for event in bento.control.records("events")] == ["ann@x.io"]


def test_the_example_writes_the_open_rates(
    airflow_db: None, bento: RunningSandbox, dags_folder: Path, tmp_path: Path
) -> None:
    """The sent broadcast is in the file, and the next task reads it."""
    pytest.importorskip("airflow.sdk")
    from pyarrow import parquet

    content = {"subject": "s", "content": "c", "type": "plain", "from": {"email": "a@x.io", "name": "A"}}
    when = {"approved": True, "send_at": "2020-01-01T00:00:00Z", "inclusive_tags": "t"}
    BentoHook().create_broadcasts([{"name": "Digest", **content, **when}], allow_send=True)
    example = dags_folder / EXAMPLE.name
    example.write_bytes(EXAMPLE.read_bytes())
    run = loaded(example, "bento_open_rates").test(run_conf={"folder": str(tmp_path)})
    assert states(run) == Counter({"success": 2})
    table = parquet.read_table(tmp_path / "broadcasts.parquet")
    assert table.select(["name", "open_rate"]).to_pylist() == [{"name": "Digest", "open_rate": 0.0}]
