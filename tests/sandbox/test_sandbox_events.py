"""POST /batch/events and /fetch/commands: what they do to people, and what they would have started."""

from __future__ import annotations

import pytest


def started(sandbox) -> list[str]:
    """Return the triggers of all automations that would have fired."""
    return [row["trigger"] for row in sandbox.control.get("/automations")["data"]]


def purchase(key, **more):
    """Return a purchase."""
    value = {"currency": "USD", "amount": 100}
    return {"type": "$purchase", "email": "a@x.com", "details": {"unique": {"key": key}, "value": value}, **more}


def test_an_event_is_stored_with_its_date_and_creates_the_person(api, sandbox):
    """`fields` go to the profile, `details` stay with the event."""
    event = {
        "type": "signed_up",
        "email": "a@x.com",
        "fields": {"plan": "x"},
        "details": {"n": [1]},
        "date": "2023-01-02T03:04:05+01:00",
    }
    assert api.events(event).json() == {"results": 1, "failed": 0}
    (stored,) = sandbox.control.get("/events")["data"]
    assert (stored["date"], stored["record"], stored["fired"]) == ("2023-01-02T02:04:05.000Z", event, True)
    assert api.person("a@x.com")["fields"] == {"plan": "x"}
    assert started(sandbox) == ["signed_up"]


@pytest.mark.parametrize(
    "bad",
    [
        {"email": "a@x.com"},
        {"type": "", "email": "a@x.com"},
        {"type": 1, "email": "a@x.com"},
        {"type": "x"},
        {"type": "x", "email": "a"},
        1,
    ],
)
def test_malformed_events_count_as_failed(api, sandbox, bad):
    """No type or no address: the others are stored."""
    assert api.events(bad, {"type": "x", "email": "b@x.com"}).json() == {"results": 1, "failed": 1}
    assert [row["email"] for row in sandbox.control.get("/events")["data"]] == ["b@x.com"]


@pytest.mark.parametrize(
    "odd",
    [
        {"fields": "x"},
        {"details": []},
        {"details": None},
        {"date": "nonsense"},
        {"date": 7},
        {"fields": {"a": {"b": 1}}},
    ],
)
def test_odd_parts_of_an_event_are_tolerated(api, odd):
    """Nothing of the kind is documented as refused."""
    assert api.events({"type": "x", "email": "a@x.com", **odd}).json() == {"results": 1, "failed": 0}


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2023-11-26 06:26:24 UTC", "2023-11-26T06:26:24.000Z"),
        ("2023-11-26 06:26:24.125 UTC", "2023-11-26T06:26:24.125Z"),
        ("2023-11-26 06:26:24 +0100", "2023-11-26T05:26:24.000Z"),
        ("2023-11-26T06:26:24", "2023-11-26T06:26:24.000Z"),
        ("2023-11-26", "2023-11-26T00:00:00.000Z"),
        ("Sun, 26 Nov 2023 06:26:24 +0100", "2023-11-26T05:26:24.000Z"),
        ("Sun, 26 Nov 2023 06:26:24 GMT", "2023-11-26T06:26:24.000Z"),
        ("1700979984", "2023-11-26T06:26:24.000Z"),
        (1700979984, "2023-11-26T06:26:24.000Z"),
        (1700979984.5, "2023-11-26T06:26:24.500Z"),
    ],
)
def test_dates_are_read_as_rails_reads_them(api, sandbox, written, instant):
    """ISO 8601, Ruby's own form, RFC 2822, seconds since the epoch."""
    api.events({"type": "x", "email": "a@x.com", "date": written})
    (stored,) = sandbox.control.get("/events")["data"]
    assert (stored["date"], stored["date_invalid"]) == (instant, False)


@pytest.mark.parametrize("written", ["nonsense", "31/12/2023", 1700979984000, True, [], {"year": 2023}])
def test_an_event_whose_date_cannot_be_read_is_marked(api, sandbox, written):
    """It counts as of now, and says that this is not what was sent."""
    sandbox.control.post("/clock", {"mode": "standing"})
    api.events({"type": "x", "email": "a@x.com", "date": written})
    (stored,) = sandbox.control.get("/events")["data"]
    assert (stored["date"], stored["date_invalid"]) == (sandbox.control.stats()["clock"]["now"], True)


@pytest.mark.parametrize("left_out", [{}, {"date": None}, {"date": ""}, {"date": "  "}])
def test_an_event_without_a_date_is_of_now(api, sandbox, left_out):
    """Nothing is wrong with it."""
    api.events({"type": "x", "email": "a@x.com", **left_out})
    (stored,) = sandbox.control.get("/events")["data"]
    assert stored["date_invalid"] is False


