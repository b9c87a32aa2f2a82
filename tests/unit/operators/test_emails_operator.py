"""Emails pushed by the operator: each at most once, one sender a request."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import BentoBatchEmailsOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

EMAILS = "/batch/emails"


def emails(count: int, **more: Any) -> list[dict[str, Any]]:
    """Return as many emails, each to a person of their own."""
    row = {"from": "shop@x.io", "subject": "s", "html_body": "<p>{{ name }}</p>"}
    return [row | {"to": f"p{number}@x.io"} | more for number in range(count)]


def push(rows: Any, context: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    """Execute once."""
    operator = BentoBatchEmailsOperator(task_id="t", emails=rows, **({"transactional": True} | arguments))
    summary: dict[str, Any] = operator.execute(context or {})
    return summary


def attempt(number: int) -> dict[str, Any]:
    """Return what Airflow hands to an attempt."""
    ti = SimpleNamespace(try_number=number, max_tries=number, dag_id="d", run_id="r", task_id="t", map_index=-1)
    return {"ti": ti}


def arrived(bento: RunningSandbox) -> Counter[str]:
    """Count who got an email."""
    return Counter(record["to"] for record in bento.control.records("emails"))


def test_emails_travel_sixty_a_request(bento: RunningSandbox) -> None:
    """Liquid in their bodies stays as it is; every one says whether it is transactional."""
    summary = push(emails(130, personalizations={"name": "Ann"}))
    assert (summary["endpoint"], summary["accepted"], summary["requests"]) == ("emails", 130, 3)
    assert arrived(bento) == Counter(f"p{number}@x.io" for number in range(130))
    sent = bento.control.records("emails")
    assert {(one["transactional"], one["html_body"]) for one in sent} == {(True, "<p>{{ name }}</p>")}


def test_each_request_has_one_sender(bento: RunningSandbox) -> None:
    """If Bento does not know one, it rejects only the emails from that one."""
    rows = [*emails(2), *emails(1, **{"from": "SHOP@x.io"}), *emails(2, **{"from": "news@x.io"}), *emails(1)]
    assert push(rows)["requests"] == 3
    bento.control.reset()
    bento.control.set(authors=["shop@x.io"])
    try:
        with pytest.raises(AirflowFailException, match="author"):
            push(rows)
    finally:
        bento.control.set(authors=None)
    assert arrived(bento) == Counter(["p0@x.io", "p0@x.io", "p1@x.io"])


def test_the_sender_is_the_connections_unless_a_record_has_one(
    bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra ``from`` is for emails that name no sender."""
    own = [{key: value for key, value in row.items() if key != "from"} for row in emails(1)]
    with pytest.raises(AirflowFailException, match="position 0, from: is missing: set it, or the extra `from`"):
        push(own)
    extra = {"pacing": "process", "rate_limit": "100/second", "from": "team@x.io"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(bento.connection | {"extra": extra}))
    push([*own, *emails(1)])
    assert Counter(one["from"] for one in bento.control.records("emails")) == Counter(["team@x.io", "shop@x.io"])


@pytest.mark.parametrize("missing", [{}, {"transactional": None}, {"transactional": "True"}])
def test_transactional_must_be_chosen(missing: dict[str, Any]) -> None:
    """Whether people who unsubscribed are mailed is nobody's default; a mapped task must choose, too."""
    wanted = r"^t \(BentoBatchEmailsOperator\): transactional .*must be True \(people who unsubscribed get the emails"
    with pytest.raises(BentoSetupError, match=wanted):
        BentoBatchEmailsOperator(task_id="t", emails=[], **missing)
    with pytest.raises(BentoSetupError, match=wanted):
        BentoBatchEmailsOperator.partial(task_id="t", **missing)
    BentoBatchEmailsOperator.partial(task_id="t", transactional=False).expand(emails=[[], []])


def test_a_record_that_says_otherwise_is_invalid(bento: RunningSandbox) -> None:
    """So are attachments, which Bento does not have."""
    for more, field in (({"transactional": False}, "transactional"), ({"attachments": ["a.pdf"]}, "attachments")):
        with pytest.raises(AirflowFailException, match=f"position 0, {field}"):
            push(emails(1, **more))
    assert bento.control.journal() == []


def test_jinja_runs_in_named_keys_only(bento: RunningSandbox) -> None:
    """Braces in subject and bodies are Liquid; elsewhere they are a slip unless the key is named."""
    with pytest.raises(BentoSetupError, match="name the key to in template_keys"):
        BentoBatchEmailsOperator(task_id="t", transactional=True, emails=emails(1, to="{{ params.to }}"))
    operator = BentoBatchEmailsOperator(
        task_id="t",
        transactional=True,
        template_keys=["to"],
        emails=emails(1, to="{{ params.to }}", subject="{{ ds }}"),
    )
    operator.render_template_fields({"params": {"to": "ann@x.io"}, "ds": "2026-01-01"})
    operator.execute({})
    [sent] = bento.control.records("emails")
    assert (sent["to"], sent["subject"]) == ("ann@x.io", "{{ ds }}")


@pytest.mark.parametrize(("word", "times", "accepted", "skipped"), [("skip", 1, 2, 2), ("resend", 2, 4, 0)])
def test_a_lost_reply_is_held_until_a_person_decides(
    bento: RunningSandbox, tmp_path: Path, word: Any, times: int, accepted: int, skipped: int
) -> None:
    """Nobody is mailed a second time unless somebody says so; then only those in doubt."""
    bento.control.inject("apply_then_reset", EMAILS)
    arguments = {"chunk_size": 2, "checkpoint_path": str(tmp_path)}
    with pytest.raises(AirflowFailException, match=r"received 2 emails at positions 0 to 1") as caught:
        push(emails(4), attempt(1), **arguments)
    assert "x.io" not in str(caught.value)
    assert arrived(bento) == Counter(["p0@x.io", "p1@x.io"])
    summary = push(emails(4), attempt(2), in_doubt=word, **arguments)
    assert (summary["accepted"], summary["skipped"]) == (accepted, skipped)
    assert arrived(bento) == Counter({"p0@x.io": times, "p1@x.io": times, "p2@x.io": 1, "p3@x.io": 1})


def test_a_rate_limit_is_waited_for(bento: RunningSandbox) -> None:
    """A 429 says that nothing was sent."""
    bento.control.inject("status", EMAILS, status=429, headers=[("Retry-After", "0")])
    summary = push(emails(2))
    assert (summary["accepted"], summary["throttled"]) == (2, 1)
    assert arrived(bento) == Counter(["p0@x.io", "p1@x.io"])


def test_without_a_checkpoint_nothing_is_left_to_a_retry(bento: RunningSandbox) -> None:
    """It would mail the first chunk a second time."""
    bento.control.inject("status", EMAILS, nth=2, status=503, headers=[("Retry-After", "0")])
    with pytest.raises(AirflowFailException, match="no persistent checkpoint"):
        push(emails(4), chunk_size=2, max_attempts=1)


def test_default_args_may_choose() -> None:
    """They are as plain as arguments; those of a DAG do not reach a mapped task's check, which names what to pass."""
    defaults = {"transactional": True}
    assert BentoBatchEmailsOperator(task_id="t", emails=[], default_args=defaults).transactional
    BentoBatchEmailsOperator.partial(task_id="t", default_args=defaults).expand(emails=[[]])
