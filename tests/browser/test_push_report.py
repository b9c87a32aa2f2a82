"""The page "Bento" in Airflow's UI: the last pushes, as an admin, an op, a viewer and somebody logged out see them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from browser.conftest import ROOT
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect
from system.asking import arrived_of, parked
from system.local_airflow import LocalAirflow

from airflow_provider_bento.decorators import bento as decorators
from airflow_provider_bento.operators.base import BentoBatchOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from browser.conftest import Picture

pytestmark = pytest.mark.browser  # its Airflow is its own, so it needs no turn at the shared one

USERS = {"admin": "ada:admin", "op": "otto:op", "viewer": "vera:viewer"}
ARRIVED, MISSING, STOP = "They arrived: skip them", "They did not arrive: send again", "Stop"
STATIC = ROOT / "airflow_provider_bento" / "plugins" / "static"
UPLOT_1_6_32 = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uPlot.LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}
HOSTILE: dict[str, Any] = {
    "endpoint": "<img src=x onerror=alert(1)>",
    "state": ["running"],
    "share": 1e300,
    "limit": 100,
    "chunk_size": 300,
    "counts": {"read": 10, "accepted": 1e300, "invalid": "many", "rejected": 7, "in_doubt": -3},
    "reasons": [["rejected", "<b>bold</b>", 7], "nonsense"],
    "doubts": [["a", None], 5],
    "points": [[30, 3000, 0], [60, 6000, 1], ["x"]],
    "url": "javascript:alert(1)",
}


Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def bento() -> Iterator[RunningSandbox]:
    """A local Bento of these tests."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def airflow(
    bento: RunningSandbox, database: Callable[[str], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalAirflow]:
    """A real Airflow below a path, with three users."""
    home = tmp_path_factory.mktemp("airflow")
    dags = home / "dags"
    dags.mkdir()
    for name in ("bento_report.py", "bento_asking.py"):
        (dags / name).symlink_to(ROOT / "tests" / "system" / "dags" / name)
    settings = {"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600"} | database("airflow_below_a_path")
    with LocalAirflow(home, dags, users=tuple(USERS.values()), path="/airflow", settings=settings) as running:
        running.add_connection("bento_default", bento.connection)
        yield running


@pytest.fixture(scope="module")
def runs(airflow: LocalAirflow, bento: RunningSandbox) -> SimpleNamespace:
    """Pushes that succeeded, dropped invalid records, stopped in doubt, and ask a person."""

    def ended(dag: str, **conf: Any) -> str:
        run = airflow.trigger(dag, conf)
        airflow.wait_for_run(dag, run)
        return run

    good = airflow.trigger("bento_report", {"count": 40, "who": "good"})
    invalid = airflow.trigger("bento_report", {"count": 20, "invalid": 6, "who": "invalid"})
    decorated = ended("bento_report_decorated", count=12)
    for run in (good, invalid):
        airflow.wait_for_run("bento_report", run)
    bento.control.inject("status_after_applying", "/batch/events", nth=3, status=502)  # these arrive
    held = ended("bento_report", count=30, who="held")
    bento.control.inject("reset_after_body", "/batch/events", nth=2)  # these do not
    asking = airflow.trigger("bento_asking", {"count": 15, "who": "asking"})
    parked(airflow, "bento_asking", asking)
    return SimpleNamespace(good=good, invalid=invalid, decorated=decorated, held=held, asking=asking)


