"""What an editor and mypy say of a DAG with slips: each is an error, and a DAG without slips has none."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.operators import arguments
from airflow_provider_bento.operators.base import BentoBatchOperator
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
    BentoDataDeletionOperator,
)
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.version_compat import BaseOperator

ROOT = Path(__file__).resolve().parents[2]
KINDS: list[Any] = [
    BentoBatchSubscribersOperator,
    BentoBatchEventsOperator,
    BentoBroadcastOperator,
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoDataDeletionOperator,
]
WATERMARK = {"watermark": "str | None", "watermark_start": "Any"}
ASKING = {"ask_timeout": "timedelta | None", "ask_users": "Sequence[str | Mapping[str, str]] | None"}
ONCE = {"once_by": "str | None", "snapshot_path": "FilePath | None", "forget_after": "timedelta | None", **WATERMARK}
OWN = {
    "subscribers": {
        "merge_duplicates": "bool",
        "isolate_rejected": "bool",
        "snapshot_path": "FilePath | None",
        "when_gone": "WhenGone",
        "untag": "Sequence[str]",
        "max_gone": "float | None",
        "resend_after": "timedelta | None",
        "full_refresh": "bool | str",
        **WATERMARK,
    },
    "events": {**ONCE, **ASKING},
    "broadcasts": {"allow_send": "bool", "to_everyone": "bool", "template_keys": "Sequence[str]", **ASKING},
    "commands": ASKING,
    "emails": {"transactional": "bool", "template_keys": "Sequence[str]", **ONCE, **ASKING},
    "deletions": {"allow_deletion": "bool"},
}
DECORATED = [kind for kind in KINDS if kind is not BentoDataDeletionOperator]  # nobody deletes what a function yields

IMPORTS = """
from datetime import timedelta
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator, BentoBatchEmailsOperator, BentoBatchEventsOperator, BentoBatchSubscribersOperator,
    BentoBroadcastOperator, BentoDataDeletionOperator)
from airflow_provider_bento.decorators.bento import (
    bento_broadcasts_task, bento_commands_task, bento_emails_task, bento_events_task, bento_subscribers_task)
"""
RIGHT = """
BentoBatchSubscribersOperator(
    task_id="a", subscribers=[{"email": "a@x.io"}], chunk_size=5, on_invalid_record="drop", max_failed=0.1,
    on_empty="skip",
    in_doubt=None, validate_only="{{ params.dry }}", columns={"email": "Mail"}, constants={"tags": ["a"]},
    file_options={"delimiter": ";"}, merge_duplicates=True, retries=2, retry_delay=timedelta(minutes=1), doc_md="x")
BentoBatchEventsOperator(task_id="a", sql="SELECT 1", sql_conn_id="x", sql_parameters=[1], columns=lambda row: row)
BentoBatchSubscribersOperator(
    task_id="a", subscribers=[], snapshot_path="s3://aws@bucket/a", when_gone="untag", untag=["a"], max_gone=0.01,
    resend_after=timedelta(days=30), full_refresh="{{ params.full }}")
BentoBatchEventsOperator(
    task_id="a", events=[], snapshot_path="/a", once_by="details.order_id", forget_after=timedelta(days=90))
BentoBroadcastOperator(task_id="a", broadcasts=[], allow_send=True, template_keys=["name"], pool="x")
BentoBatchCommandsOperator(task_id="a", commands=[{"command": "subscribe", "email": "a@x.io"}], retries=2)
BentoBatchEmailsOperator(task_id="a", emails=[], transactional=True, template_keys=["to"])
BentoBatchEventsOperator(
    task_id="a", events=[], in_doubt="ask", ask_timeout=timedelta(hours=8),
    ask_users=["ann", {"id": "7", "name": "Bob"}])
BentoDataDeletionOperator(task_id="a", emails=["a@x.io"], allow_deletion=True, validate_only=True)

@bento_subscribers_task
def one():
    yield {}

@bento_events_task(chunk_size=5, on_invalid_record="drop", task_id="x", retries=2)
def two():
    yield {}

@bento_subscribers_task(snapshot_path="/a", when_gone="unsubscribe", max_gone=3)
def in_step():
    yield {}

@bento_events_task(snapshot_path="/a", once_by="id")
def once():
    yield {}

@bento_commands_task(in_doubt="ask", ask_users=["ann"])
def three():
    yield {}

@bento_emails_task(transactional=False)
def four():
    yield {}
