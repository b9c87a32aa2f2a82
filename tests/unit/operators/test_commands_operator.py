"""Commands pushed by the operator: a hundred a request, in no order, and never one twice that starts automations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.operators.bento import BentoBatchCommandsOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

COMMANDS = "/fetch/commands"


def tag(number: int, verb: str = "add_tag", query: str = "vip") -> dict[str, Any]:
    """Return a command about a person of their own."""
    return {"command": verb, "email": f"p{number}@x.io", "query": query}


def push(commands: Any, context: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    """Execute once."""
    operator = BentoBatchCommandsOperator(task_id="t", commands=commands, **arguments)
    summary: dict[str, Any] = operator.execute(context or {})
    return summary


def attempt(number: int) -> dict[str, Any]:
    """Return what Airflow hands to an attempt."""
    ti = SimpleNamespace(try_number=number, max_tries=5, dag_id="d", run_id="r", task_id="t", map_index=-1)
    return {"ti": ti}


def arrived(bento: RunningSandbox) -> Counter[str]:
    """Count whom commands reached."""
    return Counter(record["email"] for record in bento.control.records("commands"))


def test_commands_travel_a_hundred_a_request(bento: RunningSandbox) -> None:
    """All eight verbs."""
    verbs: list[dict[str, Any]] = [
        {"command": "add_tag", "query": "vip"},
        {"command": "add_tag_via_event", "query": "vip"},
        {"command": "remove_tag", "query": "vip"},
        {"command": "add_field", "query": {"key": "plan", "value": "pro"}},
        {"command": "remove_field", "query": "plan"},
        {"command": "subscribe"},
        {"command": "unsubscribe"},
        {"command": "change_email"},
    ]
    rows = [{**verbs[number % 8], "email": f"p{number}@x.io"} for number in range(200)]
    rows = [row | {"query": f"new{row['email']}"} if row["command"] == "change_email" else row for row in rows]
    summary = push(rows)
    assert (summary["endpoint"], summary["accepted"], summary["requests"]) == ("commands", 200, 2)
    assert arrived(bento) == Counter(f"p{number}@x.io" for number in range(200))


def test_a_chunk_of_idempotent_commands_is_repeated(bento: RunningSandbox) -> None:
    """A lost reply costs nobody anything."""
    bento.control.inject("apply_then_reset", COMMANDS)
    summary = push([tag(1), tag(2)])
    assert (summary["accepted"], summary["retries"]) == (2, 1)


@pytest.mark.parametrize("row", [tag(2, "add_tag_via_event"), tag(2, "change_email", "new@x.io")])
def test_one_command_that_is_not_holds_its_chunk(bento: RunningSandbox, tmp_path: Path, row: dict[str, Any]) -> None:
    """The positions are named, and nothing is sent again."""
    bento.control.inject("apply_then_reset", COMMANDS)
    with pytest.raises(AirflowFailException, match=r"received 2 commands at positions 0 to 1"):
        push([tag(1), row], attempt(1), checkpoint_path=str(tmp_path))
    assert arrived(bento) == Counter(["p1@x.io", "p2@x.io"])


def test_commands_whose_order_matters_stop_the_task_before_it_sends(bento: RunningSandbox) -> None:
    """By position, without the person."""
    with pytest.raises(
        AirflowFailException, match=r"position 1, command: .*put it into a task after this one"
    ) as caught:
        push([tag(1), tag(1, "remove_tag")])
    assert "x.io" not in str(caught.value)
    assert bento.control.journal() == []


def test_a_resume_knows_the_commands_before_it(bento: RunningSandbox, tmp_path: Path) -> None:
    """A file resumes at a byte, but a command after it may concern somebody before it."""
    path = tmp_path / "commands.csv"
    rows = ["command,email,query", *(f"add_tag,p{number}@x.io,vip" for number in range(6)), "remove_tag,p0@x.io,vip"]
    path.write_text("\n".join(rows) + "\n")
    arguments = {"chunk_size": 2, "max_attempts": 1, "checkpoint_path": str(tmp_path / "state")}
    bento.control.inject("status", COMMANDS, nth=2, status=503, headers=[("Retry-After", "0")])
    with pytest.raises(Exception, match="503"):
        push(str(path), attempt(1), **arguments)
    with pytest.raises(AirflowFailException, match="position 6, command"):
        push(str(path), attempt(2), **arguments)
    assert arrived(bento) == Counter(f"p{number}@x.io" for number in range(4))


def test_a_rate_limit_is_waited_for(bento: RunningSandbox) -> None:
    """A 429 repeats even commands that start automations: it was not applied."""
    bento.control.inject("status", COMMANDS, status=429, headers=[("Retry-After", "0")])
    summary = push([tag(1, "add_tag_via_event")])
    assert (summary["accepted"], summary["throttled"]) == (1, 1)
    assert arrived(bento) == Counter(["p1@x.io"])
