"""What is wrong with a constant argument is said when the DAG is parsed, with the task's name, and without data."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

try:
    from airflow.sdk import DAG, TaskGroup
except ImportError:  # Airflow 2.11
    from airflow.models.dag import DAG
    from airflow.utils.task_group import TaskGroup

from airflow_provider_bento.delivery.push import OnEmpty, OnInvalidRecord
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators import arguments
from airflow_provider_bento.operators.argument_rules import rules
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.version_compat import AirflowFailException

ROWS = [{"email": "planted@x.io"}]
QUERY = {"sql": "SELECT email FROM person", "sql_conn_id": "shop"}

SLIPS: list[tuple[dict[str, Any], str]] = [
    ({"chunk_size": 5000}, "chunk_size must be a whole number from 1 to 1000, not 5000"),
    ({"chunk_size": 0}, "chunk_size must be a whole number from 1 to 1000, not 0"),
    ({"chunk_size": True}, "chunk_size must be .*, not True"),
    (
        {"chunk_size": "{{ params.size }}"},
        r"chunk_size .* a template \(Jinja does not run in this argument\)",
    ),
    ({"max_chunk_bytes": 10}, "max_chunk_bytes must be"),
    ({"max_failed": "2%"}, r"max_failed must be .*\(0\.02 for 2 %\), not text"),
    ({"max_failed": 1.5}, "max_failed must be .*, not 1.5"),
    ({"max_failed": float("nan")}, "max_failed must be .*, not nan"),
    ({"on_invalid_record": "ignore"}, "on_invalid_record must be 'fail' or 'drop', not 'ignore'"),
    ({"on_invalid_record": "dorp"}, r"on_invalid_record must be .*, not 'dorp' \(did you mean 'drop'\?\)"),
    ({"on_invalid_record": None}, "on_invalid_record must be .*, not None"),
    ({"on_empty": "sucess"}, r"not 'sucess' \(did you mean 'success'\?\)"),
    ({"in_doubt": "retry"}, "in_doubt must be 'hold', 'resend' or 'skip', or None, not 'retry'"),
    ({"validate_only": "yes"}, "validate_only must be True or False"),
    ({"release_slot_after": "60"}, "release_slot_after must be a number of seconds, or None, not text"),
    ({"max_in_flight": 100}, "max_in_flight must be a whole number from 1 to 32, not 100"),
    ({"max_attempts": 0}, "max_attempts must be"),
    ({"bento_conn_id": ""}, "bento_conn_id must be the id of a connection, not empty text"),
    ({"bento_conn_id": None}, "bento_conn_id must be the id of a connection, not None"),
    ({"dead_letters_path": 7}, "dead_letters_path must be a path, or None, not 7"),
    ({"columns": ["email"]}, "columns must be a dict of field: column, or a function .*, not a list"),
    ({"columns": {"email": 7}}, "columns must map text to text"),
    ({"columns": {"a": "x", "a.b": "y"}}, "overlap"),
    ({"constants": [1]}, "constants must be a dict of field: value, not a list"),
    ({"constants": {"a..b": 1}}, "is not a field path"),
    ({"resume_key": "id"}, "resume_key needs sql"),
    ({"sql_parameters": {"day": 1}}, "sql_parameters needs sql"),
    ({"merge_duplicates": "True"}, "merge_duplicates must be True or False, not text"),
    ({"isolate_rejected": 1}, "isolate_rejected must be True or False, not 1"),
    ({**QUERY}, "pass one source of records, not 2: subscribers, sql"),
    ({"replay_dead_letters": "/x.jsonl"}, "pass one source of records, not 2: subscribers, replay_dead_letters"),
    ({"file_options": {"delimeter": ";"}}, "file_options"),
    ({"file_options": [";"]}, "file_options"),
    ({"subscriber": ROWS}, r"there is no argument subscriber; did you mean subscribers\?"),
    ({"chunk_sise": 5}, r"there is no argument chunk_sise; did you mean chunk_size\?"),
    ({"delimiter": ";"}, "there is no argument delimiter"),
    ({"emails": ROWS}, "there is no argument emails: emails are pushed by BentoBatchEmailsOperator"),
    ({"broadcasts": ROWS}, "there is no argument broadcasts: broadcasts are pushed by BentoBroadcastOperator"),
    ({"template_keys": ["first_name"]}, r"there is no argument template_keys\."),
    ({"columns": {"{{ params.field }}": "x"}}, "columns: a field name contains {{ or {%"),
    ({"constants": {"{% if x %}a": "x"}}, "constants: a field name contains {{ or {%"),
]


@pytest.mark.parametrize("row", [["ada@example.com"], "email", None, 7, Path("x.csv")], ids=repr)
def test_literal_rows_without_names_are_refused(row: Any) -> None:
    """Not at three in the morning; a function in columns= may still make dicts of them."""
    with pytest.raises(
        BentoSetupError, match=r"^push \(.*\): subscribers: the row at position 1 must be a dict"
    ) as caught:
        BentoBatchSubscribersOperator(task_id="push", subscribers=[*ROWS, row])
    assert "ada@" not in str(caught.value)
    BentoBatchSubscribersOperator(task_id="push", subscribers=[row], columns=lambda cells: {"email": cells[0]})


@pytest.mark.parametrize(("slip", "said"), SLIPS, ids=[str(list(slip)) + said[:30] for slip, said in SLIPS])
def test_a_slip_is_refused_where_it_is_written(slip: dict[str, Any], said: str) -> None:
    """With the task, the operator and the argument first; never a value that may be a person."""
    with pytest.raises(BentoSetupError, match=said) as caught:
        BentoBatchSubscribersOperator(task_id="push", subscribers=ROWS, **slip)
    assert str(caught.value).startswith("push (BentoBatchSubscribersOperator): ")
    assert "planted" not in str(caught.value)
    assert not str(caught.value).endswith("..")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "no source of records: pass one of events, sql, replay_dead_letters"),
        ({"sql": "SELECT 1"}, "sql needs sql_conn_id"),
        ({**QUERY, "sql": " "}, "sql must be the text of a single SELECT, not empty text"),
        ({**QUERY, "sql": "DELETE FROM person"}, "sql must be a single SELECT, not DELETE"),
        ({**QUERY, "sql": "SELECT 1; DROP TABLE person"}, "sql must be a single SELECT, not 2 statements"),
        ({**QUERY, "sql": ["SELECT 1"]}, "sql must be the text of a single SELECT, not a list"),
        ({**QUERY, "sql_parameters": "7"}, "sql_parameters must be a list or dict of values, or None, not text"),
        (
            {"replay_dead_letters": "/a.jsonl", "dead_letters_path": "/a.jsonl"},
            "dead_letters_path must be a different file from replay_dead_letters",
        ),
        ({"events": {"type": "x"}}, "events is a single dict"),
        ({"events": iter([])}, "events is a generator or iterator"),
        ({"events": {1}}, "events is a set"),
    ],
)
def test_a_source_has_what_it_needs(wrong: dict[str, Any], said: str) -> None:
    """None, one without its parts, one that can never work."""
    with pytest.raises(BentoSetupError, match=rf"^push \(BentoBatchEventsOperator\): .*{said}"):
        BentoBatchEventsOperator(task_id="push", **wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"sql": "queries/people.sql", "sql_conn_id": "shop"},
        {"sql": "DELETE {{ params.really }}", "sql_conn_id": "shop"},
        {"sql": "WITH x AS (SELECT 1) SELECT * FROM x", "sql_conn_id": "{{ params.db }}", "resume_key": "id"},
        {"sql": "SELECT 'a;b' FROM t;  -- end", "sql_conn_id": "shop", "sql_parameters": (1,)},
        {"sql": "VALUES (1)", "sql_conn_id": "shop"},
        {"events": "{{ params.rows }}", "in_doubt": "{{ params.doubt }}", "validate_only": "{{ params.dry }}"},
        {"events": [], "dead_letters_path": "{{ params.path }}", "constants": "{{ params.constants }}"},
        {"events": [], "columns": {"email": "{{ params.column }}"}, "constants": {"details.day": "{{ ds }}"}},
        {"events": [], "columns": dict, "max_failed": 0.5, "release_slot_after": None, "chunk_size": None},
        {"replay_dead_letters": "/a.jsonl", "dead_letters_path": "/b.jsonl"},
        {"replay_dead_letters": "/a.jsonl", "events": None},
        {**QUERY, "events": None},
    ],
)
def test_what_is_right_or_waits_for_the_run_passes(right: dict[str, Any]) -> None:
    """Templates in template fields are validated when they are rendered."""
    BentoBatchEventsOperator(task_id="push", **right)


def test_all_slips_of_a_task_are_said_at_once() -> None:
    """Whoever fixes one sees the others."""
    with pytest.raises(BentoSetupError, match=r"chunk_size .*; max_failed"):
        BentoBatchEventsOperator(task_id="push", events=[], chunk_size=0, max_failed=-1)


def test_a_rendered_template_is_judged_by_the_same_rules() -> None:
    """Before anything is sent; what it rendered to is not shown, unless it is a word."""
    operator = BentoBatchEventsOperator(
        task_id="push", events=[], in_doubt="{{ params.doubt }}", replay_dead_letters=None
    )
    for word, said in (("retry", "not 'retry'"), ("ann@x.io told so", "not text")):
        operator.in_doubt = "{{ params.doubt }}"  # type: ignore[assignment]
        operator.render_template_fields({"params": {"doubt": word}})
        with pytest.raises(BentoSetupError, match=rf"^push \(.*\): in_doubt must be .*, {said}"):
            operator._argument_check(rendered=True).check()


def test_a_result_that_is_none_is_told_from_none_given() -> None:
    """An upstream task returned nothing, or yields: the argument was there, and the way that works is named."""
    operator = BentoBatchEventsOperator(task_id="push", events="{{ params.rows }}")
    operator.events = None
    with pytest.raises(
        BentoSetupError, match=r"^push \(.*\): events is None: .*yields.*use @task\.bento_events"
    ) as said:
        operator._argument_check(rendered=True).check()
    assert "no source" not in str(said.value)


@pytest.mark.parametrize("keys", ["name", [1], None])
def test_the_keys_of_a_broadcast_are_a_list(keys: Any) -> None:
    """Text would name each of its letters."""
    with pytest.raises(BentoSetupError, match="template_keys must be a list of the records' keys"):
        BentoBroadcastOperator(task_id="push", broadcasts=[], template_keys=keys)


def test_the_closed_sets_are_those_of_the_core() -> None:
    """They are written a second time, so that parsing a DAG does not load what sends."""
    known = rules("events")
    assert known["on_invalid_record"].words == get_args(OnInvalidRecord)
    assert known["on_empty"].words == get_args(OnEmpty) == get_args(arguments.OnEmpty)
    assert known["in_doubt"].words == get_args(arguments.WhenInDoubt)


@pytest.mark.parametrize("kind", [BentoBatchSubscribersOperator, BentoBatchEventsOperator, BentoBroadcastOperator])
def test_what_is_in_partial_is_judged_at_parse(kind: Any) -> None:
    """A mapped task's constants, too; what is expanded waits for the run."""
    for slip, said in (({"chunk_size": 5000}, "chunk_size"), ({"max_faild": 1}, "did you mean max_failed")):
        with pytest.raises(BentoSetupError, match=rf"^push \({kind.__name__}\): .*{said}"):
            kind.partial(task_id="push", **slip)
    kind.partial(task_id="push", sql="SELECT 1").expand(sql_conn_id=["a", "b"])
    kind.partial(task_id="push", bento_conn_id="x", chunk_size=None).expand(**{kind._endpoint: [[], []]})


