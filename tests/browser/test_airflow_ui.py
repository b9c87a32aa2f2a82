"""What people see of the provider in Airflow's UI: its connection form, trigger forms, and a task's page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from airflow_provider_bento.connection.form import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browser.conftest import Picture
    from system.local_airflow import LocalAirflow

    from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = [pytest.mark.system, pytest.mark.browser]

STANDARD = [one for one in FIELDS if one.store != "extra"]
EXTRAS = [one for one in FIELDS if one.store == "extra"]
FORMS = [
    "bento_alert",
    "bento_approval",
    "bento_backfill",
    "bento_broadcast",
    "bento_commands",
    "bento_customers_in_step",
    "bento_deletion",
    "bento_emails",
    "bento_generator",
    "bento_mapped",
    "bento_open_rates",
    "bento_parquet",
    "bento_shop",
    "bento_sql",
    "bento_trigger_form",
    "bento_wait",
]


def new_connection(page: Page, airflow: LocalAirflow, conn_id: str) -> Locator:
    """Open Airflow's form for a new connection of our type."""
    page.goto(f"{airflow.url}/connections")
    page.get_by_role("button", name="Add Connection").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Connection ID").fill(conn_id)
    form.get_by_label("Connection Type").fill("bento")
    form.get_by_role("option", name="Bento", exact=True).click()
    return form


def save(form: Locator) -> None:
    """Save the form and wait until it is gone."""
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()


def row(page: Page, airflow: LocalAirflow, conn_id: str) -> Locator:
    """Return the connection's row in the list."""
    page.goto(f"{airflow.url}/connections")
    return page.get_by_role("row").filter(has_text=conn_id)


def fill(form: Locator, connection: dict[str, str], **changed: str) -> None:
    """Fill in what leads to a sandbox, port 0 included, with which every release can test the connection."""
    for one in STANDARD:
        form.get_by_label(one.label, exact=True).fill(({"port": "0"} | connection | changed)[one.store])


@pytest.fixture
def named(airflow: LocalAirflow) -> Iterator[str]:
    """Return the id for a connection that a test makes, which is removed after it."""
    yield "bento_newsletter"
    stored = airflow.call("GET", "connections")["connections"]
    if any(one["connection_id"] == "bento_newsletter" for one in stored):
        airflow.call("DELETE", "connections/bento_newsletter")


def test_form_shows_our_fields_and_keeps_the_secret(
    page: Page, airflow: LocalAirflow, bento: RunningSandbox, named: str, picture: Picture
) -> None:
    """Labels, hints, help texts and defaults are there; what was saved comes back, but not the secret key."""
    form = new_connection(page, airflow, named)
    for one in STANDARD:
        expect(form.get_by_label(one.label, exact=True)).to_have_attribute("placeholder", one.placeholder)
    picture("connection-form", form)
    fill(form, bento.connection)
    form.get_by_role("button", name="Extra Fields", exact=True).click()
    for one in EXTRAS:
        expect(form.get_by_text(one.label, exact=True)).to_be_visible()
        expect(form.get_by_text(one.help)).to_be_visible()
        expect(form.locator(f"[name=element_{one.name}]")).to_have_value(one.default or "")
    page.set_viewport_size({"width": 1280, "height": 1250})
    picture("connection-form-extra", form)
    save(form)

    row(page, airflow, named).get_by_role("button", name="Edit Connection").click()
    form = page.get_by_role("dialog")
    secret = form.get_by_label("Secret key", exact=True)
    expect(secret).to_have_value("***")
    form.get_by_role("button", name="Show value").click()
    expect(secret).to_have_value("***")
    expect(form.get_by_label("Publishable key", exact=True)).to_have_value(bento.connection["login"])
    assert bento.connection["password"] not in page.content()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, ("Test Connection Successful", "the keys and the Site UUID are valid"), id="right"),
        pytest.param({"password": "sk_wrong"}, ("Test Connection Failed", "401"), id="wrong-key"),
    ],
)
def test_test_button_says_what_is_right_or_wrong(
    page: Page, airflow: LocalAirflow, bento: RunningSandbox, named: str, changed: dict[str, str], said: tuple[str, str]
) -> None:
    """In a sentence, for a connection that was made in the form."""
    form = new_connection(page, airflow, named)
    fill(form, bento.connection, **changed)
    save(form)
    row(page, airflow, named).get_by_role("button", name="Test Connection").click()
    for words in said:
        expect(page.get_by_role("region", name="Notifications")).to_contain_text(words)


