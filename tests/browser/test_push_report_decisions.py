"""Decisions on the page "Bento" when the world changes while somebody decides; Airflow's API is played by the test."""

from __future__ import annotations

import json
import mimetypes
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from browser.conftest import ROOT
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

STATIC = ROOT / "airflow_provider_bento" / "plugins" / "static"
ARRIVED, MISSING, STOP = "They arrived: skip them", "They did not arrive: send again", "Stop"
CHANGED = "This is not what the task asks now. Look again, then decide. Nothing was changed."


class Airflow:
    """An API that answers from memory.

    :ivar tasks: task instances by task id.
    :ivar published: XComs by task id.
    :ivar status: of each kind of change, if it is not 200.
    :ivar changes: what the page asked for, in order.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, dict[str, Any]] = {}
        self.published: dict[str, dict[str, Any]] = {}
        self.status: dict[str, int] = {}
        self.changes: list[tuple[str, str]] = []

    def push(self, task: str, *spans: tuple[int, int], state: str, tries: int = 1, more: int = 0) -> None:
        """Let a task be in doubt: ``asking`` or ``in_doubt``."""
        of_airflow = {"asking": "awaiting_input", "in_doubt": "failed"}[state]
        self.tasks[task] = {
            "dag_id": "d",
            "dag_run_id": "r+1/x",
            "task_id": task,
            "map_index": -1,
            "try_number": tries,
            "state": of_airflow,
            "start_date": "2026-11-27T10:00:00Z",
            "operator": "BentoBatchEventsOperator",
        }
        doubts = [list(span) for span in spans]
        self.published[task] = {"state": state, "endpoint": "events", "doubts": doubts, "more_doubts": more}

    def answer(self, route: Route) -> None:
        """Answer a request of the page."""
        path = unquote(urlsplit(route.request.url).path)
        if path.startswith("/bento/"):
            file = STATIC / (path.removeprefix("/bento/") or "page.html")
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])
            return
        what = path.rpartition("/")[2]
        if route.request.method != "GET":
            self.changes.append((route.request.method, what))
        status = self.status.get(f"{route.request.method} {what}", 200)
        if status == 0:
            route.abort()
        else:
            route.fulfill(status=status, body=json.dumps(self._value(path)), content_type="application/json")

    def _value(self, path: str) -> Any:
        if path.endswith("/~/taskInstances"):
            return {"task_instances": list(self.tasks.values())}
        task = path.partition("/taskInstances/")[2].partition("/")[0]
        if "/xcomEntries/" in path:
            return {"value": self.published[task]}
        return {"options": [ARRIVED, MISSING, STOP]} if path.endswith("/hitlDetails") else self.tasks.get(task, {})


@pytest.fixture
def airflow() -> Airflow:
    """An Airflow without pushes."""
    return Airflow()


@pytest.fixture
def page(page: Page, airflow: Airflow) -> Page:
    """The page's files as they are shipped."""
    page.route("**/*", airflow.answer)
    return page


def confirmed(page: Page, task: str, choice: str) -> None:
    """Open a push and choose; the confirmation is not pressed yet."""
    page.goto("http://airflow.example/bento/")
    page.get_by_role("button", name=f"d · {task}").click()
    page.locator("#detail").get_by_role("button", name=choice, exact=True).click()


def pressed(page: Page, choice: str) -> str:
    """Press the confirmation; return what the page says."""
    page.get_by_role("button", name=f"Yes: {choice}").click()
    told = page.locator("#detail [role=status]")
    expect(told).not_to_have_text("Telling Airflow…")
    return told.inner_text()


@pytest.mark.parametrize("state", ["asking", "in_doubt"])
@pytest.mark.parametrize(("tries", "spans"), [(2, (0, 9)), (1, (0, 99)), (2, (500, 599))])
def test_a_decision_is_only_about_what_was_shown(
    page: Page, airflow: Airflow, state: str, tries: int, spans: tuple[int, int]
) -> None:
    """Another try, or other positions: nothing is told to Airflow."""
    airflow.push("a", (0, 9), state=state)
    confirmed(page, "a", MISSING)
    airflow.push("a", spans, state=state, tries=tries)
    assert pressed(page, MISSING).startswith(CHANGED)
    assert airflow.changes == []


def test_another_push_that_is_opened_has_its_own_buttons(page: Page, airflow: Airflow) -> None:
    """A confirmation does not outlive the push that it was for."""
    airflow.push("a", (0, 9), state="asking")
    airflow.push("b", (20, 29), state="asking")
    confirmed(page, "a", MISSING)
    page.get_by_role("button", name="d · b").click()
    expect(page.locator("#detail h2")).to_have_text("d · b")
    expect(page.get_by_role("button", name=f"Yes: {MISSING}")).to_have_count(0)
    expect(page.locator("#detail")).to_contain_text("positions 20 to 29")


@pytest.mark.parametrize("status", [403, 409, 500])
def test_a_word_does_not_stay_if_the_task_could_not_be_cleared(page: Page, airflow: Airflow, status: int) -> None:
    """Otherwise whoever clears the task for another reason would send the records again."""
    airflow.push("a", (0, 9), state="in_doubt")
    airflow.status["POST clearTaskInstances"] = status
    confirmed(page, "a", MISSING)
    assert "Nothing was changed." in pressed(page, MISSING)
    assert airflow.changes == [("PUT", "in_doubt"), ("POST", "clearTaskInstances"), ("DELETE", "in_doubt")]


@pytest.mark.parametrize(("clearing", "deleting"), [(0, 200), (500, 500)])
def test_a_word_that_stays_is_told(page: Page, airflow: Airflow, clearing: int, deleting: int) -> None:
    """Without a reply the task may be using it already; or it could not be deleted."""
    airflow.push("a", (0, 9), state="in_doubt")
    airflow.status |= {"POST clearTaskInstances": clearing, "DELETE in_doubt": deleting}
    confirmed(page, "a", ARRIVED)
    assert "Your decision is stored, and is used as soon as anybody clears the task." in pressed(page, ARRIVED)


def test_an_answer_without_a_reply_may_have_arrived(page: Page, airflow: Airflow) -> None:
    """The page does not say that nothing happened."""
    airflow.push("a", (0, 9), state="asking")
    airflow.status["PATCH hitlDetails"] = 0
    confirmed(page, "a", MISSING)
    assert "Look at the task: your decision may have arrived." in pressed(page, MISSING)


def test_chunks_that_are_not_listed_are_counted(page: Page, airflow: Airflow) -> None:
    """A question is about all of them; a word of the page could only be about those it knows."""
    spans = [(number * 10, number * 10 + 9) for number in range(10)]
    airflow.push("a", *spans, state="asking", more=5)
    airflow.push("b", *spans, state="in_doubt", more=5)
    confirmed(page, "a", MISSING)
    expect(page.locator("#detail")).to_contain_text("90 to 99 and in 5 more chunks.")
    page.get_by_role("button", name="d · b").click()
    expect(page.locator("#detail")).to_contain_text("Decide on the task's page.")
    expect(page.get_by_role("button", name=MISSING)).to_have_count(0)
