"""Results of tasks that Airflow's XCom backend keeps in object storage: whole ones and a mapped task's.

The backend is chosen once a process, so the DAG runs in one of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_bento.sandbox.in_thread import running_sandbox

SOURCE = """
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator

def events(word):
    return [{"type": "seen", "email": f"{word}{number}@stored.example"} for number in range(50)]

with DAG("stored", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    @task
    def whole():
        return events("whole")

    @task
    def mapped(number):
        return events(f"mapped{number}-")

    BentoBatchEventsOperator(task_id="push_whole", events=whole())
    BentoBatchEventsOperator(task_id="push_mapped", events=mapped.expand(number=[1, 2, 3]))

if __name__ == "__main__":
    run = dag.test()
    assert str(getattr(run.state, "value", run.state)) == "success", run.state
"""


@pytest.mark.slow
def test_results_in_object_storage_are_read_back(airflow_db: None, dags_folder: Path, tmp_path: Path) -> None:
    """Each record arrives once, and what was read lay in files."""
    pytest.importorskip("airflow.providers.common.io.xcom.backend", reason="the backend's provider is not installed")
    path, stored = dags_folder / "stored.py", tmp_path / "xcoms"
    path.write_text(SOURCE)
    stored.mkdir()
    with running_sandbox() as bento:
        connection = bento.connection | {"extra": {"pacing": "process", "rate_limit": "100/second"}}
        backend = {
            "AIRFLOW__CORE__XCOM_BACKEND": "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend",
            "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": f"file://{stored}",
            "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": "1000",
            "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_COMPRESSION": "gzip",
            "AIRFLOW_CONN_BENTO_DEFAULT": json.dumps(connection),
        }
        done = subprocess.run(
            [sys.executable, str(path)], env=os.environ | backend, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        arrived = Counter(record["email"] for record in bento.control.records("events"))
    words = ["whole", "mapped1-", "mapped2-", "mapped3-"]
    assert arrived == Counter(f"{word}{number}@stored.example" for word in words for number in range(50))
    assert len(list(stored.rglob("*.gz"))) == 4
