"""The control API: what can be seen and done, and who may."""

from __future__ import annotations

import http.client
import json

import pytest
import requests

from airflow_provider_bento.sandbox.control.client import Control
from airflow_provider_bento.sandbox.errors import SandboxNotRunning, SandboxRequestError
from airflow_provider_bento.sandbox.in_thread import running_sandbox

ROW = {"email": "a@x.com"}


def call(sandbox, method="GET", path="/_sandbox/stats", **headers):
    """Call the control API with headers of one's own; return the status."""
    host, port = sandbox.server.address
    connection = http.client.HTTPConnection(host, port, timeout=10)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, b"{}" if method == "POST" else None, given)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "[::1", "localhost.", "0.0.0.0"]
)
def test_a_host_name_that_is_not_ours_is_refused(sandbox, host):
    """Against DNS rebinding: a page of evil.example that resolves to this machine still says evil.example."""
    assert call(sandbox, Host=host) == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:8085"])
def test_the_names_of_this_machine_are_ours(sandbox, host):
    """With any port, for a tunnel may change it."""
    assert call(sandbox, Host=host) == 200


def test_a_host_name_can_be_allowed():
    """For a sandbox in a container."""
    with running_sandbox(hosts=["sandbox.internal"]) as sandbox:
        assert call(sandbox, Host="Sandbox.internal:80") == 200
        assert call(sandbox, Host="other.internal") == 403


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_site_s_origin_is_refused(sandbox, method, origin):
    """Whatever is asked, also from another port of this machine."""
    assert call(sandbox, method, "/_sandbox/faults", Origin=origin, Content_Type="application/json") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_cross_site_call_of_a_browser_is_refused(sandbox, site):
    """The browser itself says where it comes from."""
    assert call(sandbox, Sec_Fetch_Site=site) == 403


def test_the_sandbox_s_own_page_may_call(sandbox):
    """Same origin, JSON."""
    host = "{}:{}".format(*sandbox.server.address)
    headers = {"Host": host, "Origin": f"http://{host}", "Sec_Fetch_Site": "same-origin"}
    assert call(sandbox, "POST", "/_sandbox/reset", **headers, Content_Type="application/json; charset=utf-8") == 200


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_post_that_a_plain_form_could_send_is_refused(api, sandbox, media):
    """Nothing is done."""
    api.subscribers(ROW)
    assert call(sandbox, "POST", "/_sandbox/reset", Content_Type=media) == 415
    assert sandbox.control.stats()["requests"] == 1


def test_reset_forgets_everything(api, sandbox):
    """People, journal, faults, settings, time; numbers start from one again."""
    api.subscribers(ROW)
    sandbox.control.inject("status", "/fetch/tags")
    sandbox.control.set(profile="2021", limit="1/day")
    sandbox.control.post("/clock", {"advance": 1e9, "mode": "standing"})
    sandbox.control.reset()
    stats = sandbox.control.stats()
    assert (stats["requests"], stats["stored"]["people"], stats["faults_pending"]) == (0, 0, 0)
    assert (stats["clock"]["mode"], stats["limit"]["regime"]) == ("running", "off")
    assert api.subscribers(ROW).json() == {"results": 1, "failed": 0}
    assert sandbox.control.journal()[0]["number"] == 1
    assert sandbox.control.get("/records")["data"][0]["seq"] == 1


def test_a_request_that_outlives_a_reset_is_forgotten_too(api, sandbox):
    """It would otherwise stand in the new journal under a number that is somebody else's."""
    sandbox.control.inject("apply_then_stall", "/batch/subscribers")
    with pytest.raises(requests.ReadTimeout):
        api.session.post(api.base + "/batch/subscribers", json={"subscribers": [ROW]}, timeout=1)
    sandbox.control.reset()
    api.session.close()
    api.get("/fetch/tags")
    assert [entry["path"] for entry in sandbox.control.journal()] == ["/fetch/tags"]


def test_no_repr_shows_a_key(sandbox):
    """A failing test prints it."""
    assert "sk_sandbox" not in repr(sandbox) + repr(sandbox.state.settings)


def test_a_client_that_goes_in_mid_body_is_noted(sandbox):
    """Nothing is applied, nothing is answered."""
    host, port = sandbox.server.address
    connection = http.client.HTTPConnection(host, port, timeout=10)
    connection.putrequest("POST", "/api/v1/batch/events")
    connection.putheader("Content-Length", "100")
    connection.endheaders(b"half")
    while not sandbox.control.stats()["requests"]:
        pass
    connection.close()
    while not sandbox.control.journal():
        pass
    (entry,) = sandbox.control.journal()
    assert (entry["status"], entry["applied"], entry["reason"]) == (None, False, "the client disconnected")


