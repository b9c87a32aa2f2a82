"""The connection ends after the request was read: what is repeated, what is looked for first, and what is left."""

from __future__ import annotations

from typing import Any

import pytest
from unit.hooks.canned import DROP, CannedBento

from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoRefusedError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.hooks.doubt import LOOK_AFTER

KEPT = {"data": [{"id": "1", "attributes": {"name": "VIP", "discarded_at": None}}]}
GONE = {"data": [{"id": "1", "attributes": {"name": "VIP", "discarded_at": "2026-01-01T00:00:00Z"}}]}
MADE_AGAIN = {"data": [*GONE["data"], {"id": "2", "attributes": {"name": "VIP"}}]}
NO_TAGS: dict[str, Any] = {"data": []}
LIST, CREATE, DELETE = "GET /fetch/tags", "POST /fetch/tags", "DELETE /fetch/tags/1"

OLD, NEW = {"id": 1, "subject": "Hi"}, {"id": 2, "subject": "Hi"}
SEQUENCES, ADD = "GET /fetch/sequences", "POST /fetch/sequences/9/emails/templates"
TEMPLATE = {"data": {"id": "2", "attributes": {"subject": "Hi", "html": "h"}}}
FOUND = "GET /fetch/emails/templates/2"


def sequence(*emails: Any) -> dict[str, Any]:
    """Return the page of sequences with one that has these emails."""
    return {"data": [{"id": "9", "attributes": {"name": "n", "email_templates": list(emails)}}]}


def add(hook: BentoHook) -> Any:
    """Add an email to the sequence."""
    return hook.add_sequence_email("9", subject="Hi", html="h")


@pytest.mark.parametrize(
    ("replies", "calls"),
    [
        pytest.param([KEPT, DROP, GONE], [LIST, DELETE, LIST], id="it was applied"),
        pytest.param([KEPT, DROP, NO_TAGS], [LIST, DELETE, LIST], id="it was applied and is not listed"),
        pytest.param([KEPT, DROP, MADE_AGAIN], [LIST, DELETE, LIST], id="it was applied, and an import made another"),
        pytest.param([KEPT, (500, {}), GONE], [LIST, DELETE, LIST], id="a failure of Bento's"),
        pytest.param([KEPT, {"success": False}, GONE], [LIST, DELETE, LIST], id="a reply that contradicts the list"),
    ],
)
def test_a_tag_is_deleted_once(monkeypatch: pytest.MonkeyPatch, replies: list[Any], calls: list[str]) -> None:
    """A second deletion would restore it, so the list decides."""
    bento = CannedBento(*replies)
    with bento.running(monkeypatch) as hook:
        assert hook.delete_tag("VIP") is True
    assert bento.calls == calls


def test_a_deletion_that_stays_in_doubt_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bento may still be working on it, and a second one would restore the tag."""
    bento = CannedBento(KEPT, DROP, KEPT)
    with bento.running(monkeypatch) as hook, pytest.raises(BentoOutcomeUnknown, match="5 seconds after") as caught:
        hook.delete_tag("VIP")
    assert bento.calls == [LIST, DELETE, LIST]
    assert (caught.value.endpoint, caught.value.maybe_applied) == ("/fetch/tags/:id", True)


def test_a_refusal_after_a_doubt_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request was applied after the look, so the name is taken; or it is an ordinary refusal."""
    taken = (422, {"errors": {"name": ["has already been taken"]}})
    bento = CannedBento(DROP, NO_TAGS, taken, KEPT)
    with bento.running(monkeypatch) as hook:
        assert hook.create_tag("VIP").id == "1"
    assert bento.calls == [CREATE, LIST, CREATE, LIST]
    with CannedBento(DROP, NO_TAGS, taken, NO_TAGS).running(monkeypatch) as hook:
        with pytest.raises(BentoRefusedError) as caught:
            hook.create_tag("VIP")
        assert caught.value.maybe_applied


@pytest.mark.parametrize(
    ("replies", "calls"),
    [
        pytest.param([DROP, KEPT], [CREATE, LIST], id="it was applied"),
        pytest.param([DROP, NO_TAGS, KEPT], [CREATE, LIST, CREATE], id="it was not applied"),
        pytest.param([DROP, GONE, DROP, KEPT], [CREATE, LIST, CREATE, LIST], id="a deleted one is not it"),
        pytest.param([None, KEPT], [CREATE, LIST], id="a reply with null"),
        pytest.param([{"data": None}, KEPT], [CREATE, LIST], id="null data"),
        pytest.param([(201, {"data": []}), KEPT], [CREATE, LIST], id="an empty list"),
    ],
)
def test_a_tag_is_created_once(monkeypatch: pytest.MonkeyPatch, replies: list[Any], calls: list[str]) -> None:
    """What happens to a name that exists is stated nowhere, so the list decides."""
    bento = CannedBento(*replies)
    with bento.running(monkeypatch) as hook:
        assert hook.create_tag("VIP").id == "1"
    assert bento.calls == calls


def test_a_field_is_created_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a tag is."""
    bento = CannedBento(DROP, {"data": [{"id": 3, "key": "plan"}]})
    with bento.running(monkeypatch) as hook:
        assert hook.create_field("plan").id == "3"
    assert bento.calls == ["POST /fetch/fields", "GET /fetch/fields"]


def test_bento_is_given_time_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may still be working on the request; otherwise it would be sent twice."""
    with CannedBento(DROP, KEPT).running(monkeypatch) as hook:
        hook.create_tag("VIP")
        assert LOOK_AFTER in hook.clock.slept  # type: ignore[attr-defined]  # the clock of the tests


