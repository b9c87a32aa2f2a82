"""What each method of the hook sends: method, path, query and body; and what it makes of a plain reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pendulum
import pytest
from unit.hooks.canned import Asked, CannedBento

from airflow_provider_bento.exceptions import BentoRefusedError
from airflow_provider_bento.hooks.bento import BentoHook

Use = Callable[[BentoHook], Any]

TAG = {"data": {"id": "1", "attributes": {"name": "VIP"}}}
EMAIL = {"data": {"id": "5", "attributes": {"subject": "s", "html": "h"}}}
SEQUENCES = {"data": [{"id": "9", "attributes": {"name": "n", "email_templates": []}}]}
REPORT = {"data": 42, "chart_style": "counter"}
BLACKLIST = {"results": {"spamhaus": True}}
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
UNSUBSCRIBE = "<a href='{{ visitor.unsubscribe_url }}'>stop</a>"

READS: dict[str, tuple[Use, Any, Asked]] = {
    "get_subscriber by email": (
        lambda hook: hook.get_subscriber(email=" a+b@x.io"),
        {},
        Asked("GET", "/fetch/subscribers", {"email": "a+b@x.io"}),
    ),
    "get_subscriber by uuid": (
        lambda hook: hook.get_subscriber(uuid="u1"),
        {},
        Asked("GET", "/fetch/subscribers", {"uuid": "u1"}),
    ),
    "list_tags": (lambda hook: hook.list_tags(), [], Asked("GET", "/fetch/tags")),
    "list_fields": (lambda hook: hook.list_fields(), [], Asked("GET", "/fetch/fields")),
    "list_segments": (lambda hook: hook.list_segments(), [], Asked("GET", "/fetch/segments")),
    "get_segment": (lambda hook: hook.get_segment("seg/1"), {}, Asked("GET", "/fetch/segments/seg/1")),
    "list_sequences": (lambda hook: hook.list_sequences(2), [], Asked("GET", "/fetch/sequences", {"page": "2"})),
    "list_workflows": (lambda hook: hook.list_workflows(), [], Asked("GET", "/fetch/workflows", {"page": "1"})),
    "get_email_template": (lambda hook: hook.get_email_template(5), {}, Asked("GET", "/fetch/emails/templates/5")),
    "form_responses": (lambda hook: hook.form_responses("f1"), [], Asked("GET", "/fetch/responses", {"id": "f1"})),
    "list_authors": (lambda hook: hook.list_authors(), [], Asked("GET", "/fetch/authors")),
    "list_broadcasts": (
        lambda hook: hook.list_broadcasts("draft", 3),
        [],
        Asked("GET", "/fetch/broadcasts", {"status": "draft", "page": "3"}),
    ),
    "search_subscribers": (
        lambda hook: hook.search_subscribers(
            2,
            created_at=(JANUARY, None),
            updated_at=(None, datetime(2026, 2, 1, 12)),  # noqa: DTZ001  (without a zone it is UTC)
            last_event_at=(pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"), JANUARY),
            tags=["vip", "trial"],
        ),
        {"data": []},
        Asked(
            "GET",
            "/fetch/search",
            {},
            {
                "page": 2,
                "created_at": {"gt": "2026-01-01T00:00:00Z"},
                "updated_at": {"lt": "2026-02-01T12:00:00Z"},
                "last_event_at": {"gt": "2025-12-31T23:00:00Z", "lt": "2026-01-01T00:00:00Z"},
                "tags": ["vip", "trial"],
            },
        ),
    ),
    "site_stats": (lambda hook: hook.site_stats(), {"user_count": 1}, Asked("GET", "/stats/site")),
    "segment_stats": (
        lambda hook: hook.segment_stats(7),
        {"user_count": 1},
        Asked("GET", "/stats/segment", {"segment_id": "7"}),
    ),
    "report_stats": (lambda hook: hook.report_stats("r"), REPORT, Asked("GET", "/stats/report", {"report_id": "r"})),
    "ads_stats": (lambda hook: hook.ads_stats(), {"totals": {}}, Asked("GET", "/stats/ads")),
    "ads_stats with everything": (
        lambda hook: hook.ads_stats("source", "google", date(2026, 1, 1), "now", "subscriptions"),
        {"totals": {}},
        Asked(
            "GET",
            "/stats/ads",
            {
                "dimension": "source",
                "value": "google",
                "start_date": "2026-01-01",
                "end_date": "now",
                "revenue_mode": "subscriptions",
            },
        ),
    ),
    "validate_email": (
        lambda hook: hook.validate_email("odd@x", name="Ann", ip="192.0.2.1"),
        {"valid": True},
        Asked(
            "POST",
            "/experimental/validation",
            {"email": "odd@x", "name": "Ann", "ip": "192.0.2.1"},
            {"email": "odd@x", "name": "Ann", "ip": "192.0.2.1"},
        ),
    ),
    "check_rules": (
        lambda hook: hook.check_rules("a@x.io", block_free_providers=True, wiggleroom=False),
        {"reasons": []},
        Asked(
            "POST",
            "/experimental/jesses_ruleset",
            {"email": "a@x.io", "block_free_providers": "true", "wiggleroom": "false"},
            {"email": "a@x.io", "block_free_providers": True, "wiggleroom": False},
        ),
    ),
    "blacklisted": (
        lambda hook: hook.blacklisted(domain="x.io"),
        BLACKLIST,
        Asked("GET", "/experimental/blacklist", {"domain": "x.io"}),
    ),
    "moderate": (
        lambda hook: hook.moderate("hello"),
        {"valid": True},
        Asked("POST", "/experimental/content_moderation", {"content": "hello"}, {"content": "hello"}),
    ),
    "guess_gender": (
        lambda hook: hook.guess_gender("Ann"),
        {"gender": "female"},
        Asked("POST", "/experimental/gender", {"name": "Ann"}, {"name": "Ann"}),
    ),
}
WRITES: dict[str, tuple[Use, Any, Asked]] = {
    "create_subscriber": (
        lambda hook: hook.create_subscriber("a@x.io"),
        {},
        Asked("POST", "/fetch/subscribers", {}, {"subscriber": {"email": "a@x.io"}}),
    ),
    "create_tag": (
        lambda hook: hook.create_tag(" VIP "),
        TAG,
        Asked("POST", "/fetch/tags", {}, {"tag": {"name": "VIP"}}),
    ),
    "create_field": (
        lambda hook: hook.create_field("plan"),
        {"data": [{"id": 1, "attributes": {"key": "plan", "name": "Plan"}}]},
        Asked("POST", "/fetch/fields", {}, {"field": {"key": "plan"}}),
    ),
    "update_email_template": (
        lambda hook: hook.update_email_template("5", subject="s", html=UNSUBSCRIBE),
        EMAIL,
        Asked(
            "PATCH", "/fetch/emails/templates/5", {}, {"email_template": {"subject": "s", "html": UNSUBSCRIBE}}
        ),
    ),
    "update_email_template without a way out": (
        lambda hook: hook.update_email_template("5", html="bye", allow_no_unsubscribe=True),
        EMAIL,
        Asked("PATCH", "/fetch/emails/templates/5", {}, {"email_template": {"html": "bye"}}),
    ),
    "request_deletion": (
        lambda hook: hook.request_deletion("a@x.io"),
        (202, {"status": "queued_for_anonymization"}),
        Asked("POST", "/data_deletion_requests", {}, {"data_deletion_request": {"email": "a@x.io"}}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READS | WRITES)
def test_a_method_sends_one_request(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Method, path with the id in it, query and body."""
    use, reply, asked = (READS | WRITES)[case]
    bento = CannedBento(reply)
    with bento.running(monkeypatch) as hook:
        use(hook)
    assert bento.asked == [asked]


