"""The hook's other methods against the sandbox: what they change there, and what they read from it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from unit.hooks.canned import impatient

from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoRefusedError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.fault_injection import FaultKind
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

LONG_AGO, LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2190, 1, 1, tzinfo=UTC)


def kept(hook: BentoHook) -> list[str]:
    """Return the names of the tags that are not deleted."""
    return [tag.name for tag in hook.list_tags() if tag.discarded_at is None]


def test_a_tag_is_created_and_deleted_once(bento: RunningSandbox) -> None:
    """A second deletion, which would restore it, is not sent."""
    hook = BentoHook()
    tag = hook.create_tag("VIP")
    assert hook.list_tags() == (tag,)
    assert hook.delete_tag("VIP") is True
    assert hook.delete_tag("VIP") is False
    assert hook.delete_tag("other") is False
    assert kept(hook) == []
    assert [entry["method"] for entry in bento.control.journal() if entry["method"] == "DELETE"] == ["DELETE"]


def test_a_lost_answer_restores_no_tag(bento: RunningSandbox) -> None:
    """The deletion was applied."""
    hook = impatient(BentoHook())
    hook.create_tag("VIP")
    bento.control.inject("apply_then_reset", "*", method="DELETE")
    assert hook.delete_tag("VIP") is True
    assert kept(hook) == []


def test_a_lost_deletion_is_left_to_the_caller(bento: RunningSandbox) -> None:
    """Called later, it lists the tags again."""
    hook = impatient(BentoHook())
    hook.create_tag("VIP")
    bento.control.inject("reset_after_body", "*", method="DELETE")
    with pytest.raises(BentoOutcomeUnknown):
        hook.delete_tag("VIP")
    assert hook.delete_tag("VIP") is True
    assert kept(hook) == []


def test_a_field_is_created(bento: RunningSandbox) -> None:
    """Its name is derived from its key."""
    hook = BentoHook()
    field = hook.create_field("favourite_color")
    assert (field.key, field.name) == ("favourite_color", "Favourite Color")
    assert field in hook.list_fields()


def test_segments_are_listed_and_counted(bento: RunningSandbox) -> None:
    """A segment that is not there is ``None``; its stats are an error."""
    hook = BentoHook()
    bento.control.add_segment("segment_vips", name="VIPs", description="pay", tags=["vip"])
    hook.import_subscribers([{"email": "a@x.io", "tags": "vip"}, {"email": "b@x.io"}])
    segment = hook.get_segment("segment_vips")
    assert segment is not None
    assert (segment.name, segment.description) == ("VIPs", "pay")
    assert segment in hook.list_segments()
    assert hook.get_segment("segment_nobody") is None
    assert (hook.segment_stats("segment_vips").users, hook.site_stats().users) == (1, 2)
    with pytest.raises(BentoRefusedError) as caught:
        hook.segment_stats("segment_nobody")
    assert caught.value.status == 404


def test_an_email_is_added_read_and_changed(bento: RunningSandbox) -> None:
    """By the sequence's id, with or without its prefix."""
    hook = BentoHook()
    sequence = bento.control.add_sequence("Welcome", emails=[{"subject": "Hi", "html": "<p>1</p>"}])
    for wanted in (sequence["id"], f"sequence_{sequence['id']}"):
        added = hook.add_sequence_email(wanted, subject="Hi", html="<p>2</p>", delay=(3, "days"), cc=["c@x.io"])
        assert hook.get_email_template(added.id) == added
    found = next(one for one in hook.iter_sequences() if one.id == str(sequence["id"]))
    assert [template.subject for template in found.templates] == ["Hi"] * 3
    changed = hook.update_email_template(added.id, html="{{ visitor.unsubscribe_url }}")
    assert (changed.subject, changed.html) == ("Hi", "{{ visitor.unsubscribe_url }}")
    assert hook.get_email_template(987654) is None
    with pytest.raises(BentoRefusedError):
        hook.update_email_template(987654, subject="s")
    with pytest.raises(BentoRefusedError):
        hook.add_sequence_email(987654, subject="s", html="h")


@pytest.mark.parametrize(("fault", "emails"), [("apply_then_reset", 1), ("reset_after_body", 0)])
def test_a_lost_answer_doubles_no_email_of_a_sequence(bento: RunningSandbox, fault: FaultKind, emails: int) -> None:
    """It is found, or nobody knows whether it will still be added."""
    hook = impatient(BentoHook())
    sequence = bento.control.add_sequence("Welcome", emails=[])
    bento.control.inject(fault, "*", method="POST")
    with contextlib.nullcontext() if emails else pytest.raises(BentoOutcomeUnknown):
        hook.add_sequence_email(sequence["id"], subject="Hi", html="h")
    found = next(one for one in hook.iter_sequences() if one.id == str(sequence["id"]))
    assert len(found.templates) == emails


