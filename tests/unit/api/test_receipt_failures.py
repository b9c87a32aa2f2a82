"""A reply that says 2xx and reports a failure is no success; every known shape of success stays one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.receipt import Receipt, count
from airflow_provider_bento.api.replies.failures import FAILURE_KEYS
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoRefusedError

SENT = 3
MADE = {"id": 42, "template_id": 99, "name": "a", "dashboard_url": "https://app.example/42/edit"}
DEEP = {"id": "43", "type": "broadcasts", "attributes": {"name": "b"}}
NAMED = {"index": 1, "name": None, "error": "batch_size_per_hour must be between 10 and 250000"}

GOOD: list[tuple[Any, int]] = [
    ({"results": 3, "failed": 0}, 3),
    ({"results": 2, "failed": 1}, 2),
    ({"results": 0, "failed": 3}, 0),
    ({"results": 3}, 3),
    ({"results": 2}, 2),
    ({"results": 0}, 0),
    ({"result": 3}, 3),
    ({"result": 1}, 1),
    ({"data": {"results": 3}}, 3),
    ({"data": {"results": 2}}, 2),
    ({"data": {"results": 2, "failed": 1}}, 2),
    ({"results": "3", "failed": "0"}, 3),
    ({"results": 2, "failed": 1, "broadcasts": [MADE, DEEP], "failures": [NAMED]}, 2),
    ({"results": 3, "broadcasts": [MADE, DEEP, {"id": 44}], "failures": []}, 3),
    ({"results": 3, "broadcasts": [], "failures": None}, 3),
    ({"data": [MADE, DEEP, MADE]}, 3),
    ({"data": [DEEP]}, 1),
    ([MADE, DEEP, MADE], 3),
    ([{"id": 1}, {"name": "n"}], 2),
    ({"broadcasts": [MADE, MADE, MADE]}, 3),
    *[({"results": 3, "failed": nothing}, 3) for nothing in (None, [], {}, "", 0, False)],
    *[({"results": 3, "failures": nothing}, 3) for nothing in (None, [], {}, "", 0, False)],
    *[({"results": 3, "errors": nothing, "error": nothing}, 3) for nothing in (None, [], {}, "", 0, False)],
    ({"results": 3, "success": True}, 3),
    ({"results": 3, "success": None}, 3),
    ({"results": 3, "message": "queued"}, 3),
    ({"results": 3, "result": 3, "data": {"results": 3}}, 3),
    ({"results": 2, "failures": 1}, 2),
    ({"results": 3, "failed": 1}, 2),
    ({"results": 2, "errors": [{"field": "email", "message": "is invalid"}]}, 2),
    ({"results": 2, "failed": 1, "error": "one of them is invalid", "success": False}, 2),
    ({"results": 0, "success": False, "message": "nothing was queued"}, 0),
    ({"results": 2, "errors": 1}, 2),
    ({"data": {"results": 2, "errors": ["no"]}}, 2),
]


@pytest.mark.parametrize(("answer", "accepted"), GOOD)
def test_what_is_understood_is_counted(answer: Any, accepted: int) -> None:
    """Shapes of all three generations; and errors that the counts show as well."""
    receipt = count(SENT, answer)
    assert (receipt.accepted, receipt.rejected) == (accepted, SENT - accepted)


DOUBTFUL: list[tuple[Any, str]] = [
    ({"results": 3, "errors": [{"field": "email", "message": "is invalid"}]}, "errors"),
    ({"results": 3, "errors": {"email": ["is invalid"]}}, "errors"),
    ({"results": 3, "errors": "no"}, "errors"),
    ({"results": 3, "error": "Author not authorized to send on this account"}, "error"),
    ({"results": 3, "error": True}, "error"),
    ({"results": 3, "error": 1}, "error"),
    ({"results": 3, "success": False}, "success"),
    ({"results": 2, "success": "false"}, "success"),
    ({"results": 3, "success": 1}, "success"),
    ({"results": 2, "errors": 2}, "errors"),
    ({"results": 3, "data": {"errors": ["no"]}}, "errors"),
    ({"results": 3, "data": {"failed": "1 row"}}, "failed"),
    *[({"results": 3, "failed": odd}, "failed") for odd in (1.0, "1 row", ["a"], True, -1, {"count": 1}, "-1", "³")],
    *[({"results": 3, "failures": odd}, "failures") for odd in ({"0": "no"}, 1.0, "1 row", True, -1)],
    ({"failed": 1, "failures": 2, "results": 2}, "failures"),
    ({"results": 3, "data": {"results": 2}}, "results"),
    ({"results": 3, "result": 0}, "results"),
    *[({"results": odd}, "results") for odd in (1.0, 2.5, True, -1, "three", "³", [MADE], {"count": 3})],
    ({"results": 3, "data": {"results": "some"}}, "results"),
    ({"data": {"results": 3, "error": "no"}}, "error"),
    ([{"index": 0, "error": "is invalid"}], "data"),
    ({"data": [{"index": 0, "error": "is invalid"}]}, "data"),
    ({"data": [{"id": 1, "errors": ["no"]}, MADE]}, "data"),
    ({"data": [{"id": 1, "attributes": {"error": "no"}}]}, "data"),
    ({"data": [{"id": 1, "success": False}]}, "data"),
    ({"data": [{"index": 0}]}, "data"),
    ({"data": [{"field": "email", "message": "is invalid"}]}, "data"),
    ({"data": [1, 2, 3]}, "data"),
    ([True, True, True], "data"),
    ([None] * 3, "data"),
    ([{}] * 3, "data"),
    ({"results": 3, "broadcasts": [MADE, {"index": 1, "error": "no"}]}, "broadcasts"),
    ({"results": 1, "broadcasts": [MADE, MADE]}, "broadcasts"),
    ({"results": 0, "broadcasts": [MADE]}, "broadcasts"),
    ({"data": [MADE], "broadcasts": [MADE, MADE]}, "broadcasts"),
    ({"data": [MADE, MADE, MADE], "message": "some failed"}, "message"),
    ({"data": [MADE, MADE, MADE], "error": "no"}, "error"),
    ({"results": 3, "failed_count": 1}, "a key that sounds like failure"),
    ({"results": 3, "Errors": ["no"]}, "a key that sounds like failure"),
    ({"results": 3, "data": {"rejected": 2}}, "a key that sounds like failure"),
    ({"results": 3, "invalid_emails": ["ann@x.example"]}, "a key that sounds like failure"),
    ({"success": True}, "results"),
    ({"success": False}, "results"),
    ({"message": "queued"}, "results"),
    ({"error": "no"}, "results"),
    ({"imported": 3, "errors": []}, "results"),
]


@pytest.mark.parametrize(("answer", "key"), DOUBTFUL)
def test_a_failure_that_is_not_understood_is_no_success(answer: Any, key: str) -> None:
    """The error names the keys to blame, and no value."""
    with pytest.raises(BentoOutcomeUnknown) as caught:
        count(SENT, answer)
    assert key in caught.value.keys  # type: ignore[attr-defined]
    assert key in str(caught.value)
    assert "ann@x" not in str(caught.value)


@pytest.mark.parametrize("call", [contract.BATCH_SUBSCRIBERS, contract.RUN_COMMANDS])
@pytest.mark.parametrize(
    "body", ['{"results":0,"results":3}', '{"results":3,"data":{"a":1,"a":2}}', '{"results":3,"x":NaN}', "[3"]
)
def test_a_key_that_occurs_twice_is_no_success(call: contract.Call, body: str) -> None:
    """Nobody knows which of the two counts; the same holds for what is no JSON."""
    with pytest.raises(BentoOutcomeUnknown) as caught:
        wire.read_batch(wire.batch(call, [b"{}"] * SENT), wire.Reply(200, {}, body.encode()))
    assert (caught.value.endpoint, caught.value.status) == (call.path, 200)


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "Author not authorized to send on this account"},
        {"results": 0, "error": "Author not authorized to send on this account"},
        {"errors": [{"field": "from", "message": "is not approved"}]},
        {"success": False, "message": "Author is not approved"},
    ],
)
def test_an_unknown_author_is_refused_in_a_success_too(answer: Any) -> None:
    """With the same words as at any other status."""
    with pytest.raises(BentoRefusedError, match="Authors in Bento") as caught:
        read_batch(answer)
    assert (caught.value.endpoint, caught.value.status) == ("/batch/broadcasts", 200)


def test_an_unknown_author_beside_what_was_taken_refuses_only_what_is_counted() -> None:
    """Some of it may have been applied: it is counted, or unknown."""
    error = {"error": "Author not authorized"}
    assert read_batch({"results": 2} | error) == Receipt(SENT, 2, 1)
    assert read_batch({"data": [MADE]} | error).rejected == 2
    for doubtful in ({"results": "some"}, {"failed": 1}, {"broadcasts": [MADE] * 3}):
        with pytest.raises(BentoOutcomeUnknown):
            read_batch(doubtful | error)


def test_reasons_are_blanked_with_what_the_request_sent() -> None:
    """A name that Bento repeats reaches no dead letter and no log."""
    request = wire.batch(contract.BATCH_BROADCASTS, [b'{"name":"Ann Canary"}', b'{"name":"Other"}'])
    failures = [{"index": 0, "error": "name Canary is taken"}]
    body = json.dumps({"results": 1, "failed": 1, "failures": failures}).encode()
    (failure,) = wire.read_batch(request, wire.Reply(200, {}, body)).failures
    assert failure.reason == "name <…> is taken"


def read_batch(answer: Any) -> Receipt:
    """Read a reply to a batch of broadcasts."""
    request = wire.batch(contract.BATCH_BROADCASTS, [b"{}"] * SENT)
    return wire.read_batch(request, wire.Reply(200, {}, json.dumps(answer).encode()))


_SMALL = st.none() | st.booleans() | st.integers(-2, 60) | st.floats(allow_nan=False) | st.text(max_size=3)
_NAMES = ["results", "result", "data", "broadcasts", "index", "name", "id", "attributes", "failed_count"]
_KEYS = st.sampled_from([*_NAMES, *sorted(FAILURE_KEYS)])
_JSON = st.recursive(_SMALL, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_KEYS, inner, max_size=5))
_COUNTING = st.fixed_dictionaries({"results": st.integers(0, 9)}, optional=dict.fromkeys(sorted(FAILURE_KEYS), _JSON))


@pytest.mark.slow
@given(st.integers(1, 50), _JSON | _COUNTING)
def test_any_reply_adds_up_or_is_unknown(sent: int, answer: Any) -> None:
    """Accepted and refused are what was sent; nothing is accepted beside a failure that is not understood."""
    try:
        receipt = count(sent, answer)
    except BentoOutcomeUnknown:
        return
    assert receipt.accepted + receipt.rejected == receipt.sent == sent
    assert 0 <= receipt.accepted <= sent
    assert len(receipt.failures) <= receipt.rejected
    assert not reports_failure(answer) or receipt.rejected


def reports_failure(answer: Any) -> bool:
    """Return whether a reply says, at its top or below its data, that something failed."""
    top = answer if isinstance(answer, dict) else {}
    below = top.get("data") if isinstance(top.get("data"), dict) else {}
    said = [place.get(key) for place in (top, below) for key in FAILURE_KEYS - {"message", "success"}]
    said += [not place.get("success", True) for place in (top, below) if place.get("success", True) is not None]
    return any(said)
