"""Replies whose meaning depends on the call: a message that is the answer, and a 404 that is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.wire import Reply, Request, read, read_if_found
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRefusedError,
    BentoUnreachable,
)

DELETE = wire.single(contract.DELETE_TAG, {"name": "VIP"}, resource="1")
SEGMENT = Request(contract.GET_SEGMENT, resource="1")


def said(body: Any, status: int = 200) -> Reply:
    """Return a reply with a JSON body."""
    return Reply(status, {}, json.dumps(body).encode())


def test_a_deletion_is_answered_by_a_message() -> None:
    """The docs and Node's tests show nothing else in it."""
    assert read(DELETE, said({"message": "Tag (VIP) deleted successfully"})) is not None


@pytest.mark.parametrize("more", [{"error": "no"}, {"errors": ["no"]}, {"success": False}, {"failed": 1}])
def test_a_message_beside_a_failure_is_no_answer(more: dict[str, Any]) -> None:
    """The tag has to be looked up."""
    with pytest.raises(BentoOutcomeUnknown):
        read(DELETE, said({"message": "no"} | more))


def test_a_message_is_no_answer_to_any_other_call() -> None:
    """It says what went wrong."""
    for call in vars(contract).values():
        if isinstance(call, contract.Call) and call is not contract.DELETE_TAG:
            with pytest.raises((BentoOutcomeUnknown, BentoUnreachable)):
                read(Request(call, 1, b"{}"), said({"message": "no"}))


def test_a_person_whose_deletion_is_refused_does_not_stop_the_others() -> None:
    """422 is about the one record of the request: it is rejected, with Bento's reason and without the address."""
    request = wire.batch(contract.DELETE_PERSON, [b'{"email":"ann@example.com"}'])
    receipt = wire.read_batch(
        request, said({"errors": [{"field": "email", "message": "is invalid: ann@example.com"}]}, 422)
    )
    assert (receipt.accepted, receipt.rejected) == (0, 1)
    assert receipt.failures[0].reason == "email is invalid: <email>"


def test_a_web_page_with_422_is_not_about_the_person() -> None:
    """Some other server answered, so the task stops."""
    request = wire.batch(contract.DELETE_PERSON, [b'{"email":"ann@example.com"}'])
    with pytest.raises(BentoRefusedError):
        wire.read_batch(request, Reply(422, {}, b"<!DOCTYPE html>"))


@pytest.mark.parametrize("words", ["Segment not found", "Not Found"])
def test_a_miss_is_an_empty_object(words: str) -> None:
    """Bento has no object of this id; only if that is asked for."""
    assert read_if_found(SEGMENT, said({"error": words}, 404)) == {}
    with pytest.raises(BentoRefusedError):
        read(SEGMENT, said({"error": words}, 404))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(404, {}, b"<!DOCTYPE html>"), BentoRefusedError),
        (Reply(404, {"content-type": "text/html"}, b"x"), BentoRefusedError),
        (Reply(404), BentoRefusedError),
        (Reply(404, {}, b"404 page not found"), BentoRefusedError),
        (Reply(404, {}, b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'), BentoRefusedError),
        (said({"message": "no Route matched with those values"}, 404), BentoRefusedError),
        (said([], 404), BentoRefusedError),
        (said({}, 401), BentoAccessError),
        (said({"error": "no"}), BentoUnreachable),
        (said({}, 500), BentoUnreachable),
    ],
)
def test_anything_else_is_no_miss(reply: Reply, kind: type[BentoError]) -> None:
    """Web servers, gateways and storages answer a wrong address with a 404 of their own."""
    with pytest.raises(kind) as caught:
        read_if_found(SEGMENT, reply)
    assert type(caught.value) is kind


def test_an_object_is_returned() -> None:
    """As by any other reading."""
    assert read_if_found(SEGMENT, said({"data": {"id": 1}})) == {"data": {"id": 1}}
