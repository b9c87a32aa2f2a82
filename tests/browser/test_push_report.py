"""The page "Bento" in Airflow's UI shows the last pushes, with the session of whoever looks at it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from browser.conftest import ROOT
from playwright.sync_api import Page, expect
from system.asking import parked

if TYPE_CHECKING:
    from browser.conftest import Picture
    from system.local_airflow import LocalAirflow

    from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.browser

DAG = "bento_asking"
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


def test_the_chart_library_is_the_published_one() -> None:
    """What is shipped are the files of uPlot 1.6.32, unchanged."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").iterdir()}
    assert files == UPLOT_1_6_32


def test_a_push_is_shown_and_nothing_of_it_is_trusted(
    page: Page, airflow: LocalAirflow, fresh_bento: RunningSandbox, picture: Picture
) -> None:
    """A question stands first, with positions and no people; an author's own XCom runs no script."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("dialog", lambda dialog: (broken.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda line: broken.append(line.text) if "Content Security Policy" in line.text else None)
    fresh_bento.control.inject("reset_after_body", "/batch/events", nth=2)
    run = airflow.trigger(DAG, {"count": 15})
    parked(airflow, DAG, run)
    page.goto(f"{airflow.url}/plugin/bento")
    frame = page.frame_locator("iframe")
    row = frame.get_by_role("row").filter(has_text=run)
    expect(row).to_contain_text("asking")
    expect(row).to_contain_text("accepted 5, in doubt 5")
    row.get_by_role("button").click()
    expect(frame.locator("#detail")).to_contain_text("positions 5 to 9")
    expect(frame.get_by_text("planted")).to_have_count(0)
    picture("push-report-doubt", page)

    path = f"dags/{DAG}/dagRuns/{run}/taskInstances/push/xcomEntries/bento_progress"
    airflow.call("PATCH", path, json={"value": HOSTILE, "map_index": -1})
    page.goto(f"{airflow.url}/plugin/bento")
    expect(row).to_contain_text("<img src=x onerror=alert(1)>: rejected 7")
    row.get_by_role("button").click()
    expect(frame.locator("#detail")).to_contain_text("<b>bold</b>")
    expect(frame.locator("#detail")).not_to_contain_text("In doubt")
    expect(frame.locator("#detail canvas")).to_be_visible()
    expect(frame.get_by_role("link", name="Open in Bento")).to_have_count(0)
    assert frame.locator("img").count() == 0
    airflow.call("PATCH", f"dags/{DAG}/dagRuns/{run}", json={"state": "failed"})
    assert broken == []
