"""The backend, called by Airflow's own ``send_email`` and as Airflow 3.3 calls it for ``email_on_failure``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from airflow.utils.email import send_email as send_by_airflow

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.notifications.bento import send_email
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

Outbox = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure the one setting that is needed."""
    monkeypatch.setenv("AIRFLOW__EMAIL__EMAIL_BACKEND", "airflow_provider_bento.notifications.bento.send_email")


@pytest.mark.usefixtures("backend", "bento")
def test_airflows_own_function_sends_by_bento(outbox: Outbox) -> None:
    """With Airflow's defaults for all other settings."""
    send_by_airflow(["cal@x.example", "dee@x.example"], "Late", "<p>Late</p>", cc="eve@x.example")
    assert [(one["to"], one["from"], one["subject"]) for one in outbox()] == [
        ("cal@x.example", "airflow@shop.example", "Late"),
        ("dee@x.example", "airflow@shop.example", "Late"),
    ]
    assert [one["record"].get("cc") for one in outbox()] == ["eve@x.example", None]


@pytest.mark.usefixtures("backend", "bento")
def test_airflows_settings_name_connection_and_sender(
    outbox: Outbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender may have a display name there."""
    connect("bento_alerts")
    monkeypatch.delenv("AIRFLOW_CONN_BENTO_DEFAULT")
    monkeypatch.setenv("AIRFLOW__EMAIL__EMAIL_CONN_ID", "bento_alerts")
    monkeypatch.setenv("AIRFLOW__EMAIL__FROM_EMAIL", "Airflow <team@shop.example>")
    send_by_airflow("cal@x.example; dee@x.example", "Late", "<p>Late</p>")
    assert [(one["to"], one["from"]) for one in outbox()] == [
        ("cal@x.example", "team@shop.example"),
        ("dee@x.example", "team@shop.example"),
    ]


@pytest.mark.usefixtures("bento")
@pytest.mark.parametrize(
    "to", ["cal@x.example", ["cal@x.example"], ("cal@x.example",), {"cal@x.example"}, "cal@x.example;"]
)
def test_recipients_come_raw_or_as_text(to: Any, outbox: Outbox) -> None:
    """Airflow 3.3 hands on what the task's ``email`` is."""
    send_email(to, "Airflow alert: load", "<p>Late</p>", conn_id="smtp_default", from_email="airflow@airflow")
    assert [(one["to"], one["from"]) for one in outbox()] == [("cal@x.example", "airflow@shop.example")]


@pytest.mark.usefixtures("bento")
def test_attachments_are_refused(outbox: Outbox) -> None:
    """They would be lost without a word."""
    with pytest.raises(BentoSetupError, match="no attachments, so the email was not sent"):
        send_email("cal@x.example", "Late", "<p>Late</p>", files=["/tmp/planted.csv"])
    assert outbox() == []


@pytest.mark.usefixtures("bento")
def test_a_dry_run_sends_nothing(outbox: Outbox) -> None:
    """As Airflow's own function promises."""
    send_email("cal@x.example", "Late", "<p>Late</p>", dryrun=True)
    assert outbox() == []


@pytest.mark.usefixtures("bento")
def test_headers_are_left_out_with_a_warning(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    """An alert without a header is worth more than none; no value of a header is logged."""
    with caplog.at_level(logging.WARNING):
        send_email("cal@x.example", "Late", "<p>Late</p>", custom_headers={"X-Planted": "planted"}, other=1)
    assert "Bento sends no custom headers; left out of an email: 1." in caplog.text
    assert "lanted" not in caplog.text
    assert len(outbox()) == 1


def test_no_recipient_is_never_replaced_by_those_of_alerts(bento: RunningSandbox) -> None:
    """The caller of a backend names the recipients."""
    with pytest.raises(BentoSetupError, match="has no recipient"):
        send_email("", "Late", "<p>Late</p>")
    assert bento.control.journal() == []
