"""One property over all methods: no error and no result shows the person or the content that it was given."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from unit.hooks.canned import CannedBento

from airflow_provider_bento.exceptions import BentoError
from airflow_provider_bento.hooks.bento import BentoHook

ADDRESS = "zebedee.quux@planted.example"
DOMAIN = "planted.example"
WORDS = "Zyzzyva planted prose"
HIDDEN = ("zebedee", "quux", "planted", "zyzzyva", "prose")

Use = Callable[[BentoHook], Any]

TAKING: list[tuple[Use, list[str]]] = [
    (lambda hook: hook.get_subscriber(email=ADDRESS), [ADDRESS]),
    (lambda hook: hook.create_subscriber(ADDRESS), [ADDRESS]),
    (lambda hook: hook.import_subscribers([{"email": ADDRESS, "first_name": WORDS}]), [ADDRESS, WORDS]),
    (lambda hook: hook.send_events([{"type": "x", "email": ADDRESS, "details": {"t": WORDS}}]), [ADDRESS, WORDS]),
    (lambda hook: hook.add_field(ADDRESS, "plan", WORDS), [ADDRESS, WORDS]),
    (lambda hook: hook.change_email(ADDRESS, f"new.{ADDRESS}"), [ADDRESS, f"new.{ADDRESS}"]),
    (lambda hook: hook.request_deletion(ADDRESS), [ADDRESS]),
    (
        lambda hook: hook.send_emails([{"to": ADDRESS, "subject": "s", "html_body": WORDS}], transactional=True),
        [ADDRESS, WORDS],
    ),
    (
        lambda hook: hook.add_sequence_email(9, subject=WORDS, html=WORDS, cc=ADDRESS, bcc=[ADDRESS], to=ADDRESS),
        [ADDRESS, WORDS],
    ),
    (lambda hook: hook.update_email_template(9, subject=WORDS, html=f"{WORDS} unsubscribe_url"), [WORDS]),
    (lambda hook: hook.validate_email(ADDRESS, name=WORDS), [ADDRESS, WORDS]),
    (lambda hook: hook.check_rules(ADDRESS), [ADDRESS]),
    (lambda hook: hook.blacklisted(domain=DOMAIN), [DOMAIN]),
    (lambda hook: hook.moderate(WORDS), [WORDS]),
    (lambda hook: hook.guess_gender(WORDS), [WORDS]),
]
ADDING, RULES = 8, 11  # the email of a sequence, whose emails are read first; the rules, which return Bento's own words
RETURNING: list[Use] = [
    *[use for number, (use, _) in enumerate(TAKING) if number != RULES],
    lambda hook: hook.form_responses("1"),
    lambda hook: hook.list_authors(),
    lambda hook: hook.search_subscribers(),
    lambda hook: hook.list_broadcasts(),
    lambda hook: hook.list_sequences(),
    lambda hook: hook.get_email_template(9),
]
PERSON = {
    "id": 1, "email": ADDRESS, "subject": WORDS, "html": WORDS, "key": "k", "fields": {"n": WORDS},
    "data": {"identity": {"email": ADDRESS}, "fields": {"n": WORDS}}, "template": {"subject": WORDS, "html": WORDS},
    "results": {}, "valid": False, "reasons": [WORDS], "safe_original_content": WORDS, "gender": None, "query": ADDRESS,
    "email_templates": [{"id": 2, "subject": WORDS}],
}  # fmt: skip


def sayings(given: str) -> list[Any]:
    """Return bodies in which Bento repeats what it was given, in every shape of its errors."""
    return [
        {"error": f"{given} is invalid"},
        {"errors": [{"field": "email", "message": f"{given} is invalid"}]},
        {"errors": {given: ["is invalid"]}},
        {"message": [f"no {given}"]},
        f"no: {given}".encode(),
        {"data": [], "failed": 1, "error": given},
        {"results": 0, "failed": 1, "failures": [{"index": 0, "name": given, "error": given}]},
    ]


def shown(monkeypatch: pytest.MonkeyPatch, use: Use, reply: Any) -> str:
    """Return everything that can reach a log: the ``repr`` of the result, or all of the error."""
    listing = [{"data": []}] if use is TAKING[ADDING][0] else []
    with CannedBento(*[*listing, reply] * 12).running(monkeypatch) as hook:
        try:
            return repr(use(hook)).lower()
        except BentoError as error:
            return f"{error} {error!r} {error.__dict__}".lower()


@pytest.mark.slow
@pytest.mark.parametrize(("use", "given"), TAKING, ids=range(len(TAKING)))
def test_no_error_shows_what_the_method_was_given(monkeypatch: pytest.MonkeyPatch, use: Use, given: list[str]) -> None:
    """At any status, in whatever words Bento repeats it."""
    for status, one in product((200, 400, 401, 403, 404, 422, 500), given):
        for body in sayings(one):
            seen = shown(monkeypatch, use, (status, body))
            assert [word for word in HIDDEN if word in seen] == [], (status, body)


@pytest.mark.parametrize("use", RETURNING, ids=range(len(RETURNING)))
def test_no_repr_shows_a_person_or_a_content(monkeypatch: pytest.MonkeyPatch, use: Use) -> None:
    """In every envelope."""
    for reply in (PERSON, {"data": [PERSON]}, {"data": PERSON}, {"data": {"id": 1, "attributes": PERSON}}):
        seen = shown(monkeypatch, use, reply)
        assert [word for word in HIDDEN if word in seen] == []
