"""Sequences, workflows, their email templates, and form responses: what Bento's app makes and the API shows."""

from __future__ import annotations

import pytest

from airflow_provider_bento.sandbox.in_thread import running_sandbox

EMAIL = {"subject": "Day 2", "html": "<p>Hi</p>"}


def append(api, email=EMAIL, sequence="1"):
    """Append an email to a sequence."""
    return api.post(f"/fetch/sequences/{sequence}/emails/templates", {"email_template": email})


def subjects(api, kind="sequences", **query):
    """Return the subjects of each sequence's or workflow's emails by name."""
    listed = api.get(f"/fetch/{kind}", params=query).json()["data"]
    return {
        one["attributes"]["name"]: [email["subject"] for email in one["attributes"]["email_templates"]]
        for one in listed
    }


def test_a_new_sandbox_has_an_example_of_each(api):
    """So that a client's first list shows something."""
    (sequence,) = api.get("/fetch/sequences").json()["data"]
    (workflow,) = api.get("/fetch/workflows").json()["data"]
    assert (sequence["id"], sequence["type"], workflow["type"]) == ("1", "sequences", "workflows")
    assert sequence["attributes"]["email_templates"] == [{"id": 1, "subject": "Welcome", "stats": None}]
    assert (workflow["attributes"]["status"], "status" in sequence["attributes"]) == ("live", False)


def test_the_examples_reach_nobody(api, sandbox):
    """No person comes with them, and they are there again after a reset."""
    assert api.get("/stats/site").json()["user_count"] == 0
    append(api)
    sandbox.control.reset()
    assert subjects(api) == {"Example: welcome": ["Welcome"]}


def test_each_call_appends_an_email(api):
    """By the list's id, or the prefixed one that the docs and the CLI show."""
    first = append(api)
    assert first.status_code == 201
    assert first.json()["data"]["type"] == "email_templates"
    assert first.json()["data"]["attributes"]["subject"] == "Day 2"
    assert append(api, sequence="sequence_1").status_code == 201
    assert subjects(api)["Example: welcome"] == ["Welcome", "Day 2", "Day 2"]


def test_an_email_may_have_settings(api, sandbox):
    """All that the docs list; they are kept."""
    settings = {
        "inbox_snippet": "s", "delay_interval": "days", "delay_interval_count": 2, "editor_choice": "plain",
        "cc": "c@x.com", "bcc": "b@x.com", "to": "{{ visitor.email }}",
    }  # fmt: skip
    assert append(api, {**EMAIL, **settings}).status_code == 201
    (kept,) = [row for row in sandbox.control.everything("/templates") if row["subject"] == "Day 2"]
    assert kept["settings"] == settings


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"subject": " "}, {"subject": ["can't be blank"]}),
        ({"html": None}, {"html": ["can't be blank"]}),
        ({"delay_interval": "weeks"}, {"delay_interval": ["is not included in the list"]}),
        ({"delay_interval_count": 0}, {"delay_interval_count": ["must be a positive integer"]}),
        ({"delay_interval_count": "2"}, {"delay_interval_count": ["must be a positive integer"]}),
        ({"cc": ["a@x.com"]}, {"cc": ["is invalid"]}),
    ],
)
def test_an_invalid_email_is_a_422_by_field(api, change, errors):
    """As the Node client's tests show it; nothing is appended."""
    answer = append(api, {**EMAIL, **change})
    assert (answer.status_code, answer.json()) == (422, {"errors": errors})
    assert subjects(api)["Example: welcome"] == ["Welcome"]


@pytest.mark.parametrize("sequence", ["99", "2", "sequence_x", "9" * 30, "sequence_"])
def test_a_sequence_that_does_not_exist_is_a_404(api, sequence):
    """A workflow is none; in the words of the Node client's tests."""
    answer = append(api, sequence=sequence)
    assert (answer.status_code, answer.json()) == (404, {"error": "Sequence not found"})


def test_a_missing_wrapper_is_a_400(api):
    """As everywhere."""
    assert api.post("/fetch/sequences/1/emails/templates", EMAIL).status_code == 400


def test_a_template_can_be_read_and_changed(api):
    """What is not named stays; the sequence shows the new subject."""
    before = api.get("/fetch/emails/templates/1").json()["data"]
    changed = api.session.patch(
        api.base + "/fetch/emails/templates/1", json={"email_template": {"subject": "Hello"}}, timeout=10
    )
    assert (before["id"], before["attributes"]["subject"], before["attributes"]["stats"]) == ("1", "Welcome", None)
    assert changed.status_code == 200
    assert changed.json()["data"]["attributes"] == {**before["attributes"], "subject": "Hello"}
    assert api.get("/fetch/emails/templates/1").json() == changed.json()
    assert subjects(api)["Example: welcome"] == ["Hello"]


