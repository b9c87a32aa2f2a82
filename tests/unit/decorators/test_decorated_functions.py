"""Functions that yield records, run as Airflow runs them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.decorators.bento import bento_subscribers_task
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.version_compat import AirflowFailException

SOURCE = """
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.decorators.bento import bento_events_task

with DAG("yielding", schedule=None, start_date=datetime(2026, 1, 1), params={"word": "param"}):
    @task
    def words():
        return ["up", "down"]

    @task.bento_subscribers
    def bare(params=None):
        for number in range(5):
            yield {"email": f"{params['word']}{number}@x.io"}

    @task.bento_events(chunk_size=2)
    def with_arguments(word):
        return [{"type": "seen", "email": f"{word}{number}@x.io"} for number in range(3)]

    @bento_events_task
    def plain(word, ti=None):
        yield {"type": ti.task_id, "email": f"{word}@x.io"}

    @task.bento_broadcasts
    def digest(run_id=None):
        yield {"name": f"D {run_id}", "subject": "{{ s }}", "content": "c", "type": "plain", "inclusive_tags": "t"}

    @bento_events_task(on_invalid_record="drop", max_failed=1)
    def pairs(left, right, *, suffix, ds=None):
        yield {"type": "pair", "email": f"{left}{right}{suffix}@x.io", "details": {"day": ds or "none"}}
        yield {"type": "pair"}

    @task
    def people():
        return [{"type": "seen", "email": "listed@x.io"}]

    @task.bento_events
    def passed_on(rows, more=()):
        yield from rows
        yield from ({"type": "seen", "email": f"{word}@x.io"} for word in more)

    bare()
    with_arguments("once")
    with_arguments.override(task_id="again", chunk_size=1)("again")
    with_arguments.expand(word=words())
    plain("plain")
    digest()
    pairs.partial(suffix="-s").expand(left=["a", "b"], right=words())
    pairs.override(task_id="kwargs").partial(right="r").expand_kwargs([{"left": "k", "suffix": "1"}])
    passed_on(people(), more=words())
"""


@pytest.fixture
def dag(airflow_db: None) -> Any:
    """The DAG above."""
    path = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "decorated.py"
    path.write_text(SOURCE)
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag.get_dag("yielding")


@pytest.mark.slow
def test_decorated_functions_push_what_they_give(dag: Any, bento: RunningSandbox) -> None:
    """Bare and with arguments, yielding and returning, overridden, partial, expanded, fed by other tasks."""
    run = dag.test()
    assert {str(getattr(one.state, "value", one.state)) for one in run.get_task_instances()} == {"success"}
    people = Counter(record["email"] for record in bento.control.records("subscribers"))
    events = Counter((record["type"], record["email"]) for record in bento.control.records("events"))
    assert people == Counter(f"param{number}@x.io" for number in range(5))
    words = ("once", "again", "up", "down")
    seen = [f"{word}{number}" for word in words for number in range(3)] + ["listed", "up", "down"]
    pairs = ["aup-s", "adown-s", "bup-s", "bdown-s", "kr1"]
    assert events == Counter(
        [
            *(("seen", f"{name}@x.io") for name in seen),
            *(("pair", f"{name}@x.io") for name in pairs),
            ("plain", "plain@x.io"),
        ]
    )
    assert [record["subject"] for record in bento.control.records("broadcasts")] == ["{{ s }}"]


@pytest.mark.slow
def test_what_upstreams_gave_is_not_shown(dag: Any, bento: RunningSandbox) -> None:
    """The Rendered tab is kept in the database: arguments from other tasks stand there by kind and size."""
    from airflow.models.renderedtifields import RenderedTaskInstanceFields as Rendered
    from airflow.utils.session import create_session

    dag.test()
    with create_session() as session:
        shown = {one.task_id: str(one.rendered_fields) for one in session.query(Rendered).filter_by(dag_id=dag.dag_id)}
    assert "<list of 1>" in shown["passed_on"]
    assert "listed" not in shown["passed_on"]
    assert "once" in shown["with_arguments"]


def test_an_argument_that_looks_like_a_file_is_none(dag: Any, bento: RunningSandbox) -> None:
    """The operators read .sql files, a function gets the words that it was given."""
    task = dag.get_task("with_arguments")
    task.op_args = ["orders.sql"]
    task.render_template_fields({"dag": dag, "ti": None, "params": {}})
    assert task.op_args == ["orders.sql"]
    assert task.template_ext == (".sql",)


def test_rendering_twice_hides_once(dag: Any, bento: RunningSandbox) -> None:
    """The function gets what it was given."""
    task = dag.get_task("with_arguments")
    task.op_args = [["a", "b"]]
    for _ in range(2):
        task.render_template_fields({"dag": dag, "ti": None, "params": {}})
    assert repr(task.op_args) == "[<list of 2>]"
    assert [row.data["email"] for row in task._records_source({}).rows(Cursor())] == [
        f"['a', 'b']{n}@x.io" for n in range(3)
    ]


def test_a_function_may_return_a_file_that_needs_options(bento: RunningSandbox, tmp_path: Path) -> None:
    """The options are the function's file's, on the decorator; what yields records has no use for them."""
    path = tmp_path / "people.csv"
    path.write_text("email~plan\nann@x.io~gold\n")

    def export() -> str:
        return str(path)

    def people() -> Iterator[dict[str, str]]:
        yield {"email": "bob@x.io"}

    pushed = bento_subscribers_task(export, file_options={"delimiter": "~"})().operator.execute({})
    assert pushed["accepted"] == 1
    assert bento.control.records("subscribers") == [{"email": "ann@x.io", "plan": "gold"}]
    with pytest.raises(AirflowFailException, match="the function yields records"):
        bento_subscribers_task(people, file_options={"delimiter": "~"})().operator.execute({})
