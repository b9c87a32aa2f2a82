"""The records argument: stored and shown as a count, resolved but never rendered."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.operators.records_argument import Records, with_rendered_keys

LIQUID = "{{ visitor.first_name }} {{ run_id }}"


def rendered(operator: Any, **context: Any) -> Any:
    """Render the operator's fields as Airflow does, and return the records."""
    operator.render_template_fields(context)
    return operator._records


def test_literal_list_is_stored_as_a_count() -> None:
    """What Airflow prints or serialises of a list of records is how many there are."""
    operator = BentoBatchEventsOperator(task_id="t", events=[{"type": "x", "email": "planted@x.io"}] * 3)
    assert str(operator.events) == repr(operator.events) == "<3 events>"


def test_no_jinja_runs_inside_records() -> None:
    """What a template gives is data: braces in it reach Bento as they stand."""
    operator = BentoBatchSubscribersOperator(task_id="t", subscribers="{{ params.rows | tojson }}")
    assert LIQUID in rendered(operator, run_id="r", params={"rows": [{"email": "a@x.io", "note": LIQUID}]})


def test_broadcast_renders_its_name_only() -> None:
    """Of a literal broadcast only the keys of template_keys are rendered."""
    broadcast = {"name": "Digest {{ run_id }}", "content": LIQUID, "send_at": "{{ ds }}", "subject": "{{ ds }}"}
    [found] = rendered(BentoBroadcastOperator(task_id="t", broadcasts=[broadcast]), run_id="r1", ds="2026-01-01")
    assert found == {**broadcast, "name": "Digest r1", "send_at": "2026-01-01"}


class _Result:
    """Another task's result, as Airflow's XComArg stands for it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def resolve(self, context: Any, **_: Any) -> Any:
        """Return it."""
        return self.value

    def iter_references(self) -> Any:
        """Return no task."""
        return iter(())


def test_no_jinja_runs_in_what_another_task_returned() -> None:
    """Not in a key of template_keys either: somebody else's braces could read a connection."""
    literal = [
        {"name": _Result(LIQUID), "send_at": "{{ ds }}", "from": {"name": _Result(LIQUID)}},
        _Result({"name": LIQUID}),
    ]
    operator = BentoBroadcastOperator(task_id="t", broadcasts=literal)
    assert rendered(operator, run_id="planted", ds="2026-01-01") == [
        {"name": LIQUID, "send_at": "2026-01-01", "from": {"name": LIQUID}},
        {"name": LIQUID},
    ]


def test_template_gives_json_text() -> None:
    """A template stands for the text it gives."""
    operator = BentoBatchEventsOperator(task_id="t", events="{{ params.rows | tojson }}")
    assert rendered(operator, params={"rows": [{"a": 1}]}) == '[{"a": 1}]'


def test_output_of_a_task_is_a_dependency() -> None:
    """A TaskFlow result in the argument, alone or inside a list, makes its task an upstream one."""
    with DAG("d", schedule=None):

        @task
        def one() -> str:
            return "a@x.io"

        whole = BentoBatchSubscribersOperator(task_id="whole", subscribers=one())
        nested = BentoBatchSubscribersOperator(task_id="nested", subscribers=[{"email": one()}])
    assert whole.upstream_task_ids == {"one"}
    assert nested.upstream_task_ids == {"one__1"}


@pytest.mark.parametrize("wrong", [None, {"email": "planted@x.io"}, {1, 2}, "planted@x.io", iter([1]), 7, b"[]"])
def test_what_can_never_work_is_refused_at_parse_time(wrong: Any) -> None:
    """A value that is no list of records gets an error that names the argument and shows no value."""
    with pytest.raises(BentoSetupError, match="subscribers") as caught:
        BentoBatchSubscribersOperator(task_id="t", subscribers=wrong)
    assert "planted" not in str(caught.value)


def test_operator_survives_pickling_and_copying() -> None:
    """An operator can be sent to another process, before and after it ran."""
    operator = BentoBatchEventsOperator(task_id="t", events=[{"type": "x", "email": "a@x.io"}])
    again = pickle.loads(pickle.dumps(operator))
    assert again._records == operator._records


def test_rendering_keys_leaves_other_rows_alone() -> None:
    """Rows that are no dicts are left for the validation to name."""
    assert with_rendered_keys([1, {"name": "x", "n": 2}], ("name",), str.upper) == [1, {"name": "X", "n": 2}]


def test_empty_list_is_still_a_field_for_airflow() -> None:
    """Airflow skips empty template fields; a wrapped empty list is not one, so that it is shown."""
    assert len(Records([], "events")) == 1
    assert str(Records([], "events")) == "<0 events>"
