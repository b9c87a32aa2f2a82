"""POST /batch/broadcasts and GET /fetch/broadcasts: from draft to sent, to whom, at what pace."""

from __future__ import annotations

import pytest

DRAFT = {"name": "News", "subject": "Hi {{ visitor.first_name }}", "content": "<p>x</p>", "type": "plain"}
START = "2030-01-01T00:00:00Z"


@pytest.fixture
def standing(sandbox):
    """Let the sandbox's time stand still."""
    sandbox.control.post("/clock", {"mode": "standing"})
    return sandbox


def names(api, status=None, **query):
    """Return the names that Bento lists in a state."""
    listed = api.get("/fetch/broadcasts", params={"status": status, **query}).json()["data"]
    return [broadcast["attributes"]["name"] for broadcast in listed]


def state_of(sandbox):
    """Return status, number of people sent to, and time of the last batch."""
    (row,) = sandbox.control.get("/broadcasts")["data"]
    return row["status"], row["sent"], row["sent_final_batch_at"]


def seconds_until(sandbox, iso):
    """Return how far the sandbox's time is from an instant."""
    from datetime import datetime

    now = sandbox.control.stats()["clock"]["now"]
    return (datetime.fromisoformat(iso) - datetime.fromisoformat(now)).total_seconds()


def test_a_broadcast_is_a_draft_unless_approved_with_a_time(api):
    """The reply names each with id and dashboard; drafts are not in the default list."""
    reply = api.broadcasts(DRAFT, {**DRAFT, "name": "B", "approved": True}, {**DRAFT, "name": "C", "send_at": START})
    assert (reply.json()["results"], reply.json()["failed"], reply.json()["failures"]) == (3, 0, [])
    first = reply.json()["broadcasts"][0]
    assert (first["id"], first["name"]) == (1, "News")
    assert first["dashboard_url"].endswith("/account/emails/broadcasts/1/edit")
    assert names(api) == []
    assert names(api, "draft") == ["C", "B", "News"]


def test_drafts_show_their_template_s_number_only(api):
    """Others show subject, recipient and HTML."""
    api.broadcasts(DRAFT, {**DRAFT, "approved": True, "send_at": START})
    (draft,) = api.get("/fetch/broadcasts", params={"status": "draft"}).json()["data"]
    (scheduled,) = api.get("/fetch/broadcasts", params={"status": "scheduled"}).json()["data"]
    assert draft["attributes"]["template"].keys() == {"template_id"}
    assert scheduled["attributes"]["template"] == {
        "subject": DRAFT["subject"],
        "to": "{{ visitor.email }}",
        "html": "<p>x</p>",
    }
    assert scheduled["attributes"]["send_at"] == "2030-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": " "}, "name can't be blank"),
        ({"subject": None}, "subject can't be blank"),
        ({"content": ""}, "content can't be blank"),
        ({"type": "fax"}, "type is not included in the list"),
        ({"type": "layout"}, "layout_id can't be blank"),
        ({"batch_size_per_hour": 9}, "batch_size_per_hour must be between 10 and 250000"),
        ({"batch_size_per_hour": 250_001}, "batch_size_per_hour must be between 10 and 250000"),
        ({"batch_size_per_hour": "9"}, "batch_size_per_hour must be between 10 and 250000"),
        ({"batch_size_per_hour": "many"}, "batch_size_per_hour must be between 10 and 250000"),
        ({"batch_size_per_hour": True}, "batch_size_per_hour must be between 10 and 250000"),
        ({"send_at": "soon"}, "send_at is invalid"),
        ({"from": "me@x.com"}, "from must be an object with email and name"),
    ],
)
def test_each_broadcast_that_fails_is_named_with_its_reason(api, change, reason):
    """The others are created; the status is 200 all the same."""
    reply = api.broadcasts(DRAFT, {**DRAFT, **change})
    assert reply.status_code == 200
    body = reply.json()
    assert (body["results"], body["failed"], len(body["broadcasts"])) == (1, 1, 1)
    (failure,) = body["failures"]
    assert (failure["index"], failure["error"]) == (1, reason)