def test_an_id_cannot_leave_its_place_in_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slash is a part of the id."""
    bento = CannedBento({})
    with bento.running(monkeypatch) as hook:
        hook.get_segment("../tags?x=1")
    assert bento.targets == ["/api/v1/fetch/segments/..%2Ftags%3Fx%3D1?site_uuid=site"]


def test_an_email_is_added_after_the_sequence_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can be said about it travels under Bento's names."""
    bento = CannedBento(SEQUENCES, EMAIL)
    with bento.running(monkeypatch) as hook:
        added = hook.add_sequence_email(
            9,
            subject="s",
            html="h",
            inbox_snippet="i",
            delay=(3, "days"),
            cc=["a@x.io", "b@x.io"],
            bcc="c@x.io",
            to="{{ visitor.email }}",
        )
    assert (added.id, added.html) == ("5", "h")
    assert bento.asked == [
        Asked("GET", "/fetch/sequences", {"page": "1"}),
        Asked(
            "POST",
            "/fetch/sequences/9/emails/templates",
            {},
            {
                "email_template": {
                    "subject": "s",
                    "html": "h",
                    "inbox_snippet": "i",
                    "editor_choice": "plain",
                    "cc": "a@x.io,b@x.io",
                    "bcc": "c@x.io",
                    "to": "{{ visitor.email }}",
                    "delay_interval": "days",
                    "delay_interval_count": 3,
                }
            },
        ),
    ]


