"""POST /batch/subscribers and the reading of one person: merged by address, told apart by row."""

from __future__ import annotations

import json

import pytest


def test_an_import_creates_people_with_fields_and_tags(api):
    """Everything that is no key of Bento's own becomes a field."""
    reply = api.subscribers({"email": "Ann@x.com", "first_name": "Ann", "tags": "vip, new ,,", "score": 0, "ok": False})
    assert (reply.status_code, reply.json()) == (200, {"results": 1, "failed": 0})
    person = api.person("ann@X.com ")
    assert person["email"] == "Ann@x.com"
    assert person["fields"] == {"first_name": "Ann", "score": 0, "ok": False}
    assert person["unsubscribed_at"] is None
    tags = {tag["id"]: tag["attributes"]["name"] for tag in api.get("/fetch/tags").json()["data"]}
    assert sorted(tags[tag] for tag in person["cached_tag_ids"]) == ["new", "vip"]
    keys = [
        (field["attributes"]["key"], field["attributes"]["name"]) for field in api.get("/fetch/fields").json()["data"]
    ]
    assert keys == [("first_name", "First Name"), ("ok", "Ok"), ("score", "Score")]


def test_an_import_merges_and_does_not_replace(api, sandbox):
    """Keys that are left out or null stay; empty text, zero and false are values."""
    api.subscribers({"email": "a@x.com", "city": "Graz", "plan": "gold", "note": "x", "tags": "one,two"})
    api.subscribers(
        {"email": "A@x.com", "plan": None, "note": "", "city": "Wien", "remove_tags": "one", "tags": ["three"]}
    )
    (person,) = sandbox.control.get("/people")["data"]
    assert person["fields"] == {"city": "Wien", "plan": "gold", "note": ""}
    assert sorted(person["tags"]) == ["three", "two"]


def test_rows_of_one_request_take_effect_in_their_order(api, sandbox):
    """Two rows of one address merge, the later one wins; a tag added and removed in one row is gone."""
    api.subscribers(
        {"email": "a@x.com", "n": 1, "m": 1, "tags": "t,u"},
        {"email": "a@x.com", "n": 2, "tags": "v", "remove_tags": "v,u"},
    )
    (person,) = sandbox.control.get("/people")["data"]
    assert (person["fields"], person["tags"]) == ({"n": 2, "m": 1}, ["t"])


def test_malformed_rows_count_as_failed_and_the_others_are_applied(api, sandbox):
    """No object, no address, an address without @: counted, kept with the reason, not applied."""
    bad = [{"first_name": "x"}, {"email": "nobody"}, {"email": 7}, "row", None, {"email": "@x"}, []]
    good = [{"email": f"g{number}@x.com", "n": number} for number in range(3)]
    rows = [good[0], *bad[:4], good[1], *bad[4:], good[2]]
    assert api.subscribers(*rows).json() == {"results": 3, "failed": 7}
    applied = sandbox.control.get("/records", kind="subscribers")["data"]
    assert [(row["index"], row["record"]) for row in applied] == [(0, good[0]), (5, good[1]), (9, good[2])]
    rejects = sandbox.control.get("/rejects")["data"]
    assert [(row["index"], row["record"]) for row in rejects] == [(n, rows[n]) for n in (1, 2, 3, 4, 6, 7, 8)]
    (entry,) = sandbox.control.journal()
    assert (entry["records"], entry["accepted"], entry["failed"], entry["applied"]) == (10, 3, 7, True)


def test_a_request_of_malformed_rows_only_is_answered_and_not_applied(api, sandbox):
    """Nothing was stored, so the journal does not call it applied."""
    assert api.subscribers("x", "y").json() == {"results": 0, "failed": 2}
    assert sandbox.control.journal()[0]["applied"] is False


@pytest.mark.parametrize("command", ["subscribe", "unsubscribe"])
def test_the_row_command_changes_the_subscription(api, command):
    """`command` is no field."""
    api.subscribers({"email": "a@x.com", "command": "unsubscribe"})
    api.subscribers({"email": "a@x.com", "command": command})
    assert (api.person("a@x.com")["unsubscribed_at"] is None) == (command == "subscribe")
    assert api.person("a@x.com")["fields"] is None


def test_an_import_alone_does_not_resubscribe(api):
    """Somebody who left stays away."""
    api.subscribers({"email": "a@x.com", "command": "unsubscribe"})
    api.subscribers({"email": "a@x.com", "n": 1})
    assert api.person("a@x.com")["unsubscribed_at"] is not None


