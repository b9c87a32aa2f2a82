"""GET /fetch/segments and /fetch/segments/:id, POST /fetch/segments/:id/match."""

from __future__ import annotations

import pytest

from airflow_provider_bento.sandbox.in_thread import running_sandbox

GOLD = {"id": "segment_gold", "name": "Gold", "description": "Gold plan", "tags": ["vip"], "fields": {"plan": "gold"}}


@pytest.fixture
def gold(sandbox):
    """Define a segment, as Bento's app does."""
    sandbox.control.post("/segments", GOLD)
    return sandbox


def test_a_segment_is_listed_with_its_query(api, gold):
    """Name, description and dates; `visitor_event_query` is an object."""
    (segment,) = [one for one in api.get("/fetch/segments").json()["data"] if one["id"] == "segment_gold"]
    attributes = segment["attributes"]
    assert (segment["type"], attributes["name"], attributes["description"]) == ("segments", "Gold", "Gold plan")
    assert attributes["visitor_event_query"] == {"tags": ["vip"], "fields": {"plan": "gold"}}
    assert attributes["created_at"] == attributes["updated_at"]
    assert api.get("/fetch/segments/segment_gold").json() == {"data": segment}


def test_segments_are_listed_by_name(api, sandbox):
    """Whatever the order of their making."""
    for name in ("B", "A", "C"):
        sandbox.control.post("/segments", {"id": f"s{name}", "name": name})
    names = [one["attributes"]["name"] for one in api.get("/fetch/segments").json()["data"]]
    assert [name for name in names if len(name) == 1] == ["A", "B", "C"]


def test_replacing_a_segment_keeps_its_first_date(api, gold):
    """`updated_at` moves on."""
    gold.control.advance(60)
    gold.control.post("/segments", {**GOLD, "name": "Gold!"})
    attributes = api.get("/fetch/segments/segment_gold").json()["data"]["attributes"]
    assert attributes["name"] == "Gold!"
    assert attributes["created_at"] < attributes["updated_at"]


def test_a_segment_that_does_not_exist_is_a_404(api):
    """With the words of the Node client's tests."""
    answer = api.get("/fetch/segments/nothing")
    assert (answer.status_code, answer.json()) == (404, {"error": "Segment not found"})
    assert api.post("/fetch/segments/nothing/match", {"email": "a@x.com"}).status_code == 404


@pytest.mark.parametrize(("email", "matched"), [("ADA@x.com", True), ("bob@x.com", False), ("nobody@x.com", False)])
def test_a_person_can_be_matched_with_a_segment(api, gold, email, matched):
    """By address, in the body or in the query string."""
    api.subscribers({"email": "ada@x.com", "tags": "vip", "plan": "gold"}, {"email": "bob@x.com", "tags": "vip"})
    assert api.post("/fetch/segments/segment_gold/match", {"email": email}).json() == {"matched": matched}
    assert api.post("/fetch/segments/segment_gold/match", params={"email": email}).json() == {"matched": matched}


def test_a_match_without_an_address_is_a_422(api, gold):
    """Nothing can be matched."""
    assert api.post("/fetch/segments/segment_gold/match", {}).status_code == 422


def test_a_segment_of_another_site_is_not_seen(client_of):
    """Sites are kept apart."""
    with running_sandbox(sites=("one", "two")) as sandbox:
        sandbox.control.post("/segments", {**GOLD, "site": "two"})
        api = client_of(sandbox)
        assert api.get("/fetch/segments/segment_gold").status_code == 404
        api.session.params = {"site_uuid": "two"}
        assert api.get("/fetch/segments/segment_gold").status_code == 200
