"""POST /data_deletion_requests and DELETE /fetch/tags/:id: what is gone afterwards, and what is remembered."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

ADA = "Ada@x.com"


def delete(api, email=ADA):
    """Ask for a deletion."""
    return api.post("/data_deletion_requests", {"data_deletion_request": {"email": email}})


def test_a_person_is_gone_with_everything_that_belongs_to_them(api, sandbox):
    """Queued, and done at once without a delay; others stay."""
    api.subscribers({"email": ADA, "tags": "vip"}, {"email": "bob@x.com", "tags": "vip"})
    api.events(
        {"email": ADA, "type": "$purchase", "details": {"unique": {"key": "1"}}}, {"email": "bob@x.com", "type": "x"}
    )
    api.post("/batch/emails", {"emails": [{"to": ADA, "from": "me@x.com", "subject": "s", "html_body": "b"}]})
    answer = delete(api, " ada@X.com")
    assert (answer.status_code, answer.json()) == (202, {"status": "queued_for_anonymization"})
    assert api.get("/fetch/subscribers", params={"email": ADA}).json() == {}
    assert [row["email"] for row in sandbox.control.everything("/people")] == ["bob@x.com"]
    stored = sandbox.control.stats()["stored"]
    assert (stored["people"], stored["events"], stored["automations"]) == (1, 1, 1)
    assert list(sandbox.control.everything("/emails")) == []
    assert [tag["people"] for tag in sandbox.control.get("/tags")["data"]] == [1]


def test_a_repeat_after_the_deletion_finds_nobody(api, sandbox):
    """404 with the documented code, as for anybody who was never there."""
    api.subscribers({"email": ADA})
    assert [delete(api).status_code for _ in range(2)] == [202, 404]
    assert delete(api, "nobody@x.com").json() == {"error": "visitor_not_found"}
    assert [entry["applied"] for entry in sandbox.control.journal(path="/data_deletion_requests")] == [
        True, False, False,
    ]  # fmt: skip


def test_a_deletion_waits_for_its_queue(api, sandbox):
    """The person is there until then, and a repeat is accepted."""
    sandbox.control.set(delay={"deletions": 60})
    api.subscribers({"email": ADA})
    assert [delete(api).status_code for _ in range(2)] == [202, 202]
    assert [row["deleted_at"] for row in sandbox.control.everything("/deletions")] == [None, None]
    assert sandbox.control.stats()["deletions"] == {"waiting": 2, "done": 0}
    sandbox.control.advance(60)
    assert sandbox.control.stats()["deletions"] == {"waiting": 0, "done": 2}
    assert sandbox.control.stats()["stored"]["people"] == 0


def test_the_list_of_deletions_shows_no_address_in_clear(api, sandbox):
    """Masked, and as a hash by which a test can find it."""
    api.subscribers({"email": ADA})
    delete(api)
    (row,) = sandbox.control.everything("/deletions")
    assert (row["email"], row["email_sha256"]) == ("A…@x.com", sha256(b"ada@x.com").hexdigest())
    assert row["requested_at"] == row["deleted_at"] or row["requested_at"] < row["deleted_at"]
    assert "ada@" not in json.dumps([row, *sandbox.control.records("deletions")]).lower()


def test_who_comes_back_is_a_new_person(api):
    """Nothing of before is left."""
    api.subscribers({"email": ADA, "plan": "pro"}, {"email": "bob@x.com"})
    before = api.person(ADA)["uuid"]
    delete(api)
    api.subscribers({"email": ADA})
    assert (api.person(ADA)["fields"], api.person(ADA)["uuid"] != before) == (None, True)


@pytest.mark.parametrize(("email", "status"), [("nonsense", 422), (None, 422), (["a@x.com"], 422)])
def test_what_is_no_address_is_a_422(api, email, status):
    """Named by its field."""
    answer = delete(api, email)
    assert (answer.status_code, answer.json()) == (status, {"errors": [{"field": "email", "message": "is invalid"}]})


def test_a_missing_wrapper_is_a_400(api):
    """As everywhere."""
    assert api.post("/data_deletion_requests", {"email": ADA}).status_code == 400


def test_deleting_a_tag_discards_it_and_restores_it(api):
    """A toggle, with a message; people keep the tag."""
    api.subscribers({"email": ADA, "tags": "VIP"})

    def toggle():
        return api.session.delete(api.base + "/fetch/tags/1", json={"tag": {"name": "VIP"}}, timeout=10)

    def discarded_at():
        return api.get("/fetch/tags").json()["data"][0]["attributes"]["discarded_at"]

    assert toggle().json() == {"message": "Tag (VIP) deleted successfully"}
    assert discarded_at() is not None
    assert toggle().json() == {"message": "Tag (VIP) restored successfully"}
    assert discarded_at() is None
    assert api.person(ADA)["cached_tag_ids"] == ["1"]


def test_a_tag_is_deleted_without_a_body_too(api):
    """The id counts."""
    api.post("/fetch/tags", {"tag": {"name": "VIP"}})
    assert api.session.delete(api.base + "/fetch/tags/1", timeout=10).status_code == 200


@pytest.mark.parametrize("tag", ["9", "VIP", "9" * 30])
def test_a_tag_that_does_not_exist_is_a_404(api, tag):
    """Nothing is discarded."""
    api.post("/fetch/tags", {"tag": {"name": "VIP"}})
    answer = api.session.delete(f"{api.base}/fetch/tags/{tag}", timeout=10)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    assert api.get("/fetch/tags").json()["data"][0]["attributes"]["discarded_at"] is None
