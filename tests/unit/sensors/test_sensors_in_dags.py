"""Sensors as Airflow runs them, on whichever Airflow is installed: templates, mapping, deferral, XComs, an example."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento import version_compat
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[3] / "example_dags"
SOURCE = """
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.sensors.bento import BentoBroadcastSensor, BentoSubscriberSensor

QUICK = {"deferrable": True, "poke_interval": 0.1, "timeout": 0.3}

with DAG("sensors", schedule=None, start_date=datetime(2026, 1, 1), params={"tag": "vip"},
         default_args={"email": ["ops@example.com"], "email_on_failure": False}):
    @task
    def who():
        return "ann@planted.example"

    @task
    def all_of_them():
        return ["ann@planted.example", "bo@planted.example"]

    found = BentoSubscriberSensor(task_id="found", email=who(), has_tag="{{ params.tag }}", **QUICK)
    BentoSubscriberSensor.partial(task_id="mapped", **QUICK).expand(email=all_of_them())
    BentoSubscriberSensor(
        task_id="by_template", email="{{ ti.xcom_pull('who') }}", deferrable=False) << found
    BentoSubscriberSensor(task_id="skipped", email="nobody@planted.example", soft_fail=True, **QUICK)
    BentoBroadcastSensor(task_id="late", name="never", **QUICK)
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


def test_sensors_in_a_dag(
    airflow_db: None,
    bento: RunningSandbox,
    dags_folder: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Addresses of other tasks, of templates and of mapped tasks; nobody is in a log."""
    if version_compat.BaseEventTrigger is None:  # its sensors look for an executor that SQLite can have
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SequentialExecutor")
    BentoHook().import_subscribers([{"email": "ann@planted.example", "tags": "vip"}, {"email": "bo@planted.example"}])
    source = dags_folder / "sensors.py"
    source.write_text(SOURCE)
    run = loaded(source, "sensors").test()
    ended = [(one.task_id, str(getattr(one.state, "value", one.state))) for one in run.get_task_instances()]
    assert Counter(ended) == Counter(
        {
            ("who", "success"): 1,
            ("all_of_them", "success"): 1,
            ("found", "success"): 1,
            ("mapped", "success"): 2,
            ("by_template", "success"): 1,
            ("skipped", "skipped"): 1,
            ("late", "failed"): 1,
        }
    )
    said = [line for line in (caplog.text + capsys.readouterr().out).splitlines() if "planted.example" in line]
    of_airflow = ("who", "all_of_them", "Returned value was")  # the results of the tasks before, which are addresses
    assert [line for line in said if not any(word in line for word in of_airflow)] == []


def test_the_watching_example_is_scheduled_by_its_asset() -> None:
    """Airflow finds the trigger by the path that it stores."""
    pytest.importorskip("airflow.sdk")
    from airflow.sdk import Asset

    found = loaded(EXAMPLES / "bento_broadcast_sent.py", "bento_broadcast_sent")
    [asset] = found.timetable.asset_condition.objects
    assert isinstance(asset, Asset)
    [watcher] = asset.watchers
    assert watcher.trigger.serialize() == (
        "airflow_provider_bento.triggers.bento.BentoBroadcastSentTrigger",
        {"bento_conn_id": "bento_default", "poll_interval": 300.0},
    )