def test_workflows_are_listed(bento: RunningSandbox) -> None:
    """With their status."""
    bento.control.add_workflow("Onboarding", status="draft", emails=[{"subject": "Hi", "html": "h"}])
    found = next(one for one in BentoHook().iter_workflows() if one.name == "Onboarding")
    assert (found.status, [template.subject for template in found.templates]) == ("draft", ["Hi"])


def test_responses_and_authors_are_read(bento: RunningSandbox) -> None:
    """Of a form that nobody answered there are none."""
    hook = BentoHook()
    bento.control.add_response("form_1", "a@x.io", color="red")
    (response,) = hook.form_responses("form_1")
    assert (response.email, response.fields) == ("a@x.io", {"color": "red"})
    assert hook.form_responses("form_2") == ()
    bento.control.set(authors=["shop@x.io"])
    assert [author.email for author in hook.list_authors()] == ["shop@x.io"]


def test_people_are_searched_on_all_pages(bento: RunningSandbox) -> None:
    """By tag and by time."""
    hook = BentoHook()
    hook.import_subscribers([{"email": f"p{number}@x.io", "tags": "vip"} for number in range(250)])
    hook.import_subscribers([{"email": "other@x.io"}])
    assert len(hook.search_subscribers()) == 100
    assert len(list(hook.iter_subscribers(tags="vip"))) == 250
    assert len(list(hook.iter_subscribers(created_at=(LONG_AGO, LATER)))) == 251
    assert list(hook.iter_subscribers(created_at=(None, LONG_AGO))) == []
    assert list(hook.iter_subscribers(unsubscribed_at=(LONG_AGO, None))) == []


def test_a_broadcast_is_listed_with_its_state(bento: RunningSandbox) -> None:
    """And with its template."""
    hook = BentoHook()
    broadcast = {"name": "n", "subject": "s", "content": "c", "type": "plain", "segment_id": "s1"}
    hook.create_broadcasts([broadcast])
    (draft,) = hook.iter_broadcasts("draft")
    assert (draft.state, draft.name, draft.template is not None) == ("draft", "n", True)
    approved = {**broadcast, "name": "m", "approved": True, "send_at": "2020-01-01T00:00:00Z"}
    hook.create_broadcasts([approved], allow_send=True)
    bento.control.drain()
    (sent,) = hook.iter_broadcasts("sent")
    assert (sent.state, sent.name) == ("sent", "m")
    assert sent.send_at is not None
    assert sent.template is not None
    assert sent.template.subject == "s"


def test_stats_are_read(bento: RunningSandbox) -> None:
    """Reports and advertisements, too."""
    hook = BentoHook()
    bento.control.add_report("r1", "People", data=42, chart_style="counter")
    report = hook.report_stats("r1")
    assert (report.name, report.style, report.data) == ("People", "counter", 42)
    assert hook.ads_stats("source", start_date="last week", end_date="now").dimension == "source"
    with pytest.raises(BentoRefusedError):
        hook.report_stats("r2")


def test_the_experimental_endpoints_answer(bento: RunningSandbox) -> None:
    """By the sandbox's fixed rules."""
    hook = BentoHook()
    assert hook.validate_email("ann@example.com", name="Ann", ip="192.0.2.1")
    assert not hook.validate_email("ann@example.invalid")
    assert hook.check_rules("ann@example.com") == ()
    assert hook.check_rules("ann@gmail.com", block_free_providers=True) == ("domain is a free provider",)
    assert hook.check_rules("info@example.com") != ()
    assert hook.check_rules("info@example.com", wiggleroom=True) == ()
    assert hook.blacklisted(domain="x.test").listed
    assert not hook.blacklisted(ip="192.0.2.1").listed
    assert not hook.moderate("the best casino " * 100).valid
    assert hook.guess_gender("Ann").gender == "female"


def test_emails_reach_the_outbox_once(bento: RunningSandbox) -> None:
    """Also if the answer is lost: then nobody knows, and nothing is sent again."""
    hook = BentoHook()
    email = {"to": "a@x.io", "from": "shop@x.io", "subject": "s", "html_body": "h"}
    assert hook.send_emails([email], transactional=True).accepted == 1
    bento.control.inject("apply_then_reset", "/batch/emails")
    with pytest.raises(BentoOutcomeUnknown):
        hook.send_emails([email], transactional=True)
    bento.control.drain()
    assert [one["to"] for one in bento.control.emails()] == ["a@x.io", "a@x.io"]
    bento.control.set(authors=["other@x.io"])
    with pytest.raises(BentoRefusedError, match="Authors in Bento"):
        hook.send_emails([email], transactional=True)


def test_a_person_is_deleted(bento: RunningSandbox) -> None:
    """A second request finds nobody."""
    hook = BentoHook()
    hook.create_subscriber("a@x.io")
    assert hook.request_deletion("a@x.io") is True
    bento.control.drain()
    assert hook.get_subscriber(email="a@x.io") is None
    assert hook.request_deletion("a@x.io") is False
