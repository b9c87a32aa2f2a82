"""Every reading method over HTTP against the replies of all generations, and those that are no answer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from unit.hooks.canned import CannedBento

from airflow_provider_bento.api.responses import Audience, Field, Gender, Segment, Tag
from airflow_provider_bento.exceptions import BentoRefusedError, BentoUnreachable
from airflow_provider_bento.hooks.bento import BentoHook

Use = Callable[[BentoHook], Any]

COUNTS = {"user_count": 10, "subscriber_count": 7, "unsubscriber_count": 3}
REPORT = {"data": [{"g": "a", "x": "1", "y": 2}], "chart_style": "count", "report_type": "T", "report_name": "n"}
LISTS: dict[str, tuple[Use, dict[str, Any]]] = {
    "list_tags": (lambda hook: hook.list_tags(), {"name": "VIP", "discarded_at": None}),
    "list_fields": (lambda hook: hook.list_fields(), {"key": "phone", "name": "Phone", "whitelisted": None}),
    "list_segments": (lambda hook: hook.list_segments(), {"name": "VIPs"}),
    "list_sequences": (lambda hook: hook.list_sequences(), {"name": "Welcome", "email_templates": None}),
    "list_workflows": (lambda hook: hook.list_workflows(), {"name": "Welcome", "status": "draft"}),
    "list_broadcasts": (lambda hook: hook.list_broadcasts(), {"name": "News", "stats": None, "template": None}),
    "list_authors": (lambda hook: hook.list_authors(), {"email": "shop@x.io", "name": "Shop"}),
    "form_responses": (lambda hook: hook.form_responses("1"), {"uuid": "u", "data": None}),
    "search_subscribers": (lambda hook: hook.search_subscribers(), {"email": "a@x.io", "fields": None}),
}
LIST_ENVELOPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "data, attributes": lambda one: {"data": [{"id": "7", "type": "t", "attributes": one}]},
    "data, flat": lambda one: {"data": [{"id": 7, **one}]},
    "a bare list": lambda one: [{"id": 7, **one}],
    "one object": lambda one: {"data": {"id": 7, "attributes": one}},
    "broadcasts": lambda one: {"broadcasts": [{"id": 7, **one}]},
    "beside null": lambda one: {"data": None, "broadcasts": [{"id": 7, **one}]},
    "with meta": lambda one: {"data": [{"id": 7, "attributes": one}], "meta": {"page": 1, "query": {}}},
}
OBJECTS: dict[str, tuple[Use, dict[str, Any], Any]] = {
    "create_tag": (lambda hook: hook.create_tag("VIP"), {"name": "VIP"}, Tag("7", "VIP")),
    "create_field": (lambda hook: hook.create_field("a"), {"key": "a", "name": "A"}, Field("7", "a", "A")),
    "get_segment": (lambda hook: hook.get_segment("7"), {"name": "VIPs"}, Segment("7", "VIPs")),
    "get_subscriber": (
        lambda hook: getattr(hook.get_subscriber(uuid="u"), "email", None),
        {"email": "a@x.io", "fields": None, "cached_tag_ids": []},
        "a@x.io",
    ),
    "create_subscriber": (
        lambda hook: getattr(hook.create_subscriber("a@x.io"), "email", None),
        {"email": "a@x.io"},
        "a@x.io",
    ),
    "get_email_template": (
        lambda hook: getattr(hook.get_email_template(7), "html", None),
        {"subject": "s", "html": "h", "stats": None},
        "h",
    ),
    "update_email_template": (
        lambda hook: hook.update_email_template(7, subject="s").html,
        {"subject": "s", "html": "h", "stats": {"opens": 1}},
        "h",
    ),
}
OBJECT_ENVELOPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "data, attributes": lambda one: {"data": {"id": "7", "type": "t", "attributes": one}},
    "data, flat": lambda one: {"data": {"id": 7, **one}},
    "a list of one": lambda one: {"data": [{"id": "7", "attributes": one}]},
    "flat": lambda one: {"id": 7, **one},
    "a bare list": lambda one: [{"id": 7, "attributes": one}],
}
ANSWERS: list[tuple[Use, list[Any], Any]] = [
    (lambda hook: hook.site_stats(), [COUNTS, {"data": COUNTS}], Audience(10, 7, 3)),
    (lambda hook: hook.segment_stats("1"), [COUNTS, {"data": COUNTS}], Audience(10, 7, 3)),
    (
        lambda hook: hook.report_stats("1").data,
        [REPORT, {"report_data": REPORT}, {"data": REPORT}, {"data": {"report_data": REPORT}}],
        ({"g": "a", "x": "1", "y": 2},),
    ),
    (lambda hook: hook.ads_stats().totals, [{"totals": {"signups": 1}}], {"signups": 1}),
    (lambda hook: hook.validate_email("a@x.io"), [{"valid": True}, {"data": {"valid": True}}], True),
    (lambda hook: hook.check_rules("a@x.io"), [{"reasons": ["r"]}, {"data": {"reasons": ["r"]}}], ("r",)),
    (
        lambda hook: hook.blacklisted(ip="192.0.2.1").results,
        [{"query": "q", "description": "d", "results": {"sorbs": True, "x": None}}, {"results": {"sorbs": True}}],
        {"sorbs": True},
    ),
    (
        lambda hook: hook.moderate("x").reasons,
        [{"valid": False, "reasons": ["r"]}, {"data": {"valid": False, "reasons": ["r"], "safe_original_content": ""}}],
        ("r",),
    ),
    (
        lambda hook: hook.guess_gender("Kim"),
        [{"gender": None, "confidence": None}, {"gender": None}],
        Gender(None, None),
    ),
]
NO_ANSWERS = [None, "x", 7, {"ok": True}, {"error": "no"}, {"success": False}, {"message": "no"}, b"<html>", b"{", b""]


@pytest.mark.parametrize(("method", "envelope"), list(product(LISTS, LIST_ENVELOPES)))
def test_a_list_is_read_in_every_envelope(monkeypatch: pytest.MonkeyPatch, method: str, envelope: str) -> None:
    """One item, whose id is a text."""
    use, attributes = LISTS[method]
    with CannedBento(LIST_ENVELOPES[envelope](attributes)).running(monkeypatch) as hook:
        assert [one.id for one in use(hook)] == ["7"]


@pytest.mark.parametrize(("method", "reply"), list(product(LISTS, [{"data": []}, {"data": None}, []])))
def test_an_empty_list_is_one(monkeypatch: pytest.MonkeyPatch, method: str, reply: Any) -> None:
    """Or null in its place."""
    with CannedBento(reply).running(monkeypatch) as hook:
        assert LISTS[method][0](hook) == ()


@pytest.mark.parametrize(("method", "envelope"), list(product(OBJECTS, OBJECT_ENVELOPES)))
def test_an_object_is_read_in_every_envelope(monkeypatch: pytest.MonkeyPatch, method: str, envelope: str) -> None:
    """Also with status 201."""
    use, attributes, found = OBJECTS[method]
    reply = OBJECT_ENVELOPES[envelope](attributes)
    with CannedBento(reply, (201, reply)).running(monkeypatch) as hook:
        assert use(hook) == found
        assert use(hook) == found


@pytest.mark.parametrize(("use", "reply", "found"), [(use, one, found) for use, all_, found in ANSWERS for one in all_])
def test_an_answer_is_read_flat_and_wrapped(monkeypatch: pytest.MonkeyPatch, use: Use, reply: Any, found: Any) -> None:
    """As the SDKs of all years expect it."""
    with CannedBento(reply).running(monkeypatch) as hook:
        assert use(hook) == found


@pytest.mark.parametrize("reply", NO_ANSWERS)
@pytest.mark.parametrize("use", [*[use for use, _ in LISTS.values()], *[use for use, *_ in ANSWERS]])
def test_what_is_no_answer_is_not_taken_for_an_empty_one(monkeypatch: pytest.MonkeyPatch, use: Use, reply: Any) -> None:
    """Nothing was changed, so a later attempt asks again."""
    with CannedBento(*[(200, reply)] * 5).running(monkeypatch) as hook, pytest.raises(BentoUnreachable):
        use(hook)


ONES: list[Use] = [
    lambda hook: hook.get_subscriber(email="a@x.io"),
    lambda hook: hook.get_segment(1),
    lambda hook: hook.get_email_template(1),
]


@pytest.mark.parametrize("reply", NO_ANSWERS)
@pytest.mark.parametrize("use", ONES)
def test_what_is_no_answer_is_not_taken_for_nobody(monkeypatch: pytest.MonkeyPatch, use: Use, reply: Any) -> None:
    """Somebody would be created, or a file not published."""
    with CannedBento(*[(200, reply)] * 5).running(monkeypatch) as hook, pytest.raises(BentoUnreachable):
        use(hook)


@pytest.mark.parametrize("page", [b"<html>404</html>", b"404 page not found", b"", {"message": "no Route matched"}, {}])
@pytest.mark.parametrize("use", ONES)
def test_the_404_of_a_wrong_address_is_not_taken_for_nobody(
    monkeypatch: pytest.MonkeyPatch, use: Use, page: Any
) -> None:
    """A web server, a gateway and a proxy have one of their own."""
    with CannedBento((404, page)).running(monkeypatch) as hook, pytest.raises(BentoRefusedError):
        use(hook)