def test_a_single_event_needs_no_array(api, sandbox):
    """As five helpers of the PHP SDK send one."""
    event = {"date": None, "details": {"tag": "vip"}, "email": "a@x.com", "type": "$tag"}
    assert api.post("/batch/events", {"events": event}).json() == {"results": 1, "failed": 0}
    assert sandbox.control.records("events") == [event]
    assert sandbox.control.get("/people")["data"][0]["tags"] == ["vip"]


def test_a_comma_belongs_to_the_name_of_a_tag_in_commands_and_events(api, sandbox):
    """Only imports and broadcasts are documented to separate names by commas."""
    me = {"email": "a@x.com"}
    api.command({"command": "add_tag", **me, "query": "a, b"}, {"command": "add_tag", **me, "query": "c,d"})
    api.events({"type": "$tag", **me, "details": {"tag": "e,f"}})
    api.command({"command": "remove_tag", **me, "query": "c,d"})
    (person,) = sandbox.control.get("/people")["data"]
    assert person["tags"] == ["a, b", "e,f"]


def test_the_types_of_bento_s_own_change_the_person(api, sandbox):
    """Tags and subscription follow the events, in their order within a request."""
    me = {"email": "a@x.com"}
    api.events(
        {"type": "$tag", **me, "details": {"tag": "one"}},
        {"type": "$tag", **me, "details": {"tag": "two"}},
        {"type": "$remove_tag", **me, "details": {"tag": "one"}},
        {"type": "$unsubscribe", **me},
        {"type": "$update_fields", **me, "fields": {"n": 1}},
    )
    (person,) = sandbox.control.get("/people")["data"]
    assert (person["tags"], person["fields"]) == (["two"], {"n": 1})
    assert person["unsubscribed_at"] is not None
    api.events({"type": "$subscribe", **me, "fields": {"m": 2}})
    (person,) = sandbox.control.get("/people")["data"]
    assert (person["unsubscribed_at"], person["fields"]) == (None, {"n": 1, "m": 2})


@pytest.mark.parametrize(
    ("value", "fires"), [("true", False), (True, False), ("false", True), (False, True), (1, True), (None, True)]
)
def test_bypass_workflows_is_honoured_as_string_and_boolean(api, sandbox, value, fires):
    """The event is stored either way."""
    api.events({"type": "x", "email": "a@x.com", "details": {"bypass_workflows": value}})
    assert started(sandbox) == (["x"] if fires else [])
    assert sandbox.control.stats()["stored"]["events"] == 1


def test_a_purchase_of_a_known_key_is_a_repeat(api, sandbox):
    """In one request or in two, it is counted as accepted, kept in the ledger, and not stored again."""
    assert api.events(purchase("o-1"), purchase("o-1"), purchase("o-2")).json() == {"results": 3, "failed": 0}
    assert api.events(purchase("o-2"), purchase(7), purchase("7")).json() == {"results": 3, "failed": 0}
    assert sandbox.control.stats()["stored"]["events"] == 3
    assert len(sandbox.control.records("events")) == 6
    assert started(sandbox) == ["$purchase"] * 3


def test_a_purchase_without_a_usable_key_is_no_repeat(api, sandbox):
    """Without a key nothing tells two purchases apart as one."""
    for key in (None, "", True, ["x"]):
        api.events(purchase(key), purchase(key))
    assert sandbox.control.stats()["stored"]["events"] == 8


def test_other_events_are_never_de_duplicated(api, sandbox):
    """A key on an ordinary event proves nothing at Bento, so a doubled event must show."""
    event = {"type": "order", "email": "a@x.com", "details": {"unique": {"key": "o-1"}}}
    api.events(event, event)
    api.events(event)
    assert sandbox.control.stats()["stored"]["events"] == 3


def test_the_key_of_a_purchase_holds_for_one_site(client_of):
    """Two shops may both have an order 1."""
    from airflow_provider_bento.sandbox.in_thread import running_sandbox

    with running_sandbox(sites=("one", "two")) as sandbox:
        api = client_of(sandbox)
        for site in ("one", "two", "one"):
            api.session.params = {"site_uuid": site}
            api.events(purchase("o-1"))
        assert sandbox.control.stats()["stored"]["events"] == 2


