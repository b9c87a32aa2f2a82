"""What goes wrong on order: each fault is real on the wire, hits the request that is meant, and is accounted for."""

from __future__ import annotations

import contextlib
import errno
import socket

import pytest
import requests

NOT_APPLIED = ["reset_before_body", "reset_after_body", "stall", "status", "html_403", "html_200"]
APPLIED = ["apply_then_reset", "apply_then_stall", "status_after_applying", "truncated_json", "empty_body", "slow"]
ROWS = [{"email": f"p{number}@x.com"} for number in range(5)]


def os_error_of(error: BaseException) -> int | None:
    """Return the number of the system's error below a library's."""
    seen: list[BaseException] = [error]
    while seen:
        current = seen.pop()
        if isinstance(current, OSError) and current.errno:
            return current.errno
        seen += [x for x in (*current.args, current.__cause__, current.__context__) if isinstance(x, BaseException)]
        reason = getattr(current, "reason", None)
        seen += [reason] if isinstance(reason, BaseException) else []
    return None


@pytest.mark.parametrize("kind", ["reset_after_body", "apply_then_reset", "stall", "apply_then_stall"])
def test_a_reset_is_a_real_tcp_reset(api, sandbox, kind):
    """The client sees ECONNRESET, not an orderly end."""
    sandbox.control.inject(kind, "/batch/subscribers", seconds=0)
    with pytest.raises(requests.ConnectionError) as caught:
        api.subscribers(*ROWS)
    assert os_error_of(caught.value) == errno.ECONNRESET


def test_a_reset_before_the_body_interrupts_a_large_body(api, sandbox):
    """What the client sees depends on how far it has come; an answer it never gets."""
    sandbox.control.inject("reset_before_body", "/batch/subscribers")
    with pytest.raises(requests.ConnectionError):
        api.subscribers(*ROWS, {"email": "a@x.com", "text": "x" * 5_000_000})
    assert sandbox.control.journal()[0]["bytes_in"] == 0


def raw_request(sandbox, body: bytes = b"") -> socket.socket:
    """Send a request by hand; return the socket it went through."""
    address = (sandbox.server.address[0], sandbox.server.address[1])
    connection = socket.create_connection(address, timeout=5)
    head = f"POST /api/v1/batch/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def test_a_reset_before_the_body_does_not_wait_for_the_body(sandbox):
    """The connection is reset while half of the body is still to come."""
    sandbox.control.inject("reset_before_body", "/batch/events")
    with raw_request(sandbox, b"half") as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


@pytest.mark.parametrize("kind", NOT_APPLIED)
def test_faults_that_do_not_apply_leave_nothing_behind(api, sandbox, kind):
    """Nothing is stored, the journal says so and names the fault."""
    sandbox.control.inject(kind, "/batch/subscribers", seconds=0.05)
    with contextlib.suppress(requests.RequestException):
        api.subscribers(*ROWS)
    assert sandbox.control.records("subscribers") == []
    (entry,) = sandbox.control.journal()
    assert (entry["fault"], entry["applied"]) == (kind, False)
    assert sandbox.control.pending_faults() == []


@pytest.mark.parametrize("kind", APPLIED)
def test_faults_that_apply_store_every_record_once(api, sandbox, kind):
    """Everything is stored although the answer does not say so."""
    sandbox.control.inject(kind, "/batch/subscribers", seconds=0.05)
    with contextlib.suppress(requests.RequestException):
        api.subscribers(*ROWS)
    assert sandbox.control.records("subscribers") == ROWS
    (entry,) = sandbox.control.journal()
    assert (entry["fault"], entry["applied"], entry["accepted"]) == (kind, True, 5)
    assert sandbox.control.pending_faults() == []


def test_what_was_applied_can_be_seen_while_the_answer_stalls(api, sandbox):
    """The ledger is true before the client gives up."""
    sandbox.control.inject("apply_then_stall", "/batch/subscribers")
    with pytest.raises(requests.ReadTimeout):
        api.session.post(api.base + "/batch/subscribers", json={"subscribers": ROWS}, timeout=1)
    assert sandbox.control.records("subscribers") == ROWS
    assert sandbox.control.journal()[0]["status"] is None