"""
WRONG = [
    'BentoBatchSubscribersOperator(task_id="a", chunk_sise=5)',
    'BentoBatchEventsOperator(task_id="a", on_invalid_record="skpi")',
    'BentoBatchEventsOperator(task_id="a", on_bad_record="drop")',
    'BentoBatchEventsOperator(task_id="a", in_doubt="retry")',
    'BentoBatchSubscribersOperator(task_id="a", in_doubt="ask")',
    'BentoBatchEventsOperator(task_id="a", ask_timeout=60)',
    'BentoBatchEventsOperator(task_id="a", ask_users=[7])',
    'BentoDataDeletionOperator(task_id="a", emails=[], ask_users=["ann"])',
    'bento_subscribers_task(in_doubt="ask")',
    'BentoBatchEventsOperator(task_id="a", on_empty="sucess")',
    'BentoBatchEventsOperator(task_id="a", chunk_size="5")',
    'BentoBatchEventsOperator(task_id="a", max_failed="2%")',
    'BentoBatchEventsOperator(task_id="a", subscribers=[])',
    'BentoBatchEventsOperator(task_id="a", merge_duplicates=True)',
    'BentoBatchEventsOperator(task_id="a", retrys=2)',
    'BentoBatchEventsOperator(task_id="a", when_gone="untag")',
    'BentoBatchEventsOperator(task_id="a", forget_after=90)',
    'BentoBatchSubscribersOperator(task_id="a", when_gone="untagged")',
    'BentoBatchSubscribersOperator(task_id="a", untag=[1])',
    'BentoBatchSubscribersOperator(task_id="a", max_gone="5%")',
    'BentoBatchSubscribersOperator(task_id="a", once_by="id")',
    'BentoBatchEventsOperator(task_id="a", retries="2")',
    'BentoBatchEventsOperator(task_id="a", file_options={"delimeter": ";"})',
    'BentoBatchEventsOperator(task_id="a", file_options={"format": "xml"})',
    "BentoBatchEventsOperator(events=[])",
    'BentoBroadcastOperator(task_id="a", allow_send="False")',
    'BentoBatchEmailsOperator(task_id="a", emails=[], transactional="True")',
    'BentoBatchCommandsOperator(task_id="a", events=[])',
    'BentoDataDeletionOperator(task_id="a", emails=[], allow_deletions=True)',
    "bento_subscribers_task(chunk_sise=5)",
    "bento_emails_task(emails=[], transactional=True)",
    "bento_emails_task(chunk_size=5)",
    "bento_commands_task(commands=[])",
    'bento_commands_task(snapshot_path="/a")',
    "bento_subscribers_task(resend_after=30)",
    'bento_subscribers_task(once_by="id")',
    'bento_events_task(on_invalid_record="skpi")',
    "bento_events_task(events=[])",
    "bento_broadcasts_task(allow_sent=True)",
]


def checked(folder: Path, source: str) -> set[int]:
    """Return the lines in which mypy finds an error."""
    file = folder / "dag_file.py"
    file.write_text(source)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    assert "Traceback" not in done.stderr, done.stderr
    found = re.findall(rf"{file.name}:(\d+): error: .*\[(.*)\]", done.stdout)
    return {int(line) for line, kind in found if kind not in ("no-untyped-def", "untyped-decorator")}


@pytest.mark.slow
def test_each_slip_is_an_error_and_nothing_else_is(tmp_path: Path) -> None:
    """Mypy sees wrong names, wrong words, wrong kinds, in operators and in decorators."""
    pytest.importorskip("mypy")
    above = IMPORTS + RIGHT
    first = above.count("\n") + 1
    found = checked(tmp_path, above + "\n".join(WRONG) + "\n")
    assert {line for line in found if line < first} == set()
    assert [slip for line, slip in enumerate(WRONG, first) if line not in found] == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_operator_spells_out_what_all_take(kind: Any) -> None:
    """Names, types and defaults are those of the base class, beside the records and a few of its own.

    Only where nobody is asked, ``in_doubt`` has a word less.
    """
    shared, own = inspect.signature(BentoBatchOperator).parameters, inspect.signature(kind).parameters
    assert own.keys() - shared.keys() == {WORDS[kind._endpoint].argument, *OWN[kind._endpoint]}
    narrower = {"in_doubt": "in_doubt: 'InDoubt | None' = None"} if "ask_users" not in own else {}
    wanted = {name: str(one) for name, one in shared.items() if name != "records"} | narrower
    assert {name: str(own[name]) for name in shared if name != "records"} == wanted


@pytest.mark.parametrize("kind", DECORATED)
def test_each_decorator_takes_what_its_operator_takes(kind: Any) -> None:
    """But where the records come from, which is the function."""
    wanted: Any = getattr(arguments, f"{kind._endpoint.capitalize()}Arguments")
    typed = {
        name: one.__forward_arg__.removeprefix("Required[").removesuffix(
            "]" if "Required" in one.__forward_arg__ else ""
        )
        for name, one in wanted.__annotations__.items()
    }
    parameters = inspect.signature(kind).parameters
    sources = {kind._endpoint, "sql", "sql_conn_id", "sql_parameters", "resume_key", "replay_dead_letters"}
    known = {name: one.annotation for name, one in parameters.items() if name not in sources | {"kwargs"}}
    assert {name: typed.get(name) for name in known} == known
    assert typed.keys() - known.keys() == arguments.TaskArguments.__annotations__.keys() | {"task_id"}


def test_every_name_of_airflows_base_class_is_known() -> None:
    """On the Airflow that is installed; a type checker would call a new one a slip."""
    taken = inspect.signature(BaseOperator.__init__).parameters.keys() - {"self", "kwargs"}
    spelled_out = inspect.signature(BentoBatchOperator).parameters.keys()
    assert taken - spelled_out - arguments.OperatorArguments.__annotations__.keys() == set()
    assert spelled_out & arguments.OperatorArguments.__annotations__.keys() == set()