def trigger_form(page: Page, airflow: LocalAirflow, dag_id: str) -> Locator:
    """Open the form that starts a DAG."""
    airflow.wait_for_dag(dag_id)
    page.goto(f"{airflow.url}/dags/{dag_id}")
    page.get_by_role("button", name="Trigger").first.click()
    return page.get_by_role("dialog")


@pytest.mark.parametrize("dag_id", FORMS)
def test_each_form_says_what_each_field_is(page: Page, airflow: LocalAirflow, dag_id: str, picture: Picture) -> None:
    """Every parameter has a type, limits or choices, a title and a description, and the form shows the last two."""
    form = trigger_form(page, airflow, dag_id)
    for name, param in airflow.call("GET", f"dags/{dag_id}/details")["params"].items():
        schema = param["schema"]
        assert schema["type"] == "boolean" or schema.keys() & {"enum", "format", "maximum", "maxLength"}, name
        field = form.get_by_role("group").filter(has_text=param["description"])
        expect(field).to_be_visible()
        expect(field).to_contain_text(schema["title"])
    if dag_id == "bento_trigger_form":
        page.set_viewport_size({"width": 1280, "height": 1150})
        picture("trigger-form", form)


def test_every_example_has_such_a_form(airflow: LocalAirflow) -> None:
    """There is no example that the test above does not open."""
    for dag_id in FORMS:
        airflow.wait_for_dag(dag_id)
    examples = airflow.call("GET", "dags", params={"tags": "example", "limit": 100})["dags"]
    assert sorted(one["dag_id"] for one in examples) == FORMS


def test_form_makes_the_broadcast_it_asks_for(page: Page, airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """Audience, subject and text that somebody typed arrive to the letter, right-to-left names and emojis too."""
    form = trigger_form(page, airflow, "bento_trigger_form")
    form.get_by_label("Audience").fill("Leads")
    form.get_by_role("option", name="Leads").click()
    form.locator("[name=element_subject]").fill("🎉 Sale for שירה, 20 %")
    form.locator("[name=element_text]").fill("<p>Hello {{ visitor.first_name }}!</p>")
    with page.expect_response(lambda reply: reply.url.endswith("/dagRuns") and reply.request.method == "POST") as made:
        form.get_by_role("button", name="Trigger").click()
    assert airflow.wait_for_run("bento_trigger_form", made.value.json()["dag_run_id"]) == "success"
    [sent] = fresh_bento.control.records("broadcasts")
    assert (sent["inclusive_tags"], sent["subject"]) == ("lead", "🎉 Sale for שירה, 20 %")
    assert sent["content"] == "<p>Hello {{ visitor.first_name }}!</p>"


@pytest.fixture(scope="module")
def task_pages(airflow: LocalAirflow) -> dict[str, str]:
    """Return the addresses of the pages of two tasks that ran: one made a draft, one pushed 2,500 people."""
    tasks = {"bento_broadcast": "draft_digest", "bento_generator": "push_people"}
    runs = {dag_id: airflow.trigger(dag_id) for dag_id in tasks}
    for dag_id, run_id in runs.items():
        assert airflow.wait_for_run(dag_id, run_id) == "success"
    return {task: f"{airflow.url}/dags/{dag_id}/runs/{runs[dag_id]}/tasks/{task}" for dag_id, task in tasks.items()}


def test_task_links_to_the_draft(page: Page, task_pages: dict[str, str], bento: RunningSandbox) -> None:
    """The button leads to the broadcast that this task made."""
    page.goto(f"{task_pages['draft_digest']}/details")
    link = page.get_by_role("link", name="Open in Bento")
    made = [one["id"] for one in bento.control.everything("/broadcasts")]
    expect(link).to_have_attribute("href", f"{bento.url}/account/emails/broadcasts/{made[-1]}/edit")


def test_log_has_the_plan_and_the_sums(page: Page, task_pages: dict[str, str], picture: Picture) -> None:
    """What is pushed, and what became of every record; nothing is folded away."""
    page.goto(task_pages["push_people"])
    sums = page.get_by_text("subscribers: read 2,500 = accepted 2,500")
    expect(sums).to_be_visible()
    expect(page.get_by_text("Pushing subscribers as they are read, at 100/minute.")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 560})
    picture("task-log", page)


