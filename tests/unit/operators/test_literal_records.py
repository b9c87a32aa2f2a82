"""Literal records and constants: other tasks' results at any depth, and no Jinja where it would not run."""

from __future__ import annotations

from typing import Any

import pytest

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2.11
    from airflow.decorators import task
    from airflow.models.dag import DAG

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.operators.build import source_for
from airflow_provider_bento.operators.literals import references

JINJA = ["{{ ds }}", "on {{ params.day }}", "{% if x %}a{% endif %}"]
BROADCAST = {"name": "n", "subject": "{{ visitor.first_name }}", "content": "{% if x %}{{ y }}{% endif %}"}


@pytest.mark.parametrize("jinja", JINJA)
@pytest.mark.parametrize(
    ("record", "place"),
    [
        (lambda jinja: {"email": "planted@x.io", "tags": jinja}, "tags"),
        (lambda jinja: {"email": "planted@x.io", "tags": ["a", jinja]}, "tags"),
        (lambda jinja: {"email": "planted@x.io", "details": {"a": [{"b": (jinja,)}]}}, "details.a.b"),
        (lambda jinja: {"email": "planted@x.io", "details": {jinja: 1}}, "a key of details"),
        (lambda jinja: {"email": "planted@x.io", jinja: 1}, "a key"),
        (lambda jinja: {"planted@x.io": jinja}, "a field"),
    ],
)
def test_jinja_in_a_literal_record_is_refused_at_parse(record: Any, place: str, jinja: str) -> None:
    """It would arrive as it stands: people would get the tag ``{{ ds }}``."""
    for kind, name in ((BentoBatchSubscribersOperator, "subscribers"), (BentoBatchEventsOperator, "events")):
        with pytest.raises(
            BentoSetupError, match=rf"^push \(.*\): {name}: {place} of .* position 1 .*(constants=|write the key out)"
        ) as caught:
            kind(task_id="push", **{name: [{"email": "a@x.io"}, record(jinja)]})
        assert "planted" not in str(caught.value)
        assert "template_keys" not in str(caught.value)


MANY: list[dict[str, Any]] = [{"email": f"p{number}@x.io"} for number in range(150)]


def test_the_first_records_are_looked_at_when_a_dag_is_parsed_and_the_others_when_the_task_runs() -> None:
    """A DAG file is parsed again and again; nothing is sent before all were looked at."""
    for place in (99, 100, 149):
        records = [*MANY[:place], {"email": "planted@x.io", "tags": ["{{ ds }}"]}, *MANY[place + 1 :]]
        with pytest.raises(
            BentoSetupError, match=rf"^push \(.*\): subscribers: tags of .* position {place} "
        ) as caught:
            BentoBatchSubscribersOperator(task_id="push", subscribers=records).render_template_fields({})
        assert "planted" not in str(caught.value)


def test_a_result_too_far_down_a_literal_list_is_refused_when_the_task_runs() -> None:
    """Airflow does not know of it: the task could run before the other one has."""
    with DAG("d", schedule=None):

        @task
        def count() -> int:
            return 7

        records = [*MANY, {"email": "planted@x.io", "n": [count()]}]
        operator = BentoBatchSubscribersOperator(task_id="push", subscribers=records)
    with pytest.raises(BentoSetupError, match=r"position 150 contains another task's result.*first 100 records"):
        operator.render_template_fields({})


@pytest.mark.parametrize("key", ["inclusive_tags", "from", "segment_id"])
def test_a_broadcasts_braces_are_liquid_in_its_texts_only(key: str) -> None:
    """Elsewhere they are a slip, and template_keys is the way."""
    slip = [{**BROADCAST, key: {"name": "{{ params.x }}"} if key == "from" else "{{ params.x }}"}]
    BentoBroadcastOperator(task_id="push", broadcasts=[BROADCAST])
    with pytest.raises(BentoSetupError, match=rf"broadcasts: {key}.*name the key {key} in template_keys, or"):
        BentoBroadcastOperator(task_id="push", broadcasts=slip)
    operator = BentoBroadcastOperator(task_id="push", broadcasts=slip, template_keys=[key])
    operator.render_template_fields({"params": {"x": "rendered"}})
    assert "rendered" in str(operator._records[0][key])
    assert operator._records[0]["subject"] == BROADCAST["subject"]


def test_data_with_braces_is_no_slip() -> None:
    """What another task, a file or a template brings is never looked through for Jinja, nor rendered."""
    operator = BentoBatchSubscribersOperator.partial(task_id="push").expand(subscribers=[[{"email": "{{ 1 / 0 }}"}]])
    unmapped = operator.unmap({"subscribers": [{"email": "{{ 1 / 0 }}"}]} if hasattr(operator, "unmap") else None)
    assert unmapped._records == [{"email": "{{ 1 / 0 }}"}]


def test_results_at_any_depth_are_dependencies_and_arrive() -> None:
    """In details of a literal event, in lists, in constants and in columns; the DAG holds no record."""
    with DAG("d", schedule=None):

        @task
        def count() -> int:
            return 7

        operator = BentoBatchEventsOperator(
            task_id="push",
            events=[{"type": "x", "email": "planted@x.io", "details": {"a": [{"rows": count()}]}}],
            constants={"details.more": {"n": [count()]}},
            columns={"email": count()},
        )
    assert operator.upstream_task_ids == {"count", "count__1", "count__2"}
    assert str(operator.events) == "<1 events>"
    assert len(list(references(operator.constants))) == 1


def test_constants_and_columns_are_rendered_and_the_function_is_not() -> None:
    """Jinja runs in the author's words; text that ends like a file is text."""
    operator = BentoBatchEventsOperator(
        task_id="push",
        events=[{"mail": "a@x.io"}],
        constants={"type": "{{ params.kind }}", "details.query": "report.sql", "details.deep": {"a": ["{{ ds }}"]}},
        columns={"email": "{{ params.column }}"},
    )
    operator.render_template_fields({"params": {"kind": "seen", "column": "mail"}, "ds": "2026-01-01"})
    assert [row.data for row in source_for(operator._options(), operator._records).rows(cursor())] == [
        {"email": "a@x.io", "type": "seen", "details": {"query": "report.sql", "deep": {"a": ["2026-01-01"]}}}
    ]
    with_function = BentoBatchEventsOperator(task_id="push", events=[], columns=dict)
    with_function.render_template_fields({})
    assert with_function.columns is dict
    assert "columns" not in with_function.template_fields


def cursor() -> Any:
    """Return the beginning of a source."""
    from airflow_provider_bento.delivery.values import Cursor

    return Cursor()