def test_a_creation_that_stays_in_doubt_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times, never more."""
    bento = CannedBento(*[DROP, NO_TAGS] * 3)
    with bento.running(monkeypatch) as hook, pytest.raises(BentoOutcomeUnknown):
        hook.create_tag("VIP")
    assert bento.calls == [CREATE, LIST] * 3


def test_what_was_accepted_and_is_not_listed_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bento may list it later."""
    bento = CannedBento({}, NO_TAGS)
    with bento.running(monkeypatch) as hook, pytest.raises(BentoOutcomeUnknown, match="Look for it in Bento") as caught:
        hook.create_tag("VIP")
    assert caught.value.maybe_applied
    assert bento.calls == [CREATE, LIST]


@pytest.mark.parametrize("failing", [(401, {"error": "Unauthorized"}), (200, {"ok": True})])
def test_looking_that_fails_leaves_the_doubt(monkeypatch: pytest.MonkeyPatch, failing: Any) -> None:
    """An error that may be retried would send the request a second time."""
    bento = CannedBento(DROP, failing)
    with bento.running(monkeypatch) as hook, pytest.raises(BentoOutcomeUnknown, match="could not be read") as caught:
        hook.create_tag("VIP")
    assert (caught.value.maybe_applied, caught.value.endpoint) == (True, "/fetch/tags")
    assert bento.calls == [CREATE, LIST]


@pytest.mark.parametrize(
    ("replies", "calls"),
    [
        pytest.param(
            [sequence(OLD), DROP, sequence(OLD, NEW), TEMPLATE], [SEQUENCES, ADD, SEQUENCES, FOUND], id="it was applied"
        ),
        pytest.param(
            [sequence(), DROP, sequence(NEW), {}], [SEQUENCES, ADD, SEQUENCES, FOUND], id="it cannot be read yet"
        ),
        pytest.param([sequence(OLD), {}, sequence(OLD, NEW), TEMPLATE], [SEQUENCES, ADD, SEQUENCES, FOUND], id="{}"),
    ],
)
def test_an_email_is_added_once(monkeypatch: pytest.MonkeyPatch, replies: list[Any], calls: list[str]) -> None:
    """Bento appends at each call; one of the same subject that was there before is not it."""
    bento = CannedBento(*replies)
    with bento.running(monkeypatch) as hook:
        added = add(hook)
    assert (added.id, added.subject) == ("2", "Hi")
    assert bento.calls == calls


@pytest.mark.parametrize(
    ("replies", "calls"),
    [
        pytest.param([sequence(OLD), DROP, sequence(OLD)], [SEQUENCES, ADD, SEQUENCES], id="none is there yet"),
        pytest.param([NO_TAGS, DROP, NO_TAGS], [SEQUENCES, ADD, SEQUENCES], id="a sequence that is not listed"),
        pytest.param([sequence(OLD), DROP, NO_TAGS], [SEQUENCES, ADD, SEQUENCES], id="a sequence that is gone"),
        pytest.param(
            [sequence(OLD), DROP, sequence(OLD, {"id": 2, "subject": "Hi!"})],
            [SEQUENCES, ADD, SEQUENCES],
            id="a new one with another subject",
        ),
    ],
)
def test_an_email_that_is_not_found_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch, replies: list[Any], calls: list[str]
) -> None:
    """A person has to look into the sequence: a second one would be mailed as well."""
    bento = CannedBento(*replies)
    with bento.running(monkeypatch) as hook, pytest.raises(BentoOutcomeUnknown, match="not sent again"):
        add(hook)
    assert bento.calls == calls


def test_emails_are_never_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each repeat mails the people again."""
    bento = CannedBento(DROP)
    email = {"to": "a@x.io", "subject": "s", "html_body": "h"}
    with bento.running(monkeypatch) as hook, pytest.raises(BentoOutcomeUnknown) as caught:
        hook.send_emails([email], transactional=True)
    assert caught.value.needs_decision
    assert bento.calls == ["POST /batch/emails"]


@pytest.mark.parametrize(
    ("use", "reply"),
    [
        (lambda hook: hook.update_email_template("2", subject="Hi"), TEMPLATE),
        (lambda hook: hook.request_deletion("a@x.io"), {"status": "queued_for_anonymization"}),
        (lambda hook: hook.create_subscriber("a@x.io"), {}),
        (lambda hook: hook.moderate("hello"), {"valid": True}),
        (lambda hook: hook.list_segments(), []),
    ],
)
def test_what_ends_in_the_same_state_is_simply_sent_again(
    monkeypatch: pytest.MonkeyPatch, use: Any, reply: Any
) -> None:
    """It sets a value, or changes nothing."""
    bento = CannedBento(DROP, reply)
    with bento.running(monkeypatch) as hook:
        use(hook)
    assert len(bento.asked) == 2
    assert bento.asked[0] == bento.asked[1]


def test_an_error_of_the_request_itself_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is an answer."""
    bento = CannedBento((422, {"error": "no"}))
    with bento.running(monkeypatch) as hook, pytest.raises(BentoError):
        hook.create_tag("VIP")
    assert bento.calls == [CREATE]