def test_blank_settings_of_a_broadcast_count_as_left_out(api, sandbox):
    """The Laravel SDK sends an empty text for each setting that is not used, and 0 for not approved."""
    blank = dict.fromkeys(("send_at", "segment_id", "inclusive_tags", "exclusive_tags", "batch_size_per_hour"), "")
    assert api.broadcasts({**DRAFT, **blank, "approved": 0}).json()["failures"] == []
    (row,) = sandbox.control.get("/broadcasts")["data"]
    assert (row["send_at"], row["segment_id"], row["batch_size_per_hour"]) == (None, None, None)
    assert (row["inclusive_tags"], row["exclusive_tags"], row["status"]) == ([], [], "draft")


def test_a_number_may_be_written_as_text(api, sandbox):
    """As values of a form are."""
    assert api.broadcasts({**DRAFT, "batch_size_per_hour": " 1500"}).json()["failed"] == 0
    (row,) = sandbox.control.get("/broadcasts")["data"]
    assert row["batch_size_per_hour"] == 1500


def test_a_stranger_as_sender_fails_the_whole_request(api, sandbox):
    """500 with the words that are never to be repeated; nothing is created."""
    sandbox.control.set(authors=["Me@x.com"])
    ok = {**DRAFT, "from": {"email": "me@x.com", "name": "Me"}}
    assert api.broadcasts(ok).status_code == 200
    refused = api.broadcasts(ok, {**DRAFT, "from": {"email": "you@x.com", "name": "You"}})
    assert (refused.status_code, refused.json()) == (500, {"error": "Author not authorized to send on this account"})
    assert names(api, "draft") == ["News"]
    assert len(sandbox.control.records("broadcasts")) == 1


def test_a_broadcast_goes_to_whom_the_tags_give(api, standing):
    """One of the wanted tags, none of the unwanted, subscribed."""
    api.subscribers(
        {"email": "one@x.com", "tags": "a"},
        {"email": "two@x.com", "tags": "b"},
        {"email": "both@x.com", "tags": "a,no"},
        {"email": "none@x.com"},
        {"email": "left@x.com", "tags": "a", "command": "unsubscribe"},
    )
    api.broadcasts(
        {**DRAFT, "inclusive_tags": "a, b", "exclusive_tags": "no", "approved": True, "send_at": "2020-01-01 12:00"}
    )
    standing.control.advance(0)
    assert state_of(standing)[:2] == ("sent", 2)
    got = standing.control.get("/broadcasts/1/audience", got=1)["data"]
    assert [row["email"] for row in got] == ["one@x.com", "two@x.com"]
    assert names(api) == ["News"]


def test_without_tags_and_segment_everybody_subscribed_gets_it(api, standing):
    """As it is assumed of Bento, and why a client asks twice."""
    api.subscribers({"email": "a@x.com"}, {"email": "b@x.com", "command": "unsubscribe"}, {"email": "c@x.com"})
    api.broadcasts(DRAFT)
    assert [row["email"] for row in standing.control.get("/broadcasts/1/audience")["data"]] == ["a@x.com", "c@x.com"]


@pytest.mark.parametrize(
    ("segment", "audience"),
    [
        ({"tags": ["a"]}, ["one@x.com", "two@x.com"]),
        ({"fields": {"plan": "gold"}}, ["two@x.com", "three@x.com"]),
        ({"tags": ["a"], "fields": {"plan": "gold", "n": 1}}, ["two@x.com"]),
        ({}, ["one@x.com", "two@x.com", "three@x.com"]),
        (None, []),
    ],
)
def test_a_segment_limits_the_audience(api, sandbox, segment, audience):
    """By tags, by fields, by both; one that nobody defined holds nobody."""
    api.subscribers(
        {"email": "one@x.com", "tags": "a"},
        {"email": "two@x.com", "tags": "a", "plan": "gold", "n": 1},
        {"email": "three@x.com", "plan": "gold"},
    )
    if segment is not None:
        sandbox.control.post("/segments", {"id": "segment_1", **segment})
    api.broadcasts({**DRAFT, "segment_id": "segment_1"})
    assert [row["email"] for row in sandbox.control.get("/broadcasts/1/audience")["data"]] == audience


