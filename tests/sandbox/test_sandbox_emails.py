"""POST /batch/emails and GET /fetch/authors: who gets which email, and what is refused."""

from __future__ import annotations

import pytest

EMAIL = {
    "to": "ada@x.com",
    "from": "me@x.com",
    "subject": "Hi {{ name }}",
    "html_body": "<p>{{name}}</p>",
    "transactional": True,
}


def send(api, *emails, **beside):
    """Send emails."""
    return api.post("/batch/emails", {"emails": list(emails), **beside})


def outbox(sandbox):
    """Return what is in the outbox."""
    return list(sandbox.control.everything("/emails"))


@pytest.mark.parametrize(
    ("profile", "status", "body"),
    [("2026", 200, {"results": 1, "failed": 0}), ("2024", 200, {"results": 1}), ("2021", 201, {"results": 1})],
)
def test_emails_are_counted_as_in_each_generation(api, sandbox, profile, status, body):
    """Every client reads `results`; Ruby reads `failed` as well."""
    sandbox.control.set(profile=profile)
    answer = send(api, EMAIL)
    assert (answer.status_code, answer.json()) == (status, body)


def test_the_outbox_contains_what_a_recipient_would_see(api, sandbox):
    """Simple names are replaced from `personalizations`; other Liquid stays as it is."""
    text = "{{- n -}} {{ flag }} {{ visitor.first_name }} {{ unknown }} {% if n %}x{% endif %} {{ nothing }}."
    values = {"name": "Ada", "n": 3, "flag": True, "nothing": None}
    send(api, {**EMAIL, "text_body": text, "personalizations": values})
    (email,) = outbox(sandbox)
    assert (email["to"], email["from"], email["subject"]) == ("ada@x.com", "me@x.com", "Hi Ada")
    assert email["html_body"] == "<p>Ada</p>"
    assert email["text_body"] == "3 true {{ visitor.first_name }} {{ unknown }} {% if n %}x{% endif %} ."
    assert (email["personalizations"], email["transactional"], email["delivered"]) == (values, True, True)
    assert email["at"].endswith("Z")


def test_emails_stand_in_the_ledger_as_they_came(api, sandbox):
    """So that tests can compare what arrived with what was sent."""
    send(api, EMAIL, {**EMAIL, "cc": "c@x.com", "reply_to": "r@x.com"})
    assert sandbox.control.records("emails") == [EMAIL, {**EMAIL, "cc": "c@x.com", "reply_to": "r@x.com"}]
    assert sandbox.control.stats()["records"] == {"emails": 2}


def test_a_recipient_who_is_unknown_becomes_a_person(api, sandbox):
    """Without an automation; one who is known stays the same."""
    api.subscribers({"email": "ada@x.com", "plan": "pro"})
    send(api, EMAIL, {**EMAIL, "to": "Bob <bob@x.com>"})
    assert api.person("ada@x.com")["fields"] == {"plan": "pro"}
    assert api.person("bob@x.com")["unsubscribed_at"] is None
    assert sandbox.control.stats()["stored"]["automations"] == 0


def test_each_address_of_a_comma_separated_list_gets_an_email(api, sandbox):
    """As the Laravel client joins several; one address twice is one email."""
    assert send(api, {**EMAIL, "to": "a@x.com, b@x.com,A@x.com"}).json()["results"] == 1
    assert [email["to"] for email in outbox(sandbox)] == ["a@x.com", "b@x.com"]


@pytest.mark.parametrize("transactional", [True, 1, "true", False, 0, None, "no"])
def test_only_transactional_emails_reach_the_unsubscribed(api, sandbox, transactional):
    """Others are accepted and shown as not delivered."""
    api.command({"command": "unsubscribe", "email": "ada@x.com"})
    assert send(api, {**EMAIL, "transactional": transactional}).json()["results"] == 1
    (email,) = outbox(sandbox)
    assert email["delivered"] == email["transactional"] == (transactional in (True, "true"))