def test_a_stall_ends_with_a_reset_after_its_seconds(api, sandbox):
    """A client without a time limit is not held for ever."""
    sandbox.control.inject("stall", "/fetch/tags", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        api.get("/fetch/tags")


def test_a_refused_connection_is_refused_by_the_system(api, sandbox):
    """From before the second matching request the port answers ECONNREFUSED, then it listens again."""
    sandbox.control.inject("refuse", "/batch/events", nth=2, seconds=30)
    event = {"type": "x", "email": "a@x.com"}
    assert api.events(event).status_code == 200
    with pytest.raises(requests.ConnectionError) as caught:
        api.events(event)
    assert os_error_of(caught.value) == errno.ECONNREFUSED
    sandbox.listen_again()
    assert api.events(event).status_code == 200
    assert len(sandbox.control.records("events")) == 2
    assert sandbox.control.pending_faults() == []


def test_a_refusal_of_the_next_request_begins_at_once_and_ends_by_itself(api, sandbox):
    """Ordered for the next request, the port is closed when the order is answered, and opens after its seconds."""
    sandbox.control.inject("refuse", seconds=0.2)
    with pytest.raises(requests.ConnectionError) as caught:
        api.get("/fetch/tags")
    assert os_error_of(caught.value) == errno.ECONNREFUSED
    for _ in range(500):
        try:
            assert api.get("/fetch/tags").status_code == 200
            break
        except requests.ConnectionError:
            continue


def test_status_answers_with_any_body_and_headers(api, sandbox):
    """A repeated header stays repeated; text stays text."""
    headers = [["Retry-After", "7"], ["Retry-After", "abc"], ["Content-Type", "text/html"]]
    sandbox.control.inject("status", "/fetch/tags", status=503, body="<p>busy", headers=headers)
    answer = api.get("/fetch/tags")
    assert (answer.status_code, answer.text) == (503, "<p>busy")
    assert answer.raw.headers.getlist("retry-after") == ["7", "abc"]
    assert answer.headers["content-type"] == "text/html"


@pytest.mark.parametrize("body", [None, [], {"results": 3}, 7, {"data": {"results": 1}}])
def test_status_after_applying_can_answer_any_json(api, sandbox, body):
    """Also `null`, which is not the same as no body given."""
    sandbox.control.inject("status_after_applying", status=207, body=body)
    answer = api.subscribers(*ROWS)
    assert (answer.status_code, answer.json()) == (207, body)
    assert len(sandbox.control.records("subscribers")) == 5


def test_a_204_has_no_body(api, sandbox):
    """HTTP allows none, so none is sent, and the connection goes on."""
    sandbox.control.inject("status_after_applying", status=204)
    assert api.subscribers(*ROWS).content == b""
    assert api.subscribers(*ROWS).json() == {"results": 5, "failed": 0}


def test_a_body_of_ten_megabytes_is_sent_whole(api, sandbox):
    """What is ordered is answered, whatever its size."""
    sandbox.control.inject("status", "/fetch/tags", status=200, body="x" * 10_485_760)
    assert len(api.get("/fetch/tags").content) == 10_485_760


def test_truncated_json_ends_before_its_content_length(api, sandbox):
    """The client is promised more than comes."""
    sandbox.control.inject("truncated_json", "/batch/subscribers")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.subscribers(*ROWS)


@pytest.mark.parametrize("method", ["subscribers", "events"])
def test_failed_count_keeps_back_the_last_records(api, sandbox, method):
    """n-k are applied, k are said to have failed."""
    sandbox.control.inject("failed_count", f"/batch/{method}", records=2)
    rows = [{**row, "type": "x"} for row in ROWS]
    assert getattr(api, method)(*rows).json() == {"results": 3, "failed": 2}
    assert sandbox.control.records(method) == rows[:3]
    assert [reject["index"] for reject in sandbox.control.get("/rejects")["data"]] == [3, 4]


def test_short_results_says_nothing_of_what_failed(api, sandbox):
    """n-k are applied and `results` says so; `failed` is not there."""
    sandbox.control.inject("short_results", "/batch/subscribers", records=9)
    assert api.subscribers(*ROWS).json() == {"results": 0}
    assert sandbox.control.records("subscribers") == []


def test_failed_broadcasts_are_named(api, sandbox):
    """Each one that is kept back stands in `failures` with its position."""
    sandbox.control.inject("failed_count", "/batch/broadcasts")
    draft = {"name": "n", "subject": "s", "content": "c", "type": "plain"}
    reply = api.broadcasts(draft, {**draft, "name": "m"}).json()
    assert (reply["results"], reply["failed"], len(reply["broadcasts"])) == (1, 1, 1)
    assert reply["failures"] == [{"index": 1, "name": "m", "error": "an injected fault"}]


def test_a_fault_hits_the_nth_matching_request_and_no_other(api, sandbox):
    """Other paths do not count."""
    sandbox.control.inject("status", "/batch/subscribers", nth=2, count=2, status=502)
    seen = []
    for _ in range(4):
        api.get("/fetch/tags")
        seen.append(api.subscribers(*ROWS).status_code)
    assert seen == [200, 502, 502, 200]


def test_faults_ordered_together_happen_one_after_the_other(api, sandbox):
    """Two that are due at once take two requests."""
    sandbox.control.inject("status", status=502, count=2)
    sandbox.control.inject("status", status=503)
    assert [api.get("/fetch/tags").status_code for _ in range(4)] == [502, 502, 503, 200]


def test_what_was_not_consumed_is_shown(api, sandbox):
    """A test can fail on a fault that was scripted and did not happen."""
    sandbox.control.inject("status", "/batch/events", count=3)
    api.events({"type": "x", "email": "a@x.com"})
    (fault,) = sandbox.control.pending_faults()
    assert (fault["consumed"], fault["pending"], fault["seen"]) == (1, 2, 1)
    sandbox.control.clear_faults()
    assert sandbox.control.get("/faults")["data"] == []


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "explode"},
        {"kind": "status", "status": 99},
        {"kind": "status", "nth": 0},
        {"kind": "slow", "seconds": -1},
        {"kind": "status", "whatever": 1},
        {},
        [],
        "status",
    ],
)
def test_an_order_that_cannot_be_is_refused(sandbox, order):
    """A fault with a slip in it would otherwise wait for ever."""
    answer = requests.post(sandbox.url + "/_sandbox/faults", json=order, timeout=10)
    if order == []:
        assert (answer.status_code, answer.json()) == (201, {"data": []})
    else:
        assert answer.status_code == 400


