"""Sequences, workflows and their emails."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import EmailTemplate, Sequence, TemplateRef, Workflow
from airflow_provider_bento.exceptions import BentoUnreachable

ATTRIBUTES = {"name": "Welcome", "created_at": "2026-01-01T00:00:00Z", "email_templates": [{"id": 1, "subject": "Hi"}]}
EMAIL = {"name": "n", "subject": "secret", "html": "<p>secret</p>", "created_at": None, "stats": None}


def test_a_sequence_has_its_emails() -> None:
    """Ids of embedded emails are numbers; a ``repr`` shows no subject."""
    prefixed = ATTRIBUTES | {"prefix_id": "sequence_abc"}
    (found,) = responses.sequences({"data": [{"id": "7", "type": "sequences", "attributes": prefixed}]})
    assert found == Sequence("7", "Welcome", (TemplateRef("1", "Hi"),), "2026-01-01T00:00:00Z", "sequence_abc")
    assert "Hi" not in repr(found)


def test_a_workflow_is_live_or_a_draft() -> None:
    """Otherwise it is like a sequence."""
    (found,) = responses.workflows({"data": [{"id": 8, **ATTRIBUTES, "status": "live"}]})
    assert found == Workflow("8", "Welcome", "live", (TemplateRef("1", "Hi"),), "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("listed", [None, {}, "x", [], ["x", None]])
def test_emails_that_are_no_list_are_none(listed: Any) -> None:
    """Any attribute may be missing."""
    assert responses.sequences([{"id": 1, "email_templates": listed}])[0].templates == ()


@pytest.mark.parametrize("envelope", ["alone", "attributes", "list"])
def test_an_email_is_read_in_every_envelope(envelope: str) -> None:
    """Null stats are empty; its ``repr`` shows no content."""
    deep = {"id": "123", "type": "email_templates", "attributes": EMAIL}
    answer = {"alone": {"id": 123, **EMAIL}, "attributes": {"data": deep}, "list": {"data": [deep]}}[envelope]
    found = responses.email_template(answer)
    assert found == EmailTemplate("123", "n", "secret", "<p>secret</p>", None, {})
    assert repr(found) == "EmailTemplate(id='123')"


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": []}, {"data": {}}])
def test_no_email_is_none(answer: Any) -> None:
    """Bento answers 200 with ``{}`` if it has none of this id."""
    assert responses.email_template(answer) is responses.changed_template(answer) is None


@pytest.mark.parametrize("answer", [None, "x", {"ok": True}, {"data": {"attributes": {}}}, {"data": 7}])
def test_what_shows_no_email_is_not_a_miss(answer: Any) -> None:
    """A file would not be published, and nobody would notice."""
    with pytest.raises(BentoUnreachable, match="shows no email template"):
        responses.email_template(answer)
    assert responses.changed_template(answer) is None
