"""The notifier against the sandbox, called as Airflow calls it."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from delivery_law.fakes import OpenBudget

from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.exceptions import (
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoSetupError,
)
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.notifications.bento import BentoEmailNotifier, send_bento_email_notification
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

Outbox = Callable[[], list[dict[str, Any]]]


def context() -> dict[str, Any]:
    """Return what the callback of a task that failed gets, as far as the templates need it."""
    ti = SimpleNamespace(
        dag_id="shop", task_id="load", state="failed", run_id="r", try_number=1, log_url="http://localhost/"
    )
    return {"ti": ti, "dag": None, "run_id": "r"}


def send(notifier: BentoEmailNotifier) -> None:
    """Do what Airflow does once it has rendered the templates."""
    notifier.notify({})


def test_everybody_of_the_connection_gets_one_email(bento: RunningSandbox, outbox: Outbox) -> None:
    """A notifier without arguments; it goes to unsubscribed people too, in one request."""
    send(BentoEmailNotifier(subject="Late", html_content="<p>Late</p>"))
    assert [(one["to"], one["from"], one["subject"], one["transactional"]) for one in outbox()] == [
        ("ann@shop.example", "airflow@shop.example", "Late", True),
        ("bob@shop.example", "airflow@shop.example", "Late", True),
    ]
    assert len(bento.control.journal()) == 1


def test_an_email_that_only_some_get_is_an_error(bento: RunningSandbox, outbox: Outbox) -> None:
    """A lost alert must not look like one that was sent."""
    bento.control.inject("failed_count", "/batch/emails")
    with pytest.raises(BentoRefusedError, match="rejected the email to 1 of 2 recipients") as caught:
        send(BentoEmailNotifier(subject="Late", html_content="<p>Late</p>"))
    assert "shop.example" not in str(caught.value)
    assert [one["to"] for one in outbox()] == ["ann@shop.example"]


def test_the_arguments_are_rendered(outbox: Outbox) -> None:
    """Jinja is Airflow's; Liquid that was escaped reaches Bento, which fills it in."""
    notifier = BentoEmailNotifier(
        to=["{{ ti.task_id }}@shop.example"],
        from_email="{{ ti.dag_id }}@shop.example",
        subject="{{ ti.task_id }} is {{ ti.state }}",
        html_content="<p>Hello {% raw %}{{ name }}{% endraw %}</p>",
        personalizations={"name": "owner of {{ ti.task_id }}"},
    )
    given = context()
    notifier.render_template_fields(given)
    send(notifier)
    [email] = outbox()
    assert (email["to"], email["from"], email["subject"]) == (
        "load@shop.example",
        "shop@shop.example",
        "load is failed",
    )
    assert email["html_body"] == "<p>Hello owner of load</p>"


def test_the_recipients_do_not_get_into_the_context(outbox: Outbox) -> None:
    """Airflow logs it if the callback of a deadline alert fails."""
    given = context()
    before = dict(given)
    notifier = BentoEmailNotifier(to="planted@shop.example", subject="Late")
    notifier(given)
    assert [one["to"] for one in outbox()] == ["planted@shop.example"]
    assert given == before