@pytest.fixture
def visit(browser: Browser, airflow: LocalAirflow, runs: SimpleNamespace) -> Iterator[Visit]:
    """Return what opens the page as somebody; at the end no script may have failed, or run against the policy."""
    contexts: list[BrowserContext] = []
    broken: list[str] = []

    def opened(who: str = "admin", path: str = "bento/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options})
        contexts.append(context)
        if who:
            root = airflow.url.removesuffix("/airflow")
            context.add_cookies([{"name": "_token", "value": airflow.token(USERS[who]), "url": root}])
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("dialog", lambda dialog: (broken.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda line: broken.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(f"{airflow.url}/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert broken == []


def row(place: Page | FrameLocator, run: str) -> Locator:
    """Return the row of a run's push."""
    return place.get_by_role("row").filter(has_text=run)


def opened(page: Page, run: str) -> Locator:
    """Open a run's push, and return its details."""
    row(page, run).get_by_role("button").click()
    return page.locator("#detail")


def choose(page: Page, run: str, choice: str) -> Locator:
    """Decide about a doubt, and return the box in which the page answers."""
    details = opened(page, run)
    details.get_by_role("button", name=choice, exact=True).click()
    details.get_by_role("button", name=f"Yes: {choice}").click()
    return details


def test_the_chart_library_is_the_published_one() -> None:
    """What is shipped are the files of uPlot 1.6.32, unchanged."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").iterdir()}
    assert files == UPLOT_1_6_32


def test_the_page_asks_for_every_operator_that_pushes() -> None:
    """Airflow filters by the names of classes, so a new operator has to be named."""
    text = (STATIC / "pushes.js").read_text()
    listed = re.findall(r'"(\w+)"', text.split("OPERATORS = [")[1].split("]")[0])
    kinds = [one for one in vars(decorators).values() if isinstance(one, type) and "custom_operator_name" in vars(one)]
    assert sorted(listed) == sorted({*operators(BentoBatchOperator), *(kind.__name__ for kind in kinds)})


def operators(kind: type) -> Iterator[str]:
    """Yield the names of the operators that DAGs import."""
    import airflow_provider_bento.operators.bento as public

    return (
        name for name in public.__all__ if isinstance(vars(public)[name], type) and issubclass(vars(public)[name], kind)
    )


def test_pushes_are_listed_inside_airflow(visit: Visit, runs: SimpleNamespace, picture: Picture) -> None:
    """Those that need a person stand first; no address is on the page, and few requests are made."""
    page = visit(path="")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/xcomEntries/" in request.url else None)
    page.get_by_role("link", name="Bento", exact=True).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("row").nth(1)).to_contain_text("asks a person")
    expect(row(frame, runs.held)).to_contain_text("in doubt 5")
    expect(row(frame, runs.good)).to_contain_text("accepted 40")
    expect(row(frame, runs.invalid)).to_contain_text("invalid 6")
    expect(row(frame, runs.decorated)).to_contain_text("subscribers:")
    expect(frame.locator("#status")).to_contain_text("5 pushes, 1 not finished, 2 need attention.")
    expect(frame.get_by_text("planted")).to_have_count(0)
    assert len(asked) == 5
    picture("push-report", page)


def test_the_page_follows_the_theme_and_fits_a_phone(visit: Visit, runs: SimpleNamespace, picture: Picture) -> None:
    """Airflow's own choice of a theme counts; on a phone nothing is cut off."""
    page = visit(path="plugin/bento", color_scheme="dark")
    frame = page.frame_locator("iframe")
    expect(row(frame, runs.held)).to_be_visible()
    expect(frame.locator("body")).to_have_css("background-color", "rgb(17, 17, 19)")
    picture("push-report-dark", page)
    page.evaluate("localStorage.setItem('theme', 'light')")
    page.reload()
    expect(frame.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    phone = visit(viewport={"width": 320, "height": 640})
    expect(row(phone, runs.held)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 320
    picture("push-report-phone", phone)
    expect(opened(phone, runs.held).get_by_role("button", name=ARRIVED)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 320


def test_the_keyboard_is_enough(visit: Visit, runs: SimpleNamespace) -> None:
    """Everything that can be used has a name; a push opens with Enter, closes with Escape, and keeps its place."""
    page = visit()
    button = row(page, runs.good).get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(button).to_be_focused()
    nameless = """all => all.filter(one => !(one.ariaLabel || one.innerText || one.labels?.length)).length"""
    assert page.locator("a:visible, button:visible, input, select").evaluate_all(nameless) == 0


def test_filters_stand_in_the_address(visit: Visit, runs: SimpleNamespace) -> None:
    """An address can be shared, and "back" undoes a filter."""
    page = visit(path="bento/?dag=bento_report&state=in_doubt")
    expect(row(page, runs.held)).to_be_visible()
    expect(row(page, runs.good)).to_have_count(0)
    page.get_by_label("State").select_option("success")
    expect(row(page, runs.good)).to_be_visible()
    assert "state=success" in page.url
    page.go_back()
    expect(row(page, runs.held)).to_be_visible()
    expect(page.get_by_label("State")).to_have_value("in_doubt")
    page.get_by_role("button", name="Clear filters").click()
    expect(row(page, runs.asking)).to_be_visible()
    expect(page.get_by_label("DAG")).to_have_value("")


def test_somebody_logged_out_sees_nothing(visit: Visit) -> None:
    """The page itself holds no data."""
    page = visit(who="")
    expect(page.locator("#status")).to_have_text("You are logged out. Log in to Airflow, then reload this page.")
    expect(page.get_by_role("row")).to_have_count(0)


def test_a_viewer_may_look_and_not_decide(visit: Visit, airflow: LocalAirflow, runs: SimpleNamespace) -> None:
    """Airflow refuses both ways of deciding, and the page says so."""
    words = "You may not decide this. Ask somebody with the role Op. Nothing was changed."
    expect(choose(visit("viewer"), runs.held, MISSING)).to_contain_text(words)
    expect(choose(visit("viewer"), runs.asking, STOP)).to_contain_text(words)
    assert airflow.task("bento_report", runs.held, "push")["state"] == "failed"
    assert airflow.task("bento_asking", runs.asking, "push")["state"] == "awaiting_input"


def test_values_of_others_are_not_trusted(visit: Visit, airflow: LocalAirflow, runs: SimpleNamespace) -> None:
    """An author can store anything as an XCom: none of it becomes HTML, a script or an address."""
    path = f"dags/bento_report/dagRuns/{runs.good}/taskInstances/push/xcomEntries/bento_progress"
    true = airflow.call("GET", path, params={"map_index": -1})["value"]
    airflow.call("PATCH", path, json={"value": HOSTILE, "map_index": -1})
    page = visit()
    expect(row(page, runs.good)).to_contain_text("<img src=x onerror=alert(1)>")
    details = opened(page, runs.good)
    expect(details).to_contain_text("<b>bold</b>")
    expect(details.locator("canvas")).to_be_visible()
    expect(details.get_by_role("link", name="Open in Bento")).to_have_count(0)
    assert page.locator("img").count() == 0
    airflow.call("PATCH", path, json={"value": true, "map_index": -1})


def test_throughput_is_drawn_against_the_limit(
    visit: Visit, airflow: LocalAirflow, runs: SimpleNamespace, picture: Picture
) -> None:
    """The curve has its numbers beside it; here those of a push of five minutes, which no test waits for."""
    path = f"dags/bento_report/dagRuns/{runs.invalid}/taskInstances/push/xcomEntries/bento_progress"
    true = airflow.call("GET", path, params={"map_index": -1})["value"]
    paced = [28_500, 29_700, 29_400, 29_850, 18_300, 27_000, 29_700, 29_400, 29_850, 29_100]
    points = [[30 * (n + 1), sum(paced[: n + 1]) // 2, 24.5 * (n + 1)] for n in range(len(paced))]
    longer = {"counts": {**true["counts"], "read": 140_406, "accepted": 140_400}, "chunk_size": 300, "limit": 100}
    airflow.call("PATCH", path, json={"value": {**true, **longer, "points": points}, "map_index": -1})
    page = visit()
    details = opened(page, runs.invalid)
    expect(details).to_contain_text("Invalid and rejected, by reason")
    details.get_by_text("As numbers (limit: 30,000 records a minute)").click()
    expect(details.get_by_role("cell", name="28,500")).to_be_visible()
    details.get_by_text("As numbers").click()
    picture("push-report-throughput", details)
    airflow.call("PATCH", path, json={"value": true, "map_index": -1})


def test_airflow_shows_what_a_push_changed(
    visit: Visit, airflow: LocalAirflow, runs: SimpleNamespace, picture: Picture
) -> None:
    """The asset's page shows the pushes and the DAG that they start; each event has the counts."""
    [asset] = airflow.call("GET", "assets", params={"name_pattern": "shop_events"})["assets"]
    page = visit(path=f"assets/{asset['id']}")
    expect(page.get_by_text("Triggered Dag Run").first).to_be_visible()
    events = airflow.call("GET", "assets/events", params={"asset_id": asset["id"]})["asset_events"]
    assert {one["source_run_id"]: one["extra"]["accepted"] for one in events} == {runs.good: 40, runs.invalid: 20}
    expect(page.get_by_text("planted")).to_have_count(0)
    picture("assets", page)


def test_an_op_decides_about_a_doubt_that_was_held(
    visit: Visit, airflow: LocalAirflow, bento: RunningSandbox, runs: SimpleNamespace, picture: Picture
) -> None:
    """The push continues after these records, and so does what stands after it."""
    page = visit("op")
    details = opened(page, runs.held)
    details.get_by_role("button", name=ARRIVED).click()
    picture("push-report-doubt", page)
    details.get_by_role("button", name="Cancel").click()
    expect(details.get_by_role("button", name=ARRIVED)).to_be_focused()
    details.get_by_role("button", name=ARRIVED).click()
    details.get_by_role("button", name=f"Yes: {ARRIVED}").click()
    expect(details).to_contain_text("The push continues in a moment.")
    assert airflow.wait_for_run("bento_report", runs.held) == "success"
    assert airflow.task("bento_report", runs.held, "after")["state"] == "success"
    assert arrived_of(bento, "held") == Counter(f"held{n}@planted.example" for n in range(30))


def test_an_op_answers_a_question(
    visit: Visit, airflow: LocalAirflow, bento: RunningSandbox, runs: SimpleNamespace
) -> None:
    """The same as with Airflow's own buttons: the five that did not arrive are sent again."""
    details = choose(visit("op"), runs.asking, MISSING)
    expect(details).to_contain_text("The push continues in a moment.")
    assert airflow.wait_for_run("bento_asking", runs.asking) == "success"
    assert arrived_of(bento, "asking") == Counter(f"asking{n}@planted.example" for n in range(15))
