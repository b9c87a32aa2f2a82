"""What a new site has, so that a client's first list of it is not empty.

Tested by tests/sandbox/test_sandbox_sequences.py.
"""

from __future__ import annotations

from typing import Final

from airflow_provider_bento.sandbox.store.forms import Forms
from airflow_provider_bento.sandbox.store.journeys import Journeys

FORM: Final = "form_example"
"""The form with a response."""

_HTML: Final = '<p>Hello {{ visitor.first_name }}</p><p><a href="{{ visitor.unsubscribe_url }}">Unsubscribe</a></p>'


def add_examples(journeys: Journeys, forms: Forms, site: int, at: int) -> None:
    """Give a site a sequence and a workflow with an email each, and a response to a form; nobody who can get mail."""
    sequence = journeys.define(site, "sequences", "Example: welcome", at)
    journeys.append(site, sequence, {"subject": "Welcome", "html": _HTML}, at)
    workflow = journeys.define(site, "workflows", "Example: first purchase", at)
    journeys.append(site, workflow, {"subject": "Thank you", "html": _HTML}, at)
    forms.answer(site, FORM, "example@example.com", {"satisfied": "yes"}, at)
