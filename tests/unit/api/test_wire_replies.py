"""Statuses and bodies become a value or the error that says what may be done."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.replies.error_messages import reasons
from airflow_provider_bento.api.wire import Reply, Request, read
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoSetupError,
    BentoUnreachable,
)

REQUEST = wire.batch(contract.BATCH_EVENTS, [b"{}"] * 3)
READING = Request(contract.LIST_TAGS)
CLASSES: dict[int, type[BentoError]] = {
    100: BentoOutcomeUnknown, 102: BentoOutcomeUnknown, 103: BentoOutcomeUnknown, 199: BentoOutcomeUnknown,
    300: BentoOutcomeUnknown, 303: BentoOutcomeUnknown, 304: BentoOutcomeUnknown, 305: BentoOutcomeUnknown,
    306: BentoOutcomeUnknown, 399: BentoOutcomeUnknown, 308: BentoSetupError, 407: BentoSetupError,
    301: BentoSetupError, 302: BentoSetupError, 307: BentoSetupError, 400: BentoRefusedError, 401: BentoAccessError,
    402: BentoRefusedError, 403: BentoAccessError, 404: BentoRefusedError, 408: BentoOutcomeUnknown,
    409: BentoRefusedError, 413: BentoRefusedError, 422: BentoRefusedError, 429: BentoRateLimited,
    500: BentoOutcomeUnknown, 501: BentoOutcomeUnknown, 502: BentoOutcomeUnknown, 503: BentoOutcomeUnknown,
    504: BentoOutcomeUnknown, 520: BentoOutcomeUnknown, 524: BentoOutcomeUnknown,
}  # fmt: skip


def said(body: Any, status: int = 422, **headers: str) -> Reply:
    """Return a reply with a JSON body, or with text as it is."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Reply(status, headers, data)


@pytest.mark.parametrize("status", CLASSES)
def test_every_status_has_its_class(status: int) -> None:
    """What is known decides: refused, not reached, unknown; endpoint and status are evidence."""
    with pytest.raises(CLASSES[status]) as caught:
        read(REQUEST, Reply(status))
    assert type(caught.value) is CLASSES[status]
    assert (caught.value.endpoint, caught.value.status) == ("/batch/events", status)


@pytest.mark.parametrize("status", [100, 103, 408, 500, 501, 502, 503, 504, 520])
def test_a_request_that_only_reads_changes_nothing(status: int) -> None:
    """Whatever it is answered, it is only asked again; no error says that it may have been applied."""
    with pytest.raises(BentoUnreachable, match="nothing was changed") as caught:
        read(READING, Reply(status))
    assert (caught.value.endpoint, caught.value.status) == ("/fetch/tags", status)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307])
def test_a_request_that_only_reads_is_led_elsewhere_by_the_wrong_host(status: int) -> None:
    """No handled request is behind such an answer."""
    with pytest.raises(BentoSetupError, match="redirected"):
        read(READING, Reply(status))


@pytest.mark.parametrize("body", [b"{", b"<html>", b'{"data":[],"data":[]}', b'{"error":"no"}', b'{"success":false}',
             b'{"data":[],"error":"no"}', b'{"data":[{"id":1}],"errors":["no"]}', b'{"message":"no"}'])  # fmt: skip
def test_a_success_without_an_answer_is_unknown_or_asked_again(body: bytes) -> None:
    """A reply that is no JSON, has a key twice, or reports a failure and nothing else."""
    with pytest.raises(BentoUnreachable, match="nothing was changed"):
        read(READING, Reply(200, {}, body))
    with pytest.raises(BentoOutcomeUnknown, match="may or may not have been applied"):
        read(wire.single(contract.CREATE_SUBSCRIBER, {"email": "a@x.io"}), Reply(200, {}, body))


def test_a_persons_own_fields_are_no_failure() -> None:
    """A custom field may be called as it likes."""
    answer = {"data": {"id": "1", "attributes": {"fields": {"error": "none", "failed": 3}}}}
    assert read(READING, said(answer, 200)) == answer


def test_a_proxy_that_wants_credentials_is_a_matter_of_the_set_up() -> None:
    """Nothing reached Bento."""
    with pytest.raises(BentoSetupError, match="HTTPS_PROXY"):
        read(REQUEST, Reply(407))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "Unauthorized"}, ("Unauthorized",)),
        ("HTTP Basic: Access denied.", ("HTTP Basic: Access denied.",)),
        ({"errors": [{"field": "email", "message": "is invalid"}]}, ("email is invalid",)),
        ({"errors": {"delay_interval_count": ["must be a positive integer"]}},
         ("delay_interval_count must be a positive integer",)),
        ({"message": "Site is not approved"}, ("Site is not approved",)),
        ({"errors": [{"field": "from", "detail": "is not an approved author"}]}, ("from is not an approved author",)),
        ({"errors": [{"field": "from", "title": "odd"}]}, ("from odd",)),
        ({"error": "visitor_not_found"}, ("visitor_not_found",)),
        ({"message": ["a", "b"], "error": "c"}, ("a", "b", "c")),
        ({"errors": "plain"}, ("plain",)),
        ({"errors": ["one", "two"]}, ("one", "two")),
        ({"errors": {"email": "is taken"}}, ("email is taken",)),
        (["top", {"message": "level"}], ("top", "level")),
        ({"error": {"message": "nested"}}, ("nested",)),
        ({"errors": ["same", "same"]}, ("same",)),
        ({"errors": [str(number) for number in range(30)]}, ("0", "1", "2", "3", "4")),
        ({"errors": {"ann@x.io": ["is invalid"]}}, ("<email> is invalid",)),
        ({"error": ""}, ()),
        ({"status": "no"}, ()),
        ({}, ()), ("", ()), ("null", ()), ("17", ()), ("{", ("{",)),
        ("<html><body>ann@x.io</body></html>", ()),
        ({"a": {"b": {"c": {"d": {"e": "deep"}}}}}, ()),
    ],
)  # fmt: skip
def test_every_known_error_body_is_read(body: Any, words: tuple[str, ...]) -> None:
    """All shapes of Bento's errors, in at most five short lines without addresses."""
    assert reasons(said(body).body) == words


