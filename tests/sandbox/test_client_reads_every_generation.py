"""The hook and the operators against each generation of Bento's replies: the same calls, the same counts."""

from __future__ import annotations

import json

import pytest

from airflow_provider_bento.exceptions import BentoAccessError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import running_sandbox

PROFILES = ("2021", "2024", "2026")
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


def test_wrong_keys_are_wrong_keys(sandbox, monkeypatch):
    """And the connection test says so in every generation."""
    wrong = {**sandbox.connection, "password": "sk_wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(wrong))
    right, said = BentoHook().test_connection()
    assert (right, "401" in said) == (False, True)
    with pytest.raises(BentoAccessError):
        BentoHook().list_tags()