def test_a_template_that_does_not_exist(api):
    """200 with nothing for a GET, 404 for a PATCH."""
    for template in ("99", "x", "9" * 30):
        path = f"/fetch/emails/templates/{template}"
        assert (api.get(path).status_code, api.get(path).json()) == (200, {})
        answer = api.session.patch(api.base + path, json={"email_template": {"subject": "x"}}, timeout=10)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("path", ["/fetch/emails/templates/:id", "/fetch/emails/templates/1", "*"])
def test_a_fault_is_ordered_by_the_endpoint_or_by_one_resource(api, sandbox, path):
    """`:id` stands for any; the journal shows the path as it came."""
    sandbox.control.inject("status", path, status=502)
    assert [api.get("/fetch/emails/templates/1").status_code for _ in range(2)] == [502, 200]
    assert {entry["path"] for entry in sandbox.control.journal()} == {"/fetch/emails/templates/1"}


@pytest.mark.parametrize("change", [{}, {"subject": ""}, {"html": 1}, {"name": "x"}])
def test_a_change_that_changes_nothing_valid_is_a_422(api, change):
    """The template stays as it is."""
    answer = api.session.patch(api.base + "/fetch/emails/templates/1", json={"email_template": change}, timeout=10)
    assert answer.status_code == 422
    assert subjects(api)["Example: welcome"] == ["Welcome"]


def test_sequences_and_workflows_can_be_made(api, sandbox):
    """Through the control API; in Bento only the app can."""
    sequence = sandbox.control.post("/sequences", {"name": "Onboarding", "emails": [EMAIL, EMAIL]})["data"]
    sandbox.control.post("/workflows", {"name": "Cart", "status": "draft"})
    assert subjects(api)["Onboarding"] == ["Day 2", "Day 2"]
    assert append(api, sequence=str(sequence["id"])).status_code == 201
    assert [one["attributes"]["status"] for one in api.get("/fetch/workflows").json()["data"]] == ["live", "draft"]
    assert [row["name"] for row in sandbox.control.everything("/sequences")] == ["Example: welcome", "Onboarding"]
    assert [row["status"] for row in sandbox.control.everything("/workflows")] == ["live", "draft"]


def test_lists_come_in_pages(api, sandbox):
    """From 1 on; beyond the last there is an empty page."""
    sandbox.control.set(page_size=2)
    for name in ("a", "b"):
        sandbox.control.post("/sequences", {"name": name})
    assert list(subjects(api, page=1)) == ["Example: welcome", "a"]
    assert list(subjects(api, page=2)) == ["b"]
    assert subjects(api, page=3) == {}


def test_sites_have_sequences_of_their_own(client_of):
    """A template of another site is not found."""
    with running_sandbox(sites=("one", "two")) as sandbox:
        api = client_of(sandbox)
        api.session.params = {"site_uuid": "two"}
        (sequence,) = api.get("/fetch/sequences").json()["data"]
        assert api.get("/fetch/emails/templates/1").json() == {}
        assert append(api, sequence="1").status_code == 404
        assert append(api, sequence=sequence["id"]).status_code == 201


def test_a_form_response_has_the_recorded_shape(api, sandbox):
    """With the fields that were filled in and who did it."""
    api.subscribers({"email": "ada@x.com"})
    sandbox.control.post("/responses", {"form": "f1", "email": "ada@x.com", "fields": {"q": "a"}})
    (response,) = api.get("/fetch/responses", params={"id": "f1"}).json()["data"]
    data = response["attributes"]["data"]
    assert response["type"] == "events"
    assert (data["type"], data["fields"], data["identity"]) == (
        "$surveyFormCompleted",
        {"q": "a"},
        {"email": "ada@x.com"},
    )
    assert data["visitor"] == api.person("ada@x.com")["uuid"]
    assert data["site"] == api.session.params["site_uuid"]
    assert (data["location"]["latitude"], data["location"]["country_name"]) == (0.0, "Earth")
    assert data["page"].keys() == {"url", "host", "path", "protocol", "referrer"}
    assert [row["form"] for row in sandbox.control.everything("/responses")] == ["form_example", "f1"]


def test_a_form_that_nobody_answered_has_no_responses(api):
    """The example form has one."""
    assert api.get("/fetch/responses", params={"id": "x"}).json() == api.get("/fetch/responses").json() == {"data": []}
    assert len(api.get("/fetch/responses", params={"id": "form_example"}).json()["data"]) == 1


def test_examples_survive_a_restart(tmp_path, client_of):
    """They are made once for each site, not at each start."""
    for _ in range(2):
        with running_sandbox(state=tmp_path / "state") as sandbox:
            assert subjects(client_of(sandbox)) == {"Example: welcome": ["Welcome"]}
