"""Rows of transactional emails: what is sent, and what is refused before anything is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_bento.api.records import Email, email_parser

ROW = {"to": "ann@example.com", "from": "Shop@example.com", "subject": "Reset", "html_body": "<p>{{ link }}</p>"}


def parsed(row: Any, *, transactional: bool = True, sender: str | None = None) -> Any:
    """Return the email as sent, or the field errors as ``{field: reason}``."""
    found = email_parser(transactional=transactional, sender=sender)(row)
    return json.loads(found.body) if isinstance(found, Email) else {one.field: one.reason for one in found}


def test_an_email_is_sent_as_written_with_the_task_s_transactional() -> None:
    """Liquid in the body is Bento's: it stays as it is."""
    assert parsed(ROW) == {**ROW, "transactional": True}


def test_a_row_without_from_gets_the_connection_s_sender() -> None:
    """The sender is compared without case, because one request has one sender."""
    row = {key: value for key, value in ROW.items() if key != "from"}
    assert parsed(row, sender="me@example.com")["from"] == "me@example.com"
    assert "extra `from` of the connection" in parsed(row)["from"]


def test_two_spellings_of_a_sender_are_one_sender() -> None:
    """Only the comparison ignores case; what is sent is what was written."""
    found = email_parser(transactional=True)(ROW)
    assert isinstance(found, Email)
    assert (found.sender, found.idempotent) == ("shop@example.com", False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": "Ann <ann@example.com>"}, "to"),
        ({"to": "ann@example.com, bob@example.com"}, "to"),
        ({"subject": "  "}, "subject"),
        ({"html_body": None}, "html_body"),
        ({"attachments": [b"x"]}, "attachments"),
        ({"personalizations": {"a": {"b": 1}}}, "personalizations.a"),
        ({"transactional": False}, "transactional"),
        ({"transactional": "true"}, "transactional"),
        ({"cc": "bob@example.com; eve"}, "cc"),
        ({"template": 7}, "template"),
    ],
)
def test_what_bento_cannot_send_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """One address, flat personalizations, no attachments, no other transactional than the task's."""
    assert list(parsed({**ROW, **change})) == [field]


def test_copies_become_bento_s_comma_strings() -> None:
    """A list and a text with commas mean the same."""
    found = parsed({**ROW, "cc": ["bob@example.com", "eve@example.com"], "bcc": "kim@example.com , lee@example.com"})
    assert (found["cc"], found["bcc"]) == ("bob@example.com,eve@example.com", "kim@example.com,lee@example.com")
