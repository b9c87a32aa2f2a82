"""Decorated functions that return only what is new: how they learn the watermark, run as Airflow runs them."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from airflow_provider_bento.decorators.bento import bento_subscribers_task
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import WATERMARK
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

SOURCE = """
from datetime import datetime, timezone
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.operators.bento import WATERMARK

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
DEFAULTS = {"checkpoint_path": "CHECKPOINTS", "watermark": "changed"}

def people(name, since):
    moments = [START.replace(hour=hour) for hour in range(3)]
    seen = "nothing" if since is None else since.isoformat()
    return [{"email": f"{name}{at.hour}@x.io", "changed": at, "since": seen}
            for at in moments if since is None or at >= since]

with DAG("watermarks", schedule=None, start_date=START, default_args=DEFAULTS):
    @task
    def names():
        return ["up", "down"]

    @task.bento_subscribers
    def required(watermark):
        return people("required", watermark)

    @task.bento_subscribers(watermark_start=START.replace(hour=1))
    def started(watermark=None):
        yield from people("started", watermark)

    @task.bento_subscribers
    def everything(**context):
        yield from people("everything", context["watermark"])

    @task.bento_subscribers
    def named(name, *, newer_than):
        return people(name, newer_than)

    @task.bento_subscribers
    def mapped(name, watermark):
        return people(name, watermark)

    required()
    started()
    everything()
    named("named", newer_than=WATERMARK)
    mapped.expand(name=names())
    named.override(task_id="mapped_by_name").partial(newer_than=WATERMARK).expand(name=["left"])
"""


@pytest.fixture(scope="module")
def dag(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The DAG above."""
    path = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "watermarks.py"
    path.write_text(SOURCE.replace("CHECKPOINTS", str(tmp_path_factory.mktemp("checkpoints"))))
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag.get_dag("watermarks")


def run(dag: Any, bento: RunningSandbox) -> dict[str, set[str]]:
    """Run the DAG; return for each person what the function had learned."""
    bento.control.reset()
    done = dag.test()
    assert {str(getattr(one.state, "value", one.state)) for one in done.get_task_instances()} == {"success"}
    found: dict[str, set[str]] = {}
    for one in bento.control.records("subscribers"):
        found.setdefault(one["email"].partition("@")[0], set()).add(one["since"])
    return found


@pytest.mark.slow
def test_functions_learn_their_watermark(dag: Any, bento: RunningSandbox) -> None:
    """Nothing, or the start, in the first run; in the second the stored value, with its time zone; mapped ones, too."""
    first, second = run(dag, bento), run(dag, bento)
    names = ("required", "everything", "named", "up", "down", "left")
    assert {name: first[f"{name}0"] for name in names} == {name: {"nothing"} for name in names}
    assert (first["started1"], "started0" in first) == ({"2026-01-01T01:00:00+00:00"}, False)
    latest = {"2026-01-01T02:00:00+00:00"}
    assert second == {f"{name}2": latest for name in (*names, "started")}


def test_the_dag_can_be_stored(dag: Any) -> None:
    """The sentinel is shown by its name."""
    try:
        from airflow.serialization.serialized_objects import DagSerialization as Stored
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG as Stored  # before 3.2
    stored = json.dumps(Stored.to_dict(dag))
    assert "WATERMARK" in stored
    assert stored == json.dumps(Stored.to_dict(dag))


def test_a_function_that_takes_no_watermark_is_rejected() -> None:
    """It would return everything in each run, although the task looks as if it did not."""

    def people(name: str = "x") -> list[dict[str, str]]:
        return [{"email": f"{name}@x.io"}]

    made = bento_subscribers_task(people, watermark="changed", checkpoint_path="/checkpoints")
    with pytest.raises(BentoSetupError, match=r"people \(@task\.bento_subscribers\): .* a parameter named watermark"):
        made()
    made(name=WATERMARK)


def test_a_function_may_get_a_dataframe_besides() -> None:
    """It cannot be compared with anything."""

    def people(rows: Any, watermark: Any) -> Any:
        return [rows, watermark]

    made = bento_subscribers_task(people, watermark="changed", checkpoint_path="/checkpoints")
    made(pd.DataFrame({"email": ["a@x.io"]}))
    with pytest.raises(BentoSetupError, match="the function does not use it"):
        made([], watermark=pd.DataFrame({"email": ["a@x.io"]}))


def test_a_function_needs_a_place_for_its_watermark() -> None:
    """Found when the DAG is parsed."""

    def people(watermark: Any) -> Any:
        return [{"email": "a@x.io", "changed": watermark}]

    with pytest.raises(BentoSetupError, match="watermark needs a place"):
        bento_subscribers_task(people, watermark="changed")()


def test_a_retry_learns_the_same_value(bento: RunningSandbox, tmp_path: Path) -> None:
    """The function must return the same rows for one run."""
    learned: list[Any] = []

    def people(watermark: Any) -> Any:
        learned.append(watermark)
        return [{"email": "a@x.io", "n": len(learned)}]

    made = bento_subscribers_task(people, watermark="n", watermark_start=0, checkpoint_path=str(tmp_path))
    ti = {"dag_id": "d", "run_id": "r1", "task_id": "people", "map_index": -1, "max_tries": 0}
    operator = made().operator
    for changed in ({"try_number": 1}, {"run_id": "r2", "try_number": 1}, {"try_number": 2, "max_tries": 1}):
        operator.execute({"ti": SimpleNamespace(**ti | changed)})
    assert learned == [0, 1, 0]
    assert Counter(one["email"] for one in bento.control.records("subscribers")) == {"a@x.io": 3}