def test_a_fault_comes_before_the_keys_are_looked_at(api, sandbox):
    """It is the network that fails, not Bento."""
    sandbox.control.inject("status", status=502)
    api.session.auth = None
    assert api.get("/fetch/tags").status_code == 502


def test_an_applying_fault_does_not_let_a_stranger_in(api, sandbox):
    """With wrong keys nothing is applied, whatever is answered."""
    sandbox.control.inject("status_after_applying", status=500)
    api.session.auth = None
    assert api.subscribers(*ROWS).status_code == 500
    assert sandbox.control.records("subscribers") == []


def test_the_connection_goes_on_after_a_fault_that_answers(api, sandbox):
    """A keep-alive connection survives statuses, pages and empty bodies."""
    sandbox.control.post("/faults", [{"kind": kind} for kind in ("status", "html_200", "empty_body", "html_403")])
    for _ in range(5):
        api.subscribers(*ROWS)
    ports = {entry["client"] for entry in sandbox.control.journal()}
    assert len(ports) == 1


@pytest.mark.parametrize("kind", [*NOT_APPLIED, *APPLIED, "failed_count", "short_results"])
def test_a_fault_on_order_is_no_error_of_the_server(api, sandbox, caplog, kind):
    """Uvicorn has nothing to complain about, so that a real defect is not lost among ordered ones."""
    sandbox.control.inject(kind, seconds=0.02)
    with contextlib.suppress(requests.RequestException):
        api.subscribers(*ROWS)
    assert sandbox.control.journal()[0]["duration_ms"] is not None
    assert [record.message for record in caplog.records if record.name.startswith(("uvicorn", "asyncio"))] == []
