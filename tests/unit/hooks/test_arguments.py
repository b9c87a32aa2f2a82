"""Arguments are checked before anything is sent; the error names the method and the argument, never a value."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.bento import BentoHook

UUID_OF_ANN = "0f566d05f47a59bff25f147df3a6233d"
JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def email(hook: BentoHook, **changed: Any) -> Any:
    """Add an email with one argument changed."""
    return hook.add_sequence_email(**{"sequence_id": 1, "subject": "s", "html": "h", **changed})


WRONG: list[tuple[Any, str]] = [
    (lambda hook: hook.get_subscriber(), "get_subscriber: it needs either email= or uuid="),
    (lambda hook: hook.get_subscriber(email="a@x.io", uuid="planted"), "get_subscriber: it needs either"),
    (lambda hook: hook.get_subscriber(uuid=" "), "get_subscriber: uuid must be an id"),
    (lambda hook: hook.create_subscriber("planted"), "create_subscriber: email must be"),
    (lambda hook: hook.request_deletion("planted"), "request_deletion: email must be"),
    (lambda hook: hook.create_tag(" "), "create_tag: name must be a text"),
    (lambda hook: hook.create_tag("planted,b"), "create_tag: name must not contain a comma"),
    (lambda hook: hook.delete_tag(["planted"]), "delete_tag: name must be a text"),
    (lambda hook: hook.create_field(7), "create_field: key must be a text"),
    (lambda hook: hook.get_segment(""), "get_segment: segment_id must be an id"),
    (lambda hook: hook.get_segment(None), "get_segment: segment_id must be an id"),
    (lambda hook: hook.get_segment(True), "get_segment: segment_id must be an id"),
    (lambda hook: hook.get_segment("\ud800planted"), "get_segment: segment_id must be an id"),
    (lambda hook: hook.get_segment(10**5000), "get_segment: segment_id must be an id"),
    (lambda hook: hook.create_tag("\ud800planted"), "create_tag: name must be a text"),
    (lambda hook: hook.moderate("\ud800planted"), "moderate: content must be a text"),
    (lambda hook: hook.run_commands({"command": "planted"}), "run_commands: commands must be a list of dicts"),
    (lambda hook: hook.run_commands(None), "run_commands: commands must be a list of dicts"),
    (lambda hook: hook.find_broadcasts("planted", 0.0), "find_broadcasts: names must be a list of texts"),
    (lambda hook: hook.find_broadcasts([7], 0.0), "find_broadcasts: names must be a list of texts"),
    (lambda hook: hook.find_broadcasts(["planted"], "now"), "find_broadcasts: since must be a number of seconds"),
    (lambda hook: hook.get_segment(".."), "get_segment: segment_id must be an id"),
    (lambda hook: hook.segment_stats({"planted": 1}), "segment_stats: segment_id must be an id"),
    (lambda hook: hook.report_stats(""), "report_stats: report_id must be an id"),
    (lambda hook: hook.form_responses(1.5), "form_responses: form_id must be an id"),
    (lambda hook: hook.get_email_template(""), "get_email_template: template_id must be an id"),
    (lambda hook: hook.update_email_template(1), "update_email_template: it needs subject= or html="),
    (lambda hook: hook.update_email_template(1, subject=""), "update_email_template: subject must be a text"),
    (lambda hook: hook.update_email_template(1, html="planted"), "update_email_template: html has no unsubscribe_url"),
    (
        lambda hook: hook.update_email_template(1, html="planted", allow_no_unsubscribe="no"),
        "update_email_template: allow_no_unsubscribe must be True or False",
    ),
    (lambda hook: hook.list_sequences(0), "list_sequences: page must be a whole number from 1"),
    (lambda hook: hook.list_workflows(True), "list_workflows: page must be a whole number from 1"),
    (lambda hook: hook.list_broadcasts("sent", "2"), "list_broadcasts: page must be a whole number from 1"),
    (lambda hook: hook.list_broadcasts("planted"), "list_broadcasts: status must be one of draft, scheduled"),
    (lambda hook: hook.iter_broadcasts(None), "iter_broadcasts: status must be one of"),
    (lambda hook: hook.search_subscribers(-1), "search_subscribers: page must be a whole number from 1"),
    (lambda hook: hook.search_subscribers(created_at=JUNE), "search_subscribers: created_at must be a pair"),
    (lambda hook: hook.search_subscribers(created_at=(None, None)), "search_subscribers: created_at must be a pair"),
    (lambda hook: hook.search_subscribers(updated_at=("planted", None)), "search_subscribers: updated_at "),
    (lambda hook: hook.search_subscribers(updated_at=({}, None)), "search_subscribers: updated_at "),
    (lambda hook: hook.search_subscribers(last_event_at=(JULY, JUNE)), "in which after is the earlier one"),
    (lambda hook: hook.search_subscribers(tags=[]), "search_subscribers: tags must contain at least one"),
    (lambda hook: hook.search_subscribers(tags=7), "search_subscribers: tags "),
    (lambda hook: hook.iter_subscribers(unsubscribed_at=7), "iter_subscribers: unsubscribed_at must be a pair"),
    (lambda hook: hook.iter_subscribers(tags=""), "iter_subscribers: tags must contain at least one"),
    (lambda hook: hook.ads_stats("planted"), "ads_stats: dimension must be one of source"),
    (lambda hook: hook.ads_stats(revenue_mode="planted"), "ads_stats: revenue_mode must be one of"),
    (lambda hook: hook.ads_stats(start_date=""), "ads_stats: start_date must be a text"),
    (lambda hook: hook.validate_email(""), "validate_email: email must be a text"),
    (lambda hook: hook.validate_email("a@x.io", ip=7), "validate_email: ip must be a text"),
    (lambda hook: hook.check_rules("a@x.io", wiggleroom="planted"), "check_rules: wiggleroom must be True or False"),
    (lambda hook: hook.blacklisted(), "blacklisted: it needs either domain= or ip="),
    (lambda hook: hook.blacklisted(domain="planted", ip="192.0.2.1"), "blacklisted: it needs either"),
    (lambda hook: hook.moderate(None), "moderate: content must be a text"),
    (lambda hook: hook.validate_email(None), "validate_email: email must be a text"),
    (lambda hook: hook.guess_gender(b"planted"), "guess_gender: name must be a text"),
    (lambda hook: email(hook, sequence_id=""), "add_sequence_email: sequence_id must be an id"),
    (lambda hook: email(hook, subject=None), "add_sequence_email: subject must be a text"),
    (lambda hook: email(hook, html=" "), "add_sequence_email: html must be a text"),
    (lambda hook: email(hook, editor=7), "add_sequence_email: editor must be a text"),
    (lambda hook: email(hook, cc=[]), "add_sequence_email: cc must be a text"),
    (lambda hook: email(hook, bcc=["a@x.io", 7]), "add_sequence_email: bcc must be a text"),
    (lambda hook: email(hook, delay=3), "add_sequence_email: delay must be a number and a unit"),
    (lambda hook: email(hook, delay=(0, "days")), "add_sequence_email: delay must start with a whole number"),
    (lambda hook: email(hook, delay=(True, "days")), "add_sequence_email: delay must start with a whole number"),
    (lambda hook: email(hook, delay=(3, "planted")), "add_sequence_email: the unit of delay must be one of minutes"),
]


@pytest.mark.parametrize(("use", "words"), WRONG, ids=[f"{number} {words}" for number, (_, words) in enumerate(WRONG)])
def test_a_wrong_argument_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, use: Any, words: str
) -> None:
    """There is not even a connection."""
    monkeypatch.delenv("AIRFLOW_CONN_BENTO_DEFAULT", raising=False)
    with pytest.raises(BentoSetupError) as caught:
        use(BentoHook())
    assert words in str(caught.value)
    assert str(caught.value).endswith("Nothing was sent.")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "sent"),
    [(7, "7"), (" a ", "a"), ("..a", "..a"), (0, "0"), (np.int64(7), "7"), (UUID(UUID_OF_ANN), UUID_OF_ANN)],
)
def test_an_id_is_a_text_a_number_or_a_uuid(given: Any, sent: str) -> None:
    """Bento uses texts and numbers; its UUIDs have no hyphens; rows of a dataframe have numbers of numpy."""
    assert arguments.identity("m", "n", given) == sent


def test_a_page_is_a_whole_number() -> None:
    """Also one of numpy."""
    assert arguments.page("m", 2) == arguments.page("m", np.int64(2)) == 2


@pytest.mark.parametrize(
    ("given", "sent"),
    [("last week", "last week"), (date(2026, 1, 2), "2026-01-02"), (JUNE, "2026-06-01T00:00:00Z")],
)
def test_a_day_is_a_date_or_words(given: Any, sent: str) -> None:
    """Bento reads both."""
    assert arguments.day("m", "n", given) == sent


def test_a_content_is_sent_exactly_as_it_is() -> None:
    """A file ends with a line break, and is compared with what Bento stores."""
    assert arguments.content("m", "n", " <p>\n") == " <p>\n"


def test_a_range_may_be_open() -> None:
    """On one side; dates are midnight in UTC."""
    assert arguments.moments("m", "n", None) is None
    assert arguments.moments("m", "n", [None, date(2026, 6, 1)]) == (None, "2026-06-01T00:00:00Z")


READING = (
    "get_se",
    "get_su",
    "get_email",
    "list_",
    "iter_",
    "find_",
    "search_",
    "form_",
    "check_",
    "validate_",
    "guess_",
)
METHODS = [one for one in dir(BentoHook) if one.startswith(READING) or one.endswith("_stats")]


@pytest.mark.parametrize("name", [*METHODS, "moderate", "blacklisted", "send_emails"])
def test_methods_that_only_read_take_options(name: str) -> None:
    """Such as ``give_up_after``, as docs/hook.md says."""
    assert "options" in inspect.signature(getattr(BentoHook, name)).parameters
