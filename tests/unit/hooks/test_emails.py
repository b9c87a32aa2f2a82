"""Emails: up to 60 in one request, from one sender."""

from __future__ import annotations

from typing import Any

import pytest
from unit.hooks.canned import Asked, CannedBento

from airflow_provider_bento.exceptions import (
    BentoRateLimited,
    BentoRecordError,
    BentoRefusedError,
    BentoSetupError,
)

EMAIL = {"to": "ann@x.io", "subject": "s", "html_body": "h"}


def test_emails_are_sent_in_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the connection's sender, if a record has none; in any capitals it is the same."""
    bento = CannedBento({"results": 2})
    with bento.running(monkeypatch) as hook:
        receipt = hook.send_emails([EMAIL, {**EMAIL, "from": "Shop@x.io"}], transactional=True)
    assert (receipt.sent, receipt.accepted) == (2, 2)
    wire = {**EMAIL, "transactional": True}
    assert bento.asked == [
        Asked("POST", "/batch/emails", {}, {"emails": [{**wire, "from": "shop@x.io"}, {**wire, "from": "Shop@x.io"}]})
    ]


def test_one_request_has_one_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that Bento does not know refuses all; the others are named by their positions."""
    bento = CannedBento()
    emails = [EMAIL, {**EMAIL, "from": "planted@x.io"}, EMAIL, {**EMAIL, "from": "b@x.io"}]
    with bento.running(monkeypatch) as hook, pytest.raises(BentoRecordError) as caught:
        hook.send_emails(emails, transactional=False)
    assert [(position, field) for position, field, _ in caught.value.field_errors] == [(1, "from"), (3, "from")]
    assert "planted" not in str(caught.value)
    assert bento.asked == []


@pytest.mark.parametrize("emails", [[], [EMAIL] * 61, [{**EMAIL, "to": "planted"}], [{"to": "ann@x.io"}]])
def test_emails_that_cannot_go_are_refused_before_they_are_sent(
    monkeypatch: pytest.MonkeyPatch, emails: list[Any]
) -> None:
    """None, too many, or an invalid one."""
    bento = CannedBento()
    with bento.running(monkeypatch) as hook, pytest.raises(BentoRecordError) as caught:
        hook.send_emails(emails, transactional=True)
    assert "planted" not in str(caught.value)
    assert bento.asked == []


@pytest.mark.parametrize("word", ["False", 0, None])
def test_a_word_is_no_permission_to_mail_everybody(monkeypatch: pytest.MonkeyPatch, word: Any) -> None:
    """Transactional emails go to people who unsubscribed, too."""
    with CannedBento().running(monkeypatch) as hook, pytest.raises(BentoSetupError, match="transactional must be True"):
        hook.send_emails([EMAIL], transactional=word)


@pytest.mark.parametrize("status", [422, 500])
def test_an_unknown_author_refuses_them_all(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """At any status, and for good."""
    bento = CannedBento((status, {"error": "Author not authorized to send on this account"}))
    with bento.running(monkeypatch) as hook, pytest.raises(BentoRefusedError, match="Authors in Bento"):
        hook.send_emails([EMAIL], transactional=True)
    assert len(bento.asked) == 1


def test_a_caller_can_give_up_instead_of_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert must not block a worker for the rest of a pause."""
    bento = CannedBento()
    with bento.running(monkeypatch) as hook:
        hook.pacer.pause("batch", 3600.0)
        with pytest.raises(BentoRateLimited):
            hook.send_emails([EMAIL], transactional=True, give_up_after=0.0)
    assert bento.asked == []