def test_a_tag_is_deleted_by_its_id_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reply is only a message, which elsewhere would be a failure."""
    tags = [{"id": "1", "name": "VIP", "discarded_at": "2026-01-01T00:00:00Z"}, {"id": "2", "name": "VIP"}]
    bento = CannedBento({"data": tags}, {"message": "Tag (VIP) deleted successfully"})
    with bento.running(monkeypatch) as hook:
        assert hook.delete_tag("VIP") is True
    assert bento.asked == [
        Asked("GET", "/fetch/tags"),
        Asked("DELETE", "/fetch/tags/2", {}, {"tag": {"name": "VIP"}}),
    ]


@pytest.mark.parametrize("tags", [[], [{"id": 1, "name": "other"}], [{"id": 1, "name": "VIP", "discarded_at": "2026"}]])
def test_a_tag_that_is_not_there_is_not_deleted(monkeypatch: pytest.MonkeyPatch, tags: list[Any]) -> None:
    """A second deletion would restore it."""
    bento = CannedBento({"data": tags})
    with bento.running(monkeypatch) as hook:
        assert hook.delete_tag("VIP") is False
    assert bento.calls == ["GET /fetch/tags"]


@pytest.mark.parametrize(
    ("use", "page", "path"),
    [
        (lambda hook: hook.iter_sequences(), "query", "/fetch/sequences"),
        (lambda hook: hook.iter_workflows(), "query", "/fetch/workflows"),
        (lambda hook: hook.iter_broadcasts("draft"), "query", "/fetch/broadcasts"),
        (lambda hook: hook.iter_subscribers(tags="vip"), "body", "/fetch/search"),
    ],
)
def test_an_iterator_asks_for_one_page_after_the_other(
    monkeypatch: pytest.MonkeyPatch, use: Use, page: str, path: str
) -> None:
    """An empty page is the last one, and one that is the same twice without anything new."""
    pages = [{"data": [{"id": one} for one in ids]} for ids in ("ab", "bc", "bc", "bc")]
    bento = CannedBento(*pages)
    with bento.running(monkeypatch) as hook:
        assert [one.id for one in use(hook)] == ["a", "b", "c"]
    assert {one.path for one in bento.asked} == {path}
    assert [str(getattr(one, page)["page"]) for one in bento.asked] == ["1", "2", "3", "4"]


def test_an_older_bento_is_asked_for_its_blacklist_by_the_older_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """404 means that it does not know the new one, whatever its page looks like."""
    bento = CannedBento((404, b"<html>"), BLACKLIST)
    with bento.running(monkeypatch) as hook:
        assert hook.blacklisted(ip="192.0.2.1").listed
    assert [one.path for one in bento.asked] == ["/experimental/blacklist", "/experimental/blacklist.json"]


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda hook: hook.list_authors(), "documentation does not mention"),
        (lambda hook: hook.form_responses("1"), "documentation does not mention"),
        (lambda hook: hook.ads_stats(), "documentation does not mention"),
        (lambda hook: hook.moderate("x"), "experimental"),
        (lambda hook: hook.blacklisted(ip="192.0.2.1"), "experimental"),
        (lambda hook: hook.search_subscribers(), "Enterprise"),
    ],
)
@pytest.mark.parametrize("status", [403, 404])
def test_an_endpoint_that_may_be_gone_says_so(
    monkeypatch: pytest.MonkeyPatch, use: Use, words: str, status: int
) -> None:
    """The keys are right, and the method exists; so the reader looks in the right place."""
    with (
        CannedBento(*[(status, {"error": "no"})] * 2).running(monkeypatch) as hook,
        pytest.raises(Exception, match=words) as caught,
    ):
        use(hook)
    assert caught.value.status == status  # type: ignore[attr-defined]  # an error of ours


@pytest.mark.parametrize("use", [lambda hook: hook.get_segment("1"), lambda hook: hook.get_email_template("1")])
def test_an_id_that_bento_does_not_know_is_none(monkeypatch: pytest.MonkeyPatch, use: Use) -> None:
    """Bento answers 404, or 200 with ``{}``; a web page is the wrong address."""
    with CannedBento((404, {"error": "Not Found"}), {}, (404, b"<html>")).running(monkeypatch) as hook:
        assert use(hook) is None
        assert use(hook) is None
        with pytest.raises(BentoRefusedError):
            use(hook)


def test_a_template_that_bento_does_not_know_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether Bento says so with a status or with nothing."""
    with CannedBento((404, {"error": "Not Found"}), {}, {}).running(monkeypatch) as hook:
        for words in ("rejected the request", "has no email template of this id"):
            with pytest.raises(BentoRefusedError, match=words):
                hook.update_email_template("1", subject="s")


def test_a_deletion_of_nobody_is_false(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Bento's own 404 says that; that of a wrong address is an error."""
    with CannedBento((404, {"error": "visitor_not_found"}), (404, {"error": "Not Found"})).running(monkeypatch) as hook:
        assert hook.request_deletion("a@x.io") is False
        with pytest.raises(BentoRefusedError):
            hook.request_deletion("a@x.io")