def test_an_import_starts_no_automation(api, sandbox):
    """It is silent."""
    api.subscribers({"email": "a@x.com", "tags": "t"})
    assert sandbox.control.get("/automations")["data"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"people":[]}', 400),
        (b'{"subscribers":[]}', 400),
        (b'{"subscribers":{}}', 400),
        (b'{"subscribers":null}', 400),
        (b'{"subscribers":"a@x.com"}', 400),
        (b'{"subscribers":[{"email":"a@x.com","n":NaN}]}', 400),
        (b'{"subscribers":[{"email":"a@x.com","n":1e999}]}', 400),
        (b'{"subscribers":[{"email":"a@x.com"}', 400),
        (b'{"subscribers":[{"email":"a\xff@x.com"}]}', 400),
        (b'{"subscribers":[{"email":"a@x.com","n":"\\ud800"}]}', 400),
        (b'{"subscribers":' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400),
        (b'{"site_uuid":\xff,"subscribers":[]}', 400),
        (b'{"subscribers":[' + b'{"email":"a@x.com"},' * 1000 + b'{"email":"a@x.com"}]}', 422),
    ],
)
def test_a_body_that_cannot_be_is_refused_and_nothing_is_applied(api, sandbox, body, status):
    """Broken JSON and a missing wrapper are 400, too many rows 422; never a 500."""
    answer = api.post("/batch/subscribers", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.json().keys() <= {"error", "errors"}
    assert sandbox.control.get("/people")["data"] == sandbox.control.records("subscribers") == []


def test_a_body_that_is_not_declared_as_json_is_refused(api):
    """Rails would not read it, so the wrapper would be missing."""
    body = json.dumps({"subscribers": [{"email": "a@x.com"}]})
    assert api.post("/batch/subscribers", data=body, headers={"Content-Type": "text/plain"}).status_code == 400


def test_a_body_above_the_sandbox_s_limit_is_refused(api):
    """64 MiB are enough for every honest request; the connection survives."""
    body = b'{"subscribers":["' + b"x" * 68_000_000 + b'"]}'
    answer = api.post("/batch/subscribers", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert api.get("/fetch/tags").status_code == 200


def test_strange_but_valid_rows_are_kept_as_they_were_written(api, sandbox):
    """Big numbers, NUL, emoji, right-to-left text, nested values and spelling survive to the letter."""
    text = (
        '{"email" : "a@x.com", "big": 12345678901234567890123456789, "price": 1.10, "nul": "a\\u0000b",\n'
        ' "name": "אבג 😀", "fields": {"a": [1, {"b": null}]}, "quote": "it\'s \\"x\\"; DROP TABLE people"}'
    )
    body = ('{"subscribers": [' + text + "]}").encode()
    assert (
        api.post("/batch/subscribers", data=body, headers={"Content-Type": "application/json"}).json()["results"] == 1
    )
    lines = sandbox.control.raw("/records.jsonl").decode()
    assert lines.count("\n") == 1
    assert text.replace("\n", " ") in lines
    assert api.person("a@x.com")["fields"]["name"] == "אבג 😀"
    assert api.person("a@x.com")["fields"]["nul"] == "a\x00b"


def test_a_megabyte_in_one_field_is_fine(api):
    """Size alone is no fault."""
    assert api.subscribers({"email": "a@x.com", "text": "é" * 524_288}).json() == {"results": 1, "failed": 0}
    assert len(api.person("a@x.com")["fields"]["text"]) == 524_288


def test_a_person_is_found_by_uuid_too(api):
    """The UUID of the reply leads back to the person."""
    api.subscribers({"email": "a@x.com"}, {"email": "b@x.com"})
    uuid = api.person("b@x.com")["uuid"]
    found = api.get("/fetch/subscribers", params={"uuid": uuid}).json()["data"]
    assert (found["attributes"]["email"], found["type"], found["id"]) == ("b@x.com", "visitors", "2")


@pytest.mark.parametrize("query", [{}, {"email": "nobody@x.com"}, {"uuid": "be070"}, {"uuid": "x" * 32}, {"email": ""}])
def test_nobody_is_an_empty_object_with_200(api, query):
    """Bento answers a miss with 200."""
    answer = api.get("/fetch/subscribers", params=query)
    assert (answer.status_code, answer.json()) == (200, {})


def test_a_plus_in_an_address_must_be_encoded(api):
    """An unencoded plus is a space, as everywhere in query strings."""
    api.subscribers({"email": "a+b@x.com"})
    assert api.person("a+b@x.com")["email"] == "a+b@x.com"
    site = api.session.params["site_uuid"]
    assert api.session.get(f"{api.base}/fetch/subscribers?email=a+b@x.com&site_uuid={site}", timeout=10).json() == {}


def test_one_person_is_found_or_created(api, sandbox):
    """201 with the person, once; automations may start, so that is listed as uncertain."""
    first = api.post("/fetch/subscribers", {"subscriber": {"email": "a@x.com", "tags": "ignored"}})
    second = api.post("/fetch/subscribers", {"subscriber": {"email": "A@x.com"}})
    assert first.status_code == 201
    assert first.json()["data"]["attributes"]["fields"] is None
    assert first.json()["data"]["attributes"]["cached_tag_ids"] == []
    assert second.json()["data"]["id"] == first.json()["data"]["id"]
    (started,) = sandbox.control.get("/automations")["data"]
    assert (started["certain"], started["email"]) == (False, "a@x.com")


@pytest.mark.parametrize("email", ["nobody", "", None, 7])
def test_one_person_with_an_invalid_address_is_a_422(api, email):
    """The error names the field."""
    answer = api.post("/fetch/subscribers", {"subscriber": {"email": email}})
    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"field": "email", "message": "is invalid"}]}


@pytest.mark.parametrize(
    ("path", "wrapper", "key"), [("/fetch/tags", "tag", "name"), ("/fetch/fields", "field", "key")]
)
def test_a_tag_or_field_is_made_once(api, path, wrapper, key):
    """201 for a new one, 200 for the one that exists, 400 and 422 for none."""
    first, again = (api.post(path, {wrapper: {key: "thisIsAKey"}}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert api.get(path).json()["data"] == [first.json()["data"]]
    if wrapper == "field":
        assert first.json()["data"]["attributes"]["name"] == "This Is A Key"
    assert api.post(path, {wrapper: {key: " "}}).status_code == 422
    assert api.post(path, {wrapper: "x"}).status_code == 400
    assert api.post(path, {key: "x"}).status_code == 400


@pytest.mark.parametrize("key", ["lastLoginDate", "last_login_date", "last-login-date", "last login date"])
def test_the_name_of_a_field_is_made_of_its_key(api, key):
    """Title words, whichever way the words of the key are told apart (bento-node-sdk's tests)."""
    made = api.post("/fetch/fields", {"field": {"key": key}}).json()["data"]["attributes"]
    assert (made["key"], made["name"]) == (key, "Last Login Date")
