"""Functions may return what the operators' argument takes; what can never work is red and names the task."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.decorators.bento import (
    bento_broadcasts_task,
    bento_commands_task,
    bento_emails_task,
    bento_events_task,
    bento_subscribers_task,
)
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

SOURCE = """
from datetime import datetime
try:
    from airflow.sdk import DAG, task
except ImportError:
    from airflow.decorators import task
    from airflow.models.dag import DAG
from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator

START = datetime(2026, 1, 1)
FILE = "FILE"

with DAG("returning", schedule=None, start_date=START, params={"tag": "vip"}):
    @task.bento_subscribers
    def a_frame():
        import pandas as pd
        return pd.DataFrame({"email": [f"frame{n}@x.io" for n in range(3)], "n": [1, None, 3]})

    @task.bento_subscribers
    def a_table():
        import pyarrow as pa
        return pa.table({"email": [f"table{n}@x.io" for n in range(3)]})

    @task.bento_subscribers
    def a_list():
        return [{"email": "list0@x.io"}]

    @task.bento_subscribers(file_options={"delimiter": "|"}, constants={"tags": "{{ params.tag }}"})
    def a_path():
        return FILE

    a_frame(), a_table(), a_list(), a_path()

with DAG("wrong", schedule=None, start_date=START):
    @task.bento_subscribers
    def a_set():
        return {"planted@x.io"}

    @task.bento_subscribers
    def a_dict():
        return {"email": "planted@x.io"}

    @task.bento_subscribers
    def nothing():
        "Forget to return anything."

    @task.bento_subscribers(on_invalid_record="drop", max_failed=10)
    def texts():
        return ["planted@x.io"]

    a_set(), a_dict(), nothing(), texts()

with DAG("a_generator", schedule=None, start_date=START):
    @task
    def read():
        yield {"email": "planted@x.io"}

    BentoBatchSubscribersOperator(task_id="push", subscribers=read())
"""


@pytest.fixture
def dags(airflow_db: None, tmp_path: Path) -> Any:
    """The DAGs above."""
    file = tmp_path / "people.csv"
    file.write_text("email|city\nfile0@x.io|Ghent\n")
    path = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "returned.py"
    path.write_text(SOURCE.replace('"FILE"', repr(str(file))))
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag


def states(run: Any) -> dict[str, str]:
    """Return the state of each task of a run."""
    return {one.task_id: str(getattr(one.state, "value", one.state)) for one in run.get_task_instances()}


@pytest.mark.slow
def test_a_function_returns_what_an_argument_takes(dags: Any, bento: RunningSandbox) -> None:
    """A frame of pandas, a table of Arrow, a list, the path of a file with its options; templates run in constants."""
    assert set(states(dags.get_dag("returning").test()).values()) == {"success"}
    sent = bento.control.records("subscribers")
    assert Counter(one["email"] for one in sent) == Counter(
        [*(f"frame{n}@x.io" for n in range(3)), *(f"table{n}@x.io" for n in range(3)), "list0@x.io", "file0@x.io"]
    )
    assert [(one["city"], one["tags"]) for one in sent if one["email"] == "file0@x.io"] == [("Ghent", "vip")]


def test_what_can_never_work_is_red_and_names_the_task(dags: Any, bento: RunningSandbox) -> None:
    """Whatever max_failed allows, and before anything is sent."""
    dag = dags.get_dag("wrong")
    assert set(states(dag.test()).values()) == {"failed"}
    assert bento.control.journal() == []
    for name in ("a_set", "a_dict", "nothing"):
        with pytest.raises(Exception, match=rf"^{name} \(@task\.bento_subscribers\): .* a.* list") as caught:
            dag.get_task(name).execute({})
        assert "planted" not in str(caught.value)


def test_an_upstream_that_yields_is_told_the_way(dags: Any, bento: RunningSandbox) -> None:
    """Airflow keeps nothing, or no list, of what a plain task yields; nothing is sent, and the task is red."""
    found = states(dags.get_dag("a_generator").test())
    assert found["push"] in ("failed", "upstream_failed")
    assert bento.control.journal() == []


@pytest.mark.parametrize(
    "decorator", [bento_subscribers_task, bento_events_task, bento_broadcasts_task, bento_commands_task]
)
def test_arguments_of_a_decorator_are_judged_where_they_are_written(decorator: Any) -> None:
    """Before the function is called or expanded, which a mapped task does only during the run."""

    def push() -> list[Any]:
        return []

    kind = decorator.__name__.removesuffix("_task")
    for slip, said in (
        ({"chunk_size": 5000}, "chunk_size must be"),
        ({"on_invalid_record": "dorp"}, "did you mean 'drop'"),
        ({"chunk_sise": 5}, "there is no argument chunk_sise; did you mean chunk_size"),
        ({"columns": ["email"]}, "columns must be a dict"),
        ({"sql": "SELECT 1"}, "pass one source of records, not 2: the function, sql"),
    ):
        with pytest.raises(BentoSetupError, match=rf"^push \(@task\.{kind}\): .*{said}"):
            decorator(**slip)(push)
    assert decorator(chunk_size=5, max_failed=0.5, retries=2, pool="x")(push)


def test_a_decorator_of_emails_needs_transactional() -> None:
    """As its operator does; the function is not called to find out."""

    def push() -> list[Any]:
        return []

    with pytest.raises(BentoSetupError, match=r"^push \(@task\.bento_emails\): transactional is missing: it must be"):
        bento_emails_task(push)  # type: ignore[call-arg]  # that is what is tested
    assert bento_emails_task(transactional=True)(push)