def test_the_journal_tells_what_came_and_what_became_of_it(api, sandbox):
    """Sizes, counts, times, who; no record and no key."""
    api.subscribers(ROW, "x")
    (entry,) = sandbox.control.journal()
    host, _, port = entry["client"].rpartition(":")
    assert (entry["number"], entry["method"], entry["path"], entry["status"]) == (1, "POST", "/batch/subscribers", 200)
    assert (entry["records"], entry["accepted"], entry["failed"]) == (2, 1, 1)
    assert (entry["user_agent"], host, port.isdigit()) == ("sandbox-tests/1", "127.0.0.1", True)
    assert entry["bytes_in"] == len(json.dumps({"subscribers": [ROW, "x"]}))
    assert entry["bytes_out"] == len(b'{"results":1,"failed":1}')
    assert entry["duration_ms"] > 0
    assert "a@x.com" not in json.dumps(entry)
    assert "sk_sandbox" not in json.dumps(entry)


def test_lists_come_in_pages_in_both_directions(api, sandbox):
    """`next` leads on; it is null at the end; parcels of several records are cut where the page ends."""
    for start in range(0, 9, 3):
        api.subscribers(*[{"email": f"p{n}@x.com"} for n in range(start, start + 3)])
    for path in ("/records", "/people"):
        forwards, backwards = [], []
        for newest, found in ((0, forwards), (1, backwards)):
            after = None
            while True:
                page = sandbox.control.get(path, limit=2, newest=newest, after=after)
                found += [json.dumps(row) for row in page["data"]]
                after = page["next"]
                if after is None:
                    break
        assert len(forwards) == 9
        assert backwards == forwards[::-1]


def test_the_records_of_one_request_can_be_had(api, sandbox):
    """By its number in the journal."""
    api.subscribers({"email": "a@x.com"})
    api.events({"email": "b@x.com", "type": "x"}, {"email": "c@x.com", "type": "x"})
    rows = sandbox.control.get("/records", request=2)["data"]
    assert [(row["request"], row["index"], row["record"]["email"]) for row in rows] == [
        (2, 0, "b@x.com"),
        (2, 1, "c@x.com"),
    ]
    assert sandbox.control.get("/records", request=9)["data"] == []
    assert sandbox.control.get("/records", request=2, kind="subscribers")["data"] == []


def test_lists_can_be_filtered(api, sandbox):
    """People and events by part of the address; wildcards of SQL are plain letters."""
    api.subscribers({"email": "ann_1@x.com", "tags": "t"}, {"email": "annx1@x.com"}, {"email": "100%@x.com"})
    api.events(
        {"email": "ann_1@x.com", "type": "a", "date": "2020-01-01"},
        {"email": "100%@x.com", "type": "b", "date": "2021-01-01"},
    )

    def emails(path, **query):
        return [row["email"] for row in sandbox.control.get(path, **query)["data"]]

    assert emails("/people", email="N_1@") == ["ann_1@x.com"]
    assert emails("/people", email="%") == ["100%@x.com"]
    assert emails("/people", tag="t") == ["ann_1@x.com"]
    assert emails("/events", email="ann") == ["ann_1@x.com"]
    assert emails("/events", type="b") == ["100%@x.com"]
    assert emails("/events", since="2020-06-01") == ["100%@x.com"]
    assert emails("/events", until="2020-06-01T00:00:00Z") == ["ann_1@x.com"]
    assert emails("/automations", trigger="a") == ["ann_1@x.com"]
    assert [row["status"] for row in sandbox.control.journal(path="/batch/events", status=200)] == [200]
    assert sandbox.control.journal(path="/batch/broadcasts") == []
    assert len(sandbox.control.journal(since="2020-01-01", until="2999-01-01")) == 2
    assert sandbox.control.journal(until="2020-01-01") == sandbox.control.journal(since="2999-01-01") == []