def test_what_is_expanded_is_judged_when_it_is_executed() -> None:
    """Not while Airflow makes the task of a mapped one, where it would be retried and say nothing."""
    mapped = BentoBatchEventsOperator.partial(task_id="push", events=[]).expand(chunk_size=[0, 5])
    with pytest.raises(AirflowFailException, match=r"^push \(BentoBatchEventsOperator\): chunk_size must be .*, not 0"):
        mapped.unmap({"chunk_size": 0}).execute({})


def test_default_args_are_judged_and_reach_each_operator() -> None:
    """They are constants of the DAG, too; what a kind does not know of them is left out, as Airflow does."""
    defaults = {"chunk_size": 7, "sql_conn_id": "shop", "merge_duplicates": True}
    assert BentoBatchEventsOperator(task_id="push", events=[], default_args=defaults).chunk_size == 7
    assert BentoBatchSubscribersOperator(task_id="push", subscribers=[], default_args=defaults).merge_duplicates
    with pytest.raises(BentoSetupError, match="max_failed"):
        BentoBatchEventsOperator(task_id="push", events=[], default_args={"max_failed": "2%"})


def test_a_subclass_and_a_group_are_named() -> None:
    """The id as Airflow shows it, the operator as the author named it."""

    class Mine(BentoBatchEventsOperator):
        """Somebody's own."""

    with DAG("d", schedule=None), TaskGroup("group"), pytest.raises(BentoSetupError, match=r"^group\.push \(Mine\): "):
        Mine(task_id="push", events=[], chunk_size=0)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just("planted@x.io"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3) | st.sets(st.integers()),
    max_leaves=5,
)


@given(
    name=st.sampled_from(sorted(rules("subscribers").keys() - {"template_keys", "allow_send", "to_everyone"})),
    value=ANYTHING,
)
def test_any_value_is_taken_or_refused_in_words(name: str, value: object) -> None:
    """No argument makes the parser of DAGs fail with somebody else's error, or shows what was passed."""
    said = ""
    try:
        BentoBatchSubscribersOperator(task_id="push", subscribers=[], **{name: value})
    except BentoSetupError as error:
        said = str(error)
    assert said == "" or said.startswith("push (BentoBatchSubscribersOperator): ")
    assert "planted" not in said