def test_the_eight_commands_do_what_they_say(api, sandbox):
    """In their order; the person is created as needed."""
    me = {"email": "a@x.com"}
    commands = [
        {"command": "add_tag", **me, "query": "one"},
        {"command": "add_tag_via_event", **me, "query": "two"},
        {"command": "add_tag", **me, "query": "three"},
        {"command": "remove_tag", **me, "query": "one"},
        {"command": "add_field", **me, "query": {"key": "plan", "value": "gold"}},
        {"command": "add_field", **me, "query": {"key": "gone", "value": 1}},
        {"command": "remove_field", **me, "query": "gone"},
        {"command": "unsubscribe", **me, "query": None},
        {"command": "subscribe", **me},
        {"command": "unsubscribe", **me},
        {"command": "change_email", **me, "query": "B@x.com"},
    ]
    assert api.command(*commands).json() == {"results": 11}
    (person,) = sandbox.control.get("/people")["data"]
    assert (person["email"], person["tags"], person["fields"]) == ("B@x.com", ["two", "three"], {"plan": "gold"})
    assert person["unsubscribed_at"] is not None
    assert started(sandbox) == ["$tag"]
    (event,) = sandbox.control.get("/events")["data"]
    assert (event["type"], event["source"], event["record"]) == ("$tag", "command", commands[1])


def test_a_single_command_needs_no_array(api):
    """As Node and PHP send it."""
    answer = api.post("/fetch/commands", {"command": {"command": "add_tag", "email": "a@x.com", "query": "t"}})
    assert (answer.status_code, answer.json()) == (200, {"results": 1})


@pytest.mark.parametrize(
    "bad",
    [
        {"command": "dance", "email": "a@x.com"},
        {"command": ["add_tag"], "email": "a@x.com"},
        {"command": "add_tag", "email": "a@x.com"},
        {"command": "add_tag", "email": "a@x.com", "query": " "},
        {"command": "add_tag", "email": "a", "query": "t"},
        {"command": "add_field", "email": "a@x.com", "query": "plan"},
        {"command": "add_field", "email": "a@x.com", "query": {"value": 1}},
        {"command": "change_email", "email": "a@x.com", "query": "b"},
        {"email": "a@x.com"},
        "add_tag",
    ],
)
def test_a_command_that_cannot_be_is_not_counted(api, sandbox, bad):
    """Among others it is counted as failed, even if there are no others; alone and unwrapped it is a 422."""
    assert api.command(bad, {"command": "subscribe", "email": "b@x.com"}).json() == {"results": 1, "failed": 1}
    assert api.command(bad).json() == {"results": 0, "failed": 1}
    assert [person["email"] for person in sandbox.control.get("/people")["data"]] == ["b@x.com"]
    if isinstance(bad, dict):
        assert api.post("/fetch/commands", {"command": bad}).status_code == 422


def test_a_field_may_be_set_to_nothing_for_somebody_new(api):
    """`null` clears; there is nothing to clear, but the person exists."""
    api.command({"command": "add_field", "email": "a@x.com", "query": {"key": 'we"ird', "value": None}})
    assert api.person("a@x.com")["fields"] is None


def test_an_address_that_is_taken_is_not_given_twice(api, sandbox):
    """Neither person changes."""
    api.subscribers({"email": "a@x.com"}, {"email": "b@x.com"})
    api.command({"command": "change_email", "email": "a@x.com", "query": "b@x.com"})
    assert [person["email"] for person in sandbox.control.get("/people")["data"]] == ["a@x.com", "b@x.com"]


def test_more_than_a_hundred_commands_are_refused(api):
    """The documented maximum."""
    command = {"command": "subscribe", "email": "a@x.com"}
    assert api.command(*[command] * 100).json() == {"results": 100}
    assert api.command(*[command] * 101).status_code == 422


def test_queues_lag_behind_and_are_drained_on_order(api, sandbox):
    """What is accepted is in the ledger at once and takes effect later, in its order."""
    sandbox.control.set(delay={"subscribers": 60, "events": 5, "commands": 30})
    assert api.subscribers({"email": "a@x.com", "n": 1}).json() == {"results": 1, "failed": 0}
    api.events({"type": "x", "email": "b@x.com"})
    api.command({"command": "add_tag", "email": "c@x.com", "query": "t"})
    assert api.get("/fetch/subscribers", params={"email": "a@x.com"}).json() == {}
    assert sandbox.control.records("subscribers") == [{"email": "a@x.com", "n": 1}]
    assert sandbox.control.stats()["waiting"] == {"subscribers": 1, "events": 1, "commands": 1}
    sandbox.control.advance(6)
    assert [person["email"] for person in sandbox.control.get("/people")["data"]] == ["b@x.com"]
    assert sandbox.control.drain()["done"] == 2
    assert api.person("a@x.com")["fields"] == {"n": 1}
    assert sandbox.control.stats()["waiting"] == {}
