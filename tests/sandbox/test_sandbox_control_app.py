"""What only Bento's app can make, made through the control API."""

from __future__ import annotations

import pytest

from airflow_provider_bento.sandbox.errors import SandboxRequestError
from airflow_provider_bento.sandbox.in_thread import running_sandbox

MADE = [
    ("/segments", {"id": "s1"}),
    ("/sequences", {"name": "n"}),
    ("/workflows", {"name": "n"}),
    ("/responses", {"form": "f", "email": "a@x.com"}),
    ("/reports", {"id": "r", "name": "n", "data": 1}),
]


@pytest.mark.parametrize(("path", "order"), MADE)
def test_each_is_listed_once_it_is_made(path, order):
    """At the site that is named."""
    with running_sandbox(sites=("one", "two")) as sandbox:
        before = len(sandbox.control.get(path)["data"])
        sandbox.control.post(path, {**order, "site": "two"})
        rows = sandbox.control.get(path)["data"]
        assert len(rows) == before + 1
        assert rows[-1]["site"] == "two"


@pytest.mark.parametrize(("path", "order"), MADE)
def test_each_needs_a_site_that_exists(sandbox, path, order):
    """And its required keys, and no others."""
    for invalid in ({**order, "site": "nowhere"}, {**order, "whatever": 1}, {}):
        with pytest.raises(SandboxRequestError) as caught:
            sandbox.control.post(path, invalid)
        assert caught.value.status == 400


def test_the_client_makes_them_by_name(sandbox):
    """Each method returns what was made."""
    control = sandbox.control
    assert control.add_segment("s1", tags=["vip"])["id"] == "s1"
    sequence = control.add_sequence("Onboarding", emails=[{"subject": "Hi", "html": "<p>x</p>"}])
    assert control.add_workflow("Cart", status="draft")["status"] == "draft"
    assert control.add_report("r", "Churn", data=3)["data"] == 3
    assert control.add_response("f1", "ada@x.com", q="a")["fields"] == {"q": "a"}
    assert [row["subject"] for row in control.everything("/templates", journey=sequence["id"])] == ["Hi"]


def test_the_client_reads_the_outbox_and_the_deletions(api, sandbox):
    """As lists, in the order of their making."""
    email = {"to": "ada@x.com", "from": "me@x.com", "subject": "Hi", "html_body": "b"}
    api.post("/batch/emails", {"emails": [email]})
    assert [row["subject"] for row in sandbox.control.emails(email="ada")] == ["Hi"]
    api.post("/data_deletion_requests", {"data_deletion_request": {"email": "ada@x.com"}})
    assert [row["email"] for row in sandbox.control.deletions()] == ["a…@x.com"]


def test_lists_of_emails_can_be_downloaded(api, sandbox):
    """Each list has a form in JSON Lines."""
    for path in ("/emails", "/deletions", "/sequences", "/workflows", "/templates", "/responses"):
        lines = sandbox.control.raw(f"{path}.jsonl").splitlines()
        assert len(lines) == len(sandbox.control.get(path)["data"])


def test_a_flag_is_true_or_false(sandbox):
    """Anything else is a 400."""
    with pytest.raises(SandboxRequestError) as caught:
        sandbox.control.get("/emails", delivered="maybe")
    assert caught.value.status == 400