def test_transactional_beside_the_emails_is_ignored(api, sandbox):
    """Elixir lifts it there; no source says that Bento reads it."""
    api.command({"command": "unsubscribe", "email": "ada@x.com"})
    send(api, {**EMAIL, "transactional": None}, transactional=True)
    assert outbox(sandbox)[0]["delivered"] is False


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"to": None}, "no valid email in `to`"),
        ({"to": "a@x.com, b"}, "no valid email in `to`"),
        ({"from": "me"}, "no valid email in `from`"),
        ({"subject": " "}, "no subject"),
        ({"html_body": ""}, "no html_body"),
        ({"personalizations": ["x"]}, "personalizations is no object"),
    ],
)
def test_an_email_that_lacks_something_counts_as_failed(api, sandbox, change, reason):
    """The others are sent."""
    assert send(api, {**EMAIL, **change}, EMAIL).json() == {"results": 1, "failed": 1}
    (reject,) = sandbox.control.get("/rejects", kind="emails")["data"]
    assert (reject["index"], reject["reason"]) == (0, reason)
    assert len(outbox(sandbox)) == 1


def test_a_text_body_alone_is_enough(api):
    """n8n sends one; GitBook's theme for plain text."""
    assert send(api, {**EMAIL, "html_body": None, "text_body": "x"}).json() == {"results": 1, "failed": 0}


def test_one_sender_who_is_no_author_fails_the_whole_request(api, sandbox):
    """500 with the words that clients look for; nothing is sent."""
    sandbox.control.set(authors=["me@x.com"])
    answer = send(api, EMAIL, {**EMAIL, "from": "you@x.com"})
    assert (answer.status_code, answer.json()) == (500, {"error": "Author not authorized to send on this account"})
    assert outbox(sandbox) == sandbox.control.records("emails") == []
    assert send(api, {**EMAIL, "from": "Me <ME@x.com>"}).status_code == 200


def test_more_than_sixty_emails_are_refused(api):
    """The documented maximum; none and a missing wrapper are a 400."""
    assert send(api, *[EMAIL] * 60).json()["results"] == 60
    assert send(api, *[EMAIL] * 61).status_code == 422
    assert send(api).status_code == api.post("/batch/emails", EMAIL).status_code == 400


@pytest.mark.parametrize(
    ("kind", "body"), [("failed_count", {"results": 1, "failed": 1}), ("short_results", {"results": 1})]
)
def test_a_fault_can_fail_a_part_of_the_emails(api, sandbox, kind, body):
    """The last one is not sent."""
    sandbox.control.inject(kind, "/batch/emails")
    assert send(api, EMAIL, {**EMAIL, "to": "b@x.com"}).json() == body
    assert [email["to"] for email in outbox(sandbox)] == ["ada@x.com"]


def test_emails_wait_in_their_queue(api, sandbox):
    """Whoever unsubscribes in the meantime gets none that is not transactional."""
    sandbox.control.set(delay={"emails": 5})
    send(api, {**EMAIL, "transactional": False})
    assert (outbox(sandbox), sandbox.control.stats()["waiting"]) == ([], {"emails": 1})
    api.command({"command": "unsubscribe", "email": "ada@x.com"})
    sandbox.control.advance(5)
    assert [email["delivered"] for email in outbox(sandbox)] == [False]


def test_the_outbox_can_be_filtered(api, sandbox):
    """By part of the recipient's address, by sender, by delivery."""
    api.command({"command": "unsubscribe", "email": "bob@x.com"})
    send(api, EMAIL, {**EMAIL, "to": "bob@x.com", "transactional": False}, {**EMAIL, "from": "you@x.com"})
    assert [row["id"] for row in sandbox.control.everything("/emails", email="AD")] == [1, 3]
    assert [row["id"] for row in sandbox.control.everything("/emails", sender="you@x.com")] == [3]
    assert [row["id"] for row in sandbox.control.everything("/emails", delivered="false")] == [2]
    assert len(sandbox.control.raw("/emails.jsonl").splitlines()) == 3
    assert sandbox.control.stats()["emails"] == {"delivered": 2, "not_delivered": 1}


def test_the_authors_are_those_of_the_settings(api, sandbox):
    """One example while any sender is permitted."""
    (author,) = api.get("/fetch/authors").json()["data"]
    assert author["attributes"] == {"name": "Author", "email": "author@example.com"}
    sandbox.control.set(authors=["jane.doe@x.com", "me@x.com"])
    shown = [author["attributes"] for author in api.get("/fetch/authors").json()["data"]]
    assert shown == [{"name": "Jane Doe", "email": "jane.doe@x.com"}, {"name": "Me", "email": "me@x.com"}]


def test_a_request_in_which_every_email_fails_sends_nothing(api, sandbox):
    """200 all the same: the counts say it."""
    answer = send(api, "nonsense", None)
    assert (answer.status_code, answer.json()) == (200, {"results": 0, "failed": 2})
    assert outbox(sandbox) == []
    assert [entry["applied"] for entry in sandbox.control.journal()] == [False]
