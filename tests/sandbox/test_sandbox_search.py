"""GET and POST /fetch/search, and one person found or created by address."""

from __future__ import annotations

import pytest
import requests


@pytest.fixture
def people(api, sandbox):
    """Import people an hour apart, the second one with an event of 2020, the third one unsubscribed."""
    sandbox.control.post("/clock", {"mode": "standing"})
    api.subscribers({"email": "ada@x.com", "tags": "vip"})
    sandbox.control.advance(3600)
    api.subscribers({"email": "bob@x.com", "tags": "vip,old"})
    api.events({"email": "bob@x.com", "type": "x", "date": "2020-01-01"})
    sandbox.control.advance(3600)
    api.subscribers({"email": "eve@x.com", "command": "unsubscribe"})
    return sandbox


def emails(answer):
    """Return the addresses of those who were found."""
    assert answer.status_code == 200, answer.text
    return [row["attributes"]["email"] for row in answer.json()["data"]]


def test_without_a_filter_everybody_is_found(api, people):
    """With an empty body, with none, by GET and by POST."""
    everybody = ["ada@x.com", "bob@x.com", "eve@x.com"]
    assert emails(api.get("/fetch/search")) == everybody
    assert emails(api.get("/fetch/search", json={"page": 1})) == everybody
    assert emails(api.post("/fetch/search", {})) == everybody


def test_a_person_is_shown_as_elsewhere_and_meta_names_the_query(api, people):
    """With the page and what was asked."""
    answer = api.get("/fetch/search", json={"tags": "old"}).json()
    (person,) = answer["data"]
    assert person == api.get("/fetch/subscribers", params={"email": "bob@x.com"}).json()["data"]
    page = requests.get(person["attributes"]["navigation_url"], headers={"Accept": "text/html"}, timeout=10)
    assert "bob@x.com" in page.text
    assert answer["meta"] == {"page": 1, "query": {"email": {"not": None}, "tags": "old"}}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"tags": ["vip"]}, ["ada@x.com", "bob@x.com"]),
        ({"tags": "old, nothing"}, ["bob@x.com"]),
        ({"tag_names": "vip"}, ["ada@x.com", "bob@x.com"]),
        ({"tag_ids": ["2"]}, ["bob@x.com"]),
        ({"tag_ids": "1"}, ["ada@x.com", "bob@x.com"]),
        ({"tags": []}, []),
        ({"last_event_at": {"gt": "2019-12-31"}}, ["bob@x.com"]),
        ({"last_event_at": {"lt": "2019-12-31"}}, []),
        ({"unsubscribed_at": {"gt": "2000-01-01T00:00:00Z"}}, ["eve@x.com"]),
        ({"created_at": {"gt": "2000-01-01", "lt": "2001-01-01"}}, []),
        ({"created_at": {"gt": "2000-01-01"}, "tags": "vip"}, ["ada@x.com", "bob@x.com"]),
        ({"created_at": None, "whatever": 1}, ["ada@x.com", "bob@x.com", "eve@x.com"]),
    ],
)
def test_everything_asked_must_be_true(api, people, method, filters, found):
    """Dates by bounds, one of the tags; what is unknown is ignored."""
    answer = api.get("/fetch/search", json=filters) if method == "get" else api.post("/fetch/search", filters)
    assert emails(answer) == found


def test_bounds_are_not_included(api, people):
    """A person who was created at exactly that moment is not found."""
    created = people.control.get("/people", email="bob")["data"][0]["created_at"]
    assert emails(api.get("/fetch/search", json={"created_at": {"gt": created}})) == ["eve@x.com"]
    assert emails(api.get("/fetch/search", json={"created_at": {"lt": created}})) == ["ada@x.com"]


@pytest.mark.parametrize("value", ["2020-01-01", {"gte": "2020-01-01"}, {"gt": "soon"}, [1]])
def test_a_date_that_cannot_be_read_is_a_422(api, value):
    """Named by its field."""
    answer = api.get("/fetch/search", json={"created_at": value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "created_at")


def test_a_page_has_a_hundred_people(api):
    """The next one the rest; beyond the last there is an empty page."""
    api.subscribers(*[{"email": f"p{number}@x.com"} for number in range(101)])
    assert [len(emails(api.get("/fetch/search", json={"page": page}))) for page in (1, 2, 3)] == [100, 1, 0]
    assert emails(api.get("/fetch/search", params={"page": "2"})) == ["p100@x.com"]


@pytest.mark.parametrize("profile", ["2026", "2024", "2021"])
def test_a_person_is_created_with_or_without_the_wrapper(api, sandbox, profile):
    """As the guide of 2021 sends the address."""
    sandbox.control.set(profile=profile)
    wrapped = api.post("/fetch/subscribers", {"subscriber": {"email": "a@x.com"}})
    unwrapped = api.post("/fetch/subscribers", {"site_uuid": api.session.params["site_uuid"], "email": "a@x.com"})
    assert wrapped.status_code == unwrapped.status_code == 201
    assert wrapped.json() == unwrapped.json()


def test_an_unwrapped_address_is_checked_too(api):
    """422 with its field, and 400 without any."""
    assert api.post("/fetch/subscribers", {"email": "nonsense"}).status_code == 422
    assert api.post("/fetch/subscribers", {"name": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("last-login-date", "Last Login Date"),
        ("last_login_date", "Last Login Date"),
        ("lastLoginDate", "Last Login Date"),
        ("plan", "Plan"),
    ],
)
def test_the_name_of_a_field_is_derived_from_its_key(api, key, name):
    """As the Node client's tests expect it."""
    assert api.post("/fetch/fields", {"field": {"key": key}}).json()["data"]["attributes"]["name"] == name