HIDDEN_TO_THE_RIGHT = """line => {
    const wider = one => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1;
    for (let one = line; one; one = one.parentElement) if (wider(one)) return one.scrollWidth - one.clientWidth;
    return 0;
}"""


@pytest.mark.parametrize("task", ["draft_digest", "push_people"])
def test_no_line_of_the_log_runs_out_of_the_page(page: Page, task_pages: dict[str, str], task: str) -> None:
    """On a laptop, the end of a push can be read without scrolling sideways."""
    page.goto(task_pages[task])
    last = page.get_by_text("retries 0")
    expect(last).to_be_visible()
    for line in (page.get_by_text(" = accepted "), last):
        assert line.evaluate(HIDDEN_TO_THE_RIGHT) == 0


RIGHT_EDGE = """line => {
    const text = document.createRange();
    text.selectNodeContents(line);
    return text.getBoundingClientRect().right;
}"""


@pytest.fixture(scope="module")
def failed_pages(airflow: LocalAirflow) -> dict[str, str]:
    """Return the addresses of the pages of two tasks that failed."""
    run = airflow.trigger("bento_failures")
    assert airflow.wait_for_run("bento_failures", run) == "failed"
    tasks = ("wrong_keys", "bad_record")
    return {task: f"{airflow.url}/dags/bento_failures/runs/{run}/tasks/{task}" for task in tasks}


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("wrong_keys", "What to do: fix keys or Site UUID of connection bento_wrong_keys, then clear the task."),
        ("bad_record", "What to do: fix the records below, or pass on_invalid_record='drop' and max_failed."),
    ],
)
def test_a_failed_task_says_first_what_to_do(
    page: Page, failed_pages: dict[str, str], task: str, what: str, picture: Picture
) -> None:
    """In one line that can be read to its end, above the only exception, without scrolling."""
    page.goto(failed_pages[task])
    line, failure = page.get_by_text(what), page.get_by_text("Task failed with exception")
    for shown in (line, failure):
        expect(shown).to_be_in_viewport()
    assert line.evaluate(RIGHT_EDGE) < 1252  # where the log's box ends; the trace below runs on
    assert line.bounding_box()["y"] < failure.bounding_box()["y"]  # type: ignore[index]
    expect(page.get_by_text("AirflowFailException: ")).to_have_count(1)
    expect(page.get_by_text("BentoAccessError: ").or_(page.get_by_text("BentoRecordError: "))).to_have_count(0)
    expect(page.get_by_text("::endgroup::")).to_have_count(0)
    if task == "wrong_keys":
        # folds the trace, which names this machine's folders; a click in its middle would scroll to the side
        page.get_by_text("AirflowFailException: ").click(position={"x": 5, "y": 5})
        expect(page.get_by_text("operators/base.py").first).to_be_hidden()
        page.set_viewport_size({"width": 1280, "height": 560})
        picture("task-log-error", page)


def test_rendered_templates_show_no_record(page: Page, task_pages: dict[str, str]) -> None:
    """Only how many there are; the content stays out of Airflow's database and pages."""
    page.goto(f"{task_pages['draft_digest']}/rendered_templates")
    expect(page.get_by_role("row").filter(has_text="broadcasts")).to_contain_text("<1 broadcasts")
    assert "visitor" not in page.content()
    assert "shop@example.com" not in page.content()


def test_xcom_shows_the_counts(page: Page, task_pages: dict[str, str], airflow: LocalAirflow, picture: Picture) -> None:
    """The task's result, as it is shown, is the summary that balances."""
    page.goto(f"{task_pages['push_people']}/xcom")
    result = page.get_by_role("row").filter(has_text="return_value")
    expect(result).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 760})
    page.get_by_role("button", name="Expand all extra JSON").click()
    expect(result).to_contain_text("dead_letters_path")  # the last line: the editor draws them one after another
    picture("xcom", page)
    *_, dag_id, _, run_id, _, task_id = task_pages["push_people"].split("/")
    summary = airflow.xcom(dag_id, run_id, task_id)
    assert summary["read"] == summary["accepted"] == 2500
    shown = result.inner_text()
    assert [name for name in ("endpoint", "read", "accepted", "invalid", "in_doubt") if name not in shown] == []
    assert "@" not in json.dumps(summary)