@pytest.mark.parametrize("status", [400, 401, 403, 422, 500, 503])
@pytest.mark.parametrize(
    "body",
    [
        {"error": "Author not authorized to send on this account"},
        "Author not authorized to send on this account",
        {"error": "Author is not approved"},
        {"errors": [{"field": "from", "message": "is NOT APPROVED here"}]},
    ],
)
def test_an_unknown_author_is_refused_for_good_at_any_status(status: int, body: Any) -> None:
    """Also as 500, which Bento uses for it, and when the sentence is labelled a web page."""
    with pytest.raises(BentoRefusedError, match="Authors in Bento"):
        read(REQUEST, said(body, status, **{"content-type": "text/html; charset=utf-8"}))


@pytest.mark.parametrize("body", ["<!DOCTYPE html><html>", "  <html>", "<HTML>"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_web_page_means_blocked_before_bento(status: int, body: str) -> None:
    """The keys were not looked at, so nobody is sent to check them."""
    with pytest.raises(BentoAccessError, match="Blocked before Bento"):
        read(REQUEST, said(body, status))


def test_401_and_403_say_what_to_check() -> None:
    """Keys or rights; never the keys themselves."""
    with pytest.raises(BentoAccessError, match=r"login .*password .*Site UUID"):
        read(REQUEST, said("HTTP Basic: Access denied.", 401))
    with pytest.raises(BentoAccessError, match="Check their permissions"):
        read(REQUEST, said({"error": "no"}, 403))


@pytest.mark.parametrize("words", ["HTTP Basic: Access denied.", "HTTP Basic: Access denied"])
def test_what_bento_says_is_ended_once(words: str) -> None:
    """With or without a full stop of its own."""
    with pytest.raises(BentoAccessError) as caught:
        read(REQUEST, said(words, 401))
    assert "Bento says: HTTP Basic: Access denied. " in str(caught.value)


@pytest.mark.parametrize("count", [100, 101])
def test_a_large_batch_that_is_refused_may_be_too_large(count: int) -> None:
    """Bento's pages disagree on the maximum of events, so the error says what to try."""
    request = wire.batch(contract.BATCH_EVENTS, [b"{}"] * count)
    with pytest.raises(BentoRefusedError) as caught:
        read(request, said({"error": "too many"}, 422))
    assert ("chunk_size=100" in str(caught.value)) is (count > 100)
    with pytest.raises(BentoRefusedError) as caught:
        read(request, said({"error": "no such path"}, 404))
    assert "chunk_size" not in str(caught.value)


def test_503_with_retry_after_never_reached_bento() -> None:
    """With a time to wait; without one nobody knows."""
    with pytest.raises(BentoUnreachable) as caught:
        read(REQUEST, Reply(503, {"retry-after": "7"}))
    assert caught.value.retry_after == 7.0
    with pytest.raises(BentoOutcomeUnknown):
        read(REQUEST, Reply(503, {"retry-after": "soon"}))


def test_429_carries_what_bento_asks_for() -> None:
    """Or nothing where it says nothing."""
    for headers, seconds in (({"retry-after": "30"}, 30.0), ({}, None)):
        with pytest.raises(BentoRateLimited) as caught:
            read(REQUEST, Reply(429, headers))
        assert caught.value.retry_after == seconds


def test_an_empty_success_is_nothing() -> None:
    """Some endpoints of some generations answer so; who needs a count finds none."""
    assert read(REQUEST, Reply(200, {}, b" \n")) is None
    assert read(REQUEST, Reply(204)) is None


def test_requests_are_wrapped_without_encoding_twice() -> None:
    """The bytes of the records are in the body unchanged."""
    request = wire.batch(contract.BATCH_SUBSCRIBERS, [b'{"a":1}', b'{"b":2}'])
    assert (request.body, request.count) == (b'{"subscribers":[{"a":1},{"b":2}]}', 2)
    assert wire.single(contract.CREATE_SUBSCRIBER, {"email": "a@x.io"}).body == b'{"subscriber":{"email":"a@x.io"}}'


def test_requests_and_replies_show_no_person() -> None:
    """Bodies and queries stay out of ``repr``."""
    request = Request(contract.GET_SUBSCRIBER, body=b"ann@x.io", query={"email": "ann@x.io"})
    assert "ann" not in repr(request)
    assert "ann" not in repr(Reply(200, {"x": "ann@x.io"}, b"ann@x.io"))


@given(st.integers(200, 599), st.binary(max_size=60), st.dictionaries(
    st.sampled_from(["retry-after", "content-type", "date"]), st.text(max_size=20)))  # fmt: skip
def test_no_reply_makes_the_reader_fail(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Any status, headers and bytes become a value or one of our errors; its words stay short."""
    with contextlib.suppress(BentoError):
        read(REQUEST, Reply(status, headers, body), now=1e9)
    assert all(len(line) <= 200 for line in reasons(body))