def test_a_download_is_json_lines_of_everything(api, sandbox):
    """More rows than one page; a limit and a start hold here too."""
    for start in range(0, 5000, 1000):
        api.subscribers(*[{"email": f"p{n}@x.com"} for n in range(start, start + 1000)])
    lines = sandbox.control.raw("/people.jsonl").splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1, 5001))
    records = [
        json.loads(line)["record"]["email"]
        for line in sandbox.control.raw("/records.jsonl", after=10, limit=3000).splitlines()
    ]
    assert records == [f"p{n}@x.com" for n in range(10, 3010)]
    assert len(sandbox.control.raw("/journal.jsonl").splitlines()) == 5


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/journal", {"after": "x"}),
        ("/journal", {"limit": "-1"}),
        ("/journal", {"limit": "10001"}),
        ("/journal", {"status": "9999"}),
        ("/journal", {"after": "9" * 30}),
        ("/records", {"kind": "people"}),
        ("/events", {"since": "yesterday"}),
    ],
)
def test_a_question_that_cannot_be_is_a_400(sandbox, path, query):
    """With a word on what is wanted."""
    with pytest.raises(SandboxRequestError) as caught:
        sandbox.control.get(path, **query)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "1999"},
        {"limit": "fast"},
        {"delay": -1},
        {"delay": {"broadcasts": 1}},
        {"reply_delay": -1},
        {"page_size": 0},
        {"secret_key": "x"},
        {"sites": ["x"]},
        {"whatever": 1},
        [],
    ],
)
def test_a_setting_that_cannot_be_is_a_400_and_changes_nothing(sandbox, change):
    """Keys and sites stay as they were at the start."""
    before = sandbox.control.get("/settings")
    with pytest.raises(SandboxRequestError) as caught:
        sandbox.control.post("/settings", change)
    assert caught.value.status == 400
    assert sandbox.control.get("/settings") == before
    assert "secret_key" not in before


@pytest.mark.parametrize("order", [{"advance": -1}, {"mode": "back"}, {"advance": 1e300}, {"x": 1}, {"advance": "1"}])
def test_time_moves_forward_only(sandbox, order):
    """Anything else is a 400."""
    with pytest.raises(SandboxRequestError):
        sandbox.control.post("/clock", order)
    assert sandbox.control.get("/health")["status"] == "ok"


@pytest.mark.parametrize("seconds", [3e11, 1e15, 1e308])
def test_time_ends_before_the_last_date_that_can_be_written(sandbox, seconds):
    """A step beyond is refused whole, and everything can be asked as before."""
    before = sandbox.control.stats()["clock"]["now"][:4]
    order = {"advance": seconds, "mode": "standing"}
    answer = requests.post(f"{sandbox.url}/_sandbox/clock", json=order, timeout=10)
    assert (answer.status_code, "beyond 9999-01-01" in answer.json()["error"]) == (400, True)
    clock = sandbox.control.stats()["clock"]
    assert (clock["now"][:4], clock["mode"]) == (before, "running")
    sandbox.control.advance(2.4e11)
    assert sandbox.control.stats()["clock"]["now"] > "9000"
    assert requests.get(sandbox.url, timeout=10).status_code == 200


@pytest.mark.parametrize("key", ["9" * 18, "9" * 19, "9" * 500])
def test_a_key_that_no_row_can_have_is_a_404(sandbox, key):
    """On the page and in the control API, however long it is."""
    for path in ("/people/{}", "/broadcasts/{}", "/broadcasts/{}/preview", "/_sandbox/broadcasts/{}/audience"):
        assert requests.get(sandbox.url + path.format(key), timeout=10).status_code == 404, path
    answer = requests.post(f"{sandbox.url}/_sandbox/broadcasts/{key}", json={"action": "cancel"}, timeout=10)
    assert answer.status_code in (404, 409)


def test_a_path_that_is_not_there_is_a_404(sandbox):
    """And a method that is not there a 405, both in JSON."""
    assert requests.get(sandbox.url + "/_sandbox/nothing", timeout=10).json() == {"error": "Not Found"}
    assert requests.delete(sandbox.url + "/_sandbox/reset", timeout=10).status_code == 405
    assert requests.get(sandbox.url + "/_sandbox/broadcasts/9/audience", timeout=10).status_code == 404
    answer = requests.post(sandbox.url + "/_sandbox/broadcasts/9", json={"action": "cancel"}, timeout=10)
    assert answer.status_code == 409


def test_a_control_without_a_sandbox_says_so():
    """Not a traceback of a socket."""
    with running_sandbox() as sandbox:
        url = sandbox.url
    with Control(url) as control, pytest.raises(SandboxNotRunning):
        control.stats()


@pytest.mark.parametrize(
    "delay", ["soon", "events=soon", "events=1,nope=2", "events=1,5", -1, "nan", {"events": "x"}, None]
)
def test_a_delay_that_cannot_be_is_refused_in_words(sandbox, delay):
    """Of the person who typed it, not of the library that reads it; what held still holds."""
    answer = requests.post(f"{sandbox.url}/_sandbox/settings", json={"delay": delay}, timeout=10)
    assert answer.status_code == 400
    assert "seconds per queue like subscribers=60, events=5" in answer.json()["error"]
    assert sandbox.control.get("/settings")["delay"] == dict.fromkeys(
        ("subscribers", "events", "commands", "emails", "deletions"), 0
    )
