"""The hook and the operators against each generation of Bento's replies: the same calls, the same counts."""

from __future__ import annotations

import json

import pytest

from airflow_provider_bento.exceptions import BentoAccessError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import running_sandbox

PROFILES = ("2021", "2024", "2026", "laravel")
PEOPLE = [{"email": "ada@example.com", "plan": "pro", "tags": "vip"}, {"email": "bob@example.com"}]
EVENT = {"type": "lesson_finished", "email": "ada@example.com", "details": {"lesson": 1}}
MAIL = {
    "name": "Digest",
    "subject": "Fresh",
    "content": "<p>x</p>",
    "type": "plain",
    "from": {"email": "shop@example.com", "name": "Shop"},
    "inclusive_tags": "vip",
}


@pytest.fixture(params=PROFILES)
def sandbox(request, monkeypatch):
    """A sandbox that speaks as in one year, behind the default connection."""
    with running_sandbox(profile=request.param) as running:
        extra = {"pacing": "process", "rate_limit": "1000/second"}
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps({**running.connection, "extra": extra}))
        yield running


@pytest.fixture
def hook(sandbox):
    """The hook that is connected to it."""
    return BentoHook()


def test_batches_are_counted(hook, sandbox):
    """Every record that was sent was accepted, and is there."""
    for receipt, sent in (
        (hook.import_subscribers(PEOPLE), 2),
        (hook.send_events([EVENT, EVENT, EVENT]), 3),
        (hook.create_broadcasts([MAIL], allow_send=False), 1),
    ):
        assert (receipt.sent, receipt.accepted, receipt.rejected) == (sent, sent, 0)
    assert sandbox.control.stats()["records"] == {"subscribers": 2, "events": 3, "broadcasts": 1}


def test_a_batch_that_is_taken_in_part_is_no_success(hook, sandbox):
    """What Bento did not take is counted as rejected, whether the reply says so or only counts less."""
    for send, records in ((hook.import_subscribers, PEOPLE), (hook.send_events, [EVENT, EVENT])):
        sandbox.control.inject("failed_count", "*", records=1, method="POST")
        receipt = send(records)
        assert (receipt.sent, receipt.accepted, receipt.rejected) == (2, 1, 1)


def test_a_broadcast_is_named_where_the_reply_names_it(hook, sandbox):
    """Otherwise it is found by its name among the drafts."""
    receipt = hook.create_broadcasts([MAIL], allow_send=False)
    assert [one.id for one in receipt.created] == ([] if sandbox.control.get("/health")["profile"] == "2024" else [1])
    assert hook.find_broadcasts(["Digest"], 0.0).keys() == {"Digest"}


def test_people_are_found_and_not_found(hook):
    """``{}``, ``{"data": null}``: nobody; every shape of somebody is somebody."""
    assert hook.get_subscriber(email="ada@example.com") is None
    made = hook.create_subscriber("ada@example.com")
    assert made is not None
    found = hook.get_subscriber(uuid=made.uuid)
    assert found is not None
    assert (found.email, found.fields, found.unsubscribed_at) == ("ada@example.com", {}, None)


def test_each_of_the_eight_commands_does_what_it_says(hook, sandbox):
    """Replies that count, and those of 2021 that show the person."""
    me = "ada@example.com"
    hook.add_tag(me, "vip")
    hook.add_tag(me, "old")
    hook.add_tag_via_event(me, "hot")
    hook.remove_tag(me, "old")
    hook.add_field(me, "plan", "gold")
    hook.add_field(me, "gone", 1)
    hook.remove_field(me, "gone")
    hook.unsubscribe(me)
    (left,) = sandbox.control.everything("/people")
    assert left["unsubscribed_at"] is not None
    hook.subscribe(me)
    hook.change_email(me, "ada@new.example")
    (person,) = sandbox.control.everything("/people")
    assert [tag.name for tag in hook.list_tags()] == ["vip", "old", "hot"]
    assert (person["email"], person["tags"], person["fields"]) == ("ada@new.example", ["vip", "hot"], {"plan": "gold"})
    assert person["unsubscribed_at"] is None
    assert [one["trigger"] for one in sandbox.control.everything("/automations")] == ["$tag"]


def test_tags_and_fields_are_created_and_tags_deleted(hook):
    """The reply shows what was created, in an object or in a list of one."""
    tag, field = hook.create_tag("VIP"), hook.create_field("plan")
    assert (tag.name, field.key) == ("VIP", "plan")
    assert (hook.list_tags(), hook.list_fields()) == ((tag,), (field,))
    assert (hook.delete_tag("VIP"), hook.delete_tag("VIP")) == (True, False)


def test_stats_are_counted(hook, sandbox):
    """Flat, below ``report_data`` or below ``data``."""
    sandbox.control.add_segment("segment_1", name="All")
    sandbox.control.add_report("report_1", "People", data=[{"g": "a", "x": "b", "y": 1}], chart_style="column_chart")
    hook.import_subscribers(PEOPLE)
    assert (hook.site_stats().users, hook.segment_stats("segment_1").users) == (2, 2)
    report = hook.report_stats("report_1")
    assert (report.name, report.style, report.data) == ("People", "column_chart", ({"g": "a", "x": "b", "y": 1},))


def test_experimental_verdicts_are_read(hook):
    """Flat or below ``data``, with 200 or 201."""
    assert hook.validate_email("ann@example.com")
    assert hook.check_rules("ann@example.com") == ()
    assert hook.blacklisted(domain="x.test").listed
    assert hook.moderate("hello").valid
    assert hook.guess_gender("Ann").gender == "female"


def test_emails_and_deletions_are_counted(hook, sandbox):
    """An email makes its recipient known, who can be deleted then."""
    email = {"to": "ada@example.com", "from": "shop@example.com", "subject": "s", "html_body": "h"}
    assert hook.send_emails([email], transactional=True).accepted == 1
    sandbox.control.drain()
    assert hook.request_deletion("ada@example.com") is True
    sandbox.control.drain()
    assert hook.request_deletion("ada@example.com") is False


def test_what_a_site_contains_is_listed(hook, sandbox):
    """Sequences with their emails, workflows, responses, authors, segments, people."""
    hook.import_subscribers(PEOPLE)
    sandbox.control.add_sequence("Welcome", emails=[{"subject": "Hi", "html": "h"}])
    (email,) = next(one for one in hook.iter_sequences() if one.name == "Welcome").templates
    template = hook.get_email_template(email.id)
    assert template is not None
    assert (template.subject, template.html) == ("Hi", "h")
    assert hook.update_email_template(email.id, subject="Hello").subject == "Hello"
    sandbox.control.add_response("form_1", "ada@example.com", color="red")
    assert [one.fields for one in hook.form_responses("form_1")] == [{"color": "red"}]
    assert sorted(one.email for one in hook.iter_subscribers()) == ["ada@example.com", "bob@example.com"]
    assert hook.list_authors() != ()
    sandbox.control.add_segment("segment_1", name="All")
    assert "All" in [one.name for one in hook.list_segments()]
    assert {one.status for one in hook.iter_workflows()} <= {"live", "draft"}


def test_wrong_keys_are_wrong_keys(sandbox, monkeypatch):
    """And the connection test says so in every generation."""
    wrong = {**sandbox.connection, "password": "sk_wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(wrong))
    right, said = BentoHook().test_connection()
    assert (right, "401" in said) == (False, True)
    with pytest.raises(BentoAccessError):
        BentoHook().list_tags()
