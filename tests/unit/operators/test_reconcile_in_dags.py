"""Comparisons as Airflow runs them, on whichever Airflow is installed: templates, mapping, other tasks' results."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.slow

SOURCE = """
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.operators.bento import BentoReconcileOperator

with DAG("comparisons", schedule=None, start_date=datetime(2026, 1, 1), params={"folder": "FOLDER", "tag": "vip"}):
    @task
    def people(first):
        return [{"mail": f"planted{n}@x.io"} for n in range(first, first + 3)]

    @task
    def one():
        return "planted0@x.io"

    SHARED = {"columns": {"email": "mail"}, "constants": {"tags": "{{ params.tag }}"}, "sample": "all"}
    BentoReconcileOperator(task_id="result", records=people(0), tolerate=1, **SHARED)
    BentoReconcileOperator(task_id="list_of_results", records=[{"mail": one()}], **SHARED)
    BentoReconcileOperator.partial(
        task_id="mapped", tolerate=0.9, dead_letters_path="{{ params.folder }}/differ.jsonl", **SHARED
    ).expand(records=people.expand(first=[0, 2]))
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


def test_results_templates_and_mapping(
    airflow_db: None, bento: RunningSandbox, dags_folder: Path, tmp_path: Path
) -> None:
    """Each mapped task has a file of its own; tasks whose records are another task's result run after it."""
    BentoHook().import_subscribers([{"email": f"planted{n}@x.io", "tags": "vip"} for n in range(2)])
    file = dags_folder / "comparisons.py"
    file.write_text(SOURCE.replace("FOLDER", str(tmp_path)))
    run = loaded(file, "comparisons").test()
    states = Counter((one.task_id, str(getattr(one.state, "value", one.state))) for one in run.get_task_instances())
    assert states["result", "success"] == states["list_of_results", "success"] == 1
    assert (states["mapped", "success"], states["mapped", "failed"]) == (1, 1)
    letters = {path.name: path.read_text().splitlines() for path in tmp_path.glob("*.jsonl")}
    assert sorted((name, len(lines)) for name, lines in letters.items()) == [
        ("differ.0.jsonl", 1),
        ("differ.1.jsonl", 3),
    ]
    assert json.loads(letters["differ.0.jsonl"][0])["record"] == {"email": "planted2@x.io", "tags": "vip"}