def test_airflow_can_await_it(
    outbox: Outbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the triggerer does for a deadline; the loop goes on meanwhile: the request waits here until it did."""
    began, went_on, send = threading.Event(), threading.Event(), BentoClient.send

    def sent_later(*given: Any, **options: Any) -> Any:
        began.set()
        assert went_on.wait(60)
        return send(*given, **options)

    async def others() -> None:
        while not began.is_set():
            await asyncio.sleep(0)
        went_on.set()

    async def loop() -> None:
        await asyncio.gather(others(), BentoEmailNotifier(subject="Late").async_notify({}))

    monkeypatch.setattr(BentoClient, "send", sent_later)
    with caplog.at_level(logging.DEBUG):
        asyncio.run(loop())
    assert [one["to"] for one in outbox()] == ["ann@shop.example", "bob@shop.example"]
    assert "shop.example" not in caplog.text


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_connection_that_does_not_exist_is_named(way: str) -> None:
    """Both ways of reading it end in the same words."""
    notifier = BentoEmailNotifier(bento_conn_id="bento_nowhere")
    with pytest.raises(BentoSetupError, match="'bento_nowhere': it does not exist"):
        send(notifier) if way == "sync" else asyncio.run(notifier.async_notify({}))


def test_a_lost_answer_is_not_sent_again(bento: RunningSandbox, outbox: Outbox) -> None:
    """At most once: nobody is mailed twice."""
    bento.control.inject("apply_then_reset", "/batch/emails")
    with pytest.raises(BentoOutcomeUnknown) as caught:
        send(BentoEmailNotifier(to="cal@shop.example"))
    assert [one["to"] for one in outbox()] == ["cal@shop.example"]
    assert "shop.example" not in str(caught.value)


def test_a_sender_who_is_no_author_is_refused(bento: RunningSandbox, outbox: Outbox) -> None:
    """Bento's 500 for it is final, and no address is repeated."""
    bento.control.set(authors=["else@shop.example"])
    with pytest.raises(BentoRefusedError) as caught:
        send(BentoEmailNotifier())
    assert outbox() == []
    assert len(bento.control.journal()) == 1
    assert "shop.example" not in str(caught.value)


def test_a_budget_that_is_used_up_is_not_waited_for(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push of an hour must not hold a worker's callback."""
    monkeypatch.setattr(BentoHook, "pacer", OpenBudget([31.0]))
    with pytest.raises(BentoRateLimited, match="patience=30 s") as caught:
        send(BentoEmailNotifier())
    assert caught.value.retry_after == 31.0
    assert outbox() == []


def test_a_429_that_asks_for_too_long_ends_it(bento: RunningSandbox, outbox: Outbox) -> None:
    """Nothing was sent, and the error says so."""
    bento.control.inject("status", "/batch/emails", status=429, headers=[("Retry-After", "45")])
    with pytest.raises(BentoRateLimited, match="The email was not sent"):
        send(BentoEmailNotifier())
    assert outbox() == []
    assert len(bento.control.journal()) == 1


@pytest.mark.usefixtures("bento")
def test_a_template_field_that_renders_to_nobody_is_refused() -> None:
    """The message names the argument, never what it contains."""
    with pytest.raises(BentoSetupError, match="because to cannot be used: address 1 of 1 must be") as caught:
        send(BentoEmailNotifier(to="planted"))
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("patience", ["30", -1, None, True, float("nan"), float("inf")])
def test_patience_is_checked_when_the_dag_is_parsed(patience: Any) -> None:
    """An alert is the worst moment to learn of it."""
    with pytest.raises(BentoSetupError, match="patience must be a number of seconds"):
        BentoEmailNotifier(patience=patience)


@pytest.mark.slow
def test_a_dag_file_pays_little_for_it() -> None:
    """What sends is imported by the first alert."""
    script = """
import sys
from airflow_provider_bento.version_compat import BaseNotifier
loaded = set(sys.modules)
from airflow_provider_bento.notifications.bento import BentoEmailNotifier
BentoEmailNotifier()
print("=>", *sorted(set(sys.modules) - loaded))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    modules = done.stdout.rpartition("=>")[2].split()
    assert modules
    assert not {name.partition(".")[0] for name in modules} & {"requests", "urllib3", "msgspec"}
    assert "airflow_provider_bento.hooks.bento" not in modules


def test_the_short_name_makes_the_same() -> None:
    """As Airflow's other providers have it."""
    notifier = send_bento_email_notification(to="ann@shop.example", patience=5)
    assert isinstance(notifier, BentoEmailNotifier)
    assert (notifier.to, notifier.patience) == ("ann@shop.example", 5)
    assert "ann" not in repr(notifier)