def test_a_broadcast_is_scheduled_then_sending_then_sent(api, standing):
    """Hour by hour, a batch at a time, from `send_at` on."""
    api.subscribers(*[{"email": f"p{n}@x.com"} for n in range(25)])
    api.broadcasts({**DRAFT, "approved": 1, "send_at": START, "batch_size_per_hour": 10})
    standing.control.advance(seconds_until(standing, START) - 1)
    assert state_of(standing) == ("scheduled", 0, None)
    standing.control.advance(1)
    assert state_of(standing) == ("sending", 10, None)
    assert names(api, "sending") == ["News"]
    standing.control.advance(3599)
    assert state_of(standing) == ("sending", 10, None)
    standing.control.advance(1)
    assert state_of(standing) == ("sending", 20, None)
    standing.control.advance(86400)
    assert state_of(standing) == ("sent", 25, "2030-01-01T02:00:00.000Z")
    assert names(api) == ["News"]
    got = standing.control.get("/broadcasts/1/audience", got=1, limit=1000)["data"]
    assert sorted(row["at"][11:13] for row in got) == ["00"] * 10 + ["01"] * 10 + ["02"] * 5


def test_whoever_leaves_in_the_meantime_gets_nothing(api, standing):
    """The audience of each hour is who is subscribed then."""
    api.subscribers(*[{"email": f"p{n}@x.com"} for n in range(20)])
    api.broadcasts({**DRAFT, "approved": True, "send_at": START, "batch_size_per_hour": 10})
    standing.control.advance(seconds_until(standing, START))
    api.command(*[{"command": "unsubscribe", "email": f"p{n}@x.com"} for n in range(10, 15)])
    standing.control.advance(3600)
    assert state_of(standing)[:2] == ("sent", 15)


def test_time_passes_by_itself_while_nobody_asks(api, sandbox):
    """A broadcast that is due is sent without another request to the API."""
    api.subscribers({"email": "a@x.com"})
    api.broadcasts({**DRAFT, "approved": "true", "send_at": "2020-01-01T00:00:00Z"})
    for _ in range(500):
        if state_of(sandbox)[0] == "sent":
            break
    assert state_of(sandbox)[:2] == ("sent", 1)


def test_a_person_may_approve_or_cancel_in_the_app(api, standing):
    """What Bento's own screens do, over the control API."""
    api.broadcasts(DRAFT, {**DRAFT, "name": "B"})
    standing.control.post("/broadcasts/1", {"action": "approve", "send_at": START})
    standing.control.post("/broadcasts/2", {"action": "cancel"})
    assert (names(api, "scheduled"), names(api, "cancelled"), names(api, "canceled")) == (["News"], ["B"], ["B"])
    standing.control.post("/broadcasts/1", {"action": "cancel"})
    standing.control.advance(seconds_until(standing, START) + 10)
    assert names(api) == []


def test_the_list_comes_in_pages_newest_first(api, sandbox):
    """From 1 on; beyond the last there is an empty page; an unknown status means sent."""
    sandbox.control.set(page_size=2)
    api.broadcasts(*[{**DRAFT, "name": str(number)} for number in range(5)])
    pages = [names(api, "draft", page=page) for page in (1, 2, 3, 4)]
    assert pages == [["4", "3"], ["2", "1"], ["0"], []]
    assert names(api, "draft", page="x") == names(api, "draft", page=0) == names(api, "draft") == ["4", "3"]
    assert names(api, "draft", page="9" * 30) == ["4", "3"]
    assert names(api, "whatever") == []


def test_more_than_a_hundred_broadcasts_are_refused(api):
    """The documented maximum."""
    assert api.broadcasts(*[DRAFT] * 101).status_code == 422
    assert api.broadcasts(*[DRAFT] * 100).json()["results"] == 100
