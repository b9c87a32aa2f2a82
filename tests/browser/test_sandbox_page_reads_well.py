"""The sandbox's page for whoever reads it: nothing is cut that has to be read, every control has a name, and text
stands out from its ground; on a laptop and a phone, light and dark.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser.sandbox_pages import LAPTOP, LISTED, PAGES, PHONE, Opener, broadcast, delete, email, send
from playwright.sync_api import expect

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.browser

SMALL = {**PHONE, "viewport": {"width": 375, "height": 740}}
NOTEBOOK = {**LAPTOP, "viewport": {"width": 1280, "height": 720}}
DEVICES = pytest.mark.parametrize("device", [NOTEBOOK, SMALL], ids=["laptop", "phone"])

# What a date field lacks in width to show a whole date and time.
CUT_OFF = """() => [...document.querySelectorAll('input[type=datetime-local]')].map(field => {
    const free = field.cloneNode();
    free.style.cssText = 'display: inline-block; position: absolute; width: auto';
    document.body.append(free);
    const lacks = free.offsetWidth - field.offsetWidth;
    free.remove();
    return lacks;
})"""

# Text whose contrast with its ground is below 4.5 : 1 (WCAG 2.2, 1.4.3), but for what is switched off.
FAINT = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = color => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
    const ground = node => {
        const layers = [];
        for (let one = node; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
        return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
    };
    const light = color => {
        const [r, g, b] = color.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, node = text.parentElement;
        if (!text.data.trim() || !node.checkVisibility()) continue;
        if (node.closest('script, svg, .off, [aria-disabled=true]')) continue;
        const behind = ground(node), front = over(rgba(getComputedStyle(node).color), behind);
        const [high, low] = [light(front), light(behind)].sort((a, b) => b - a);
        if ((high + 0.05) / (low + 0.05) < 4.5) found.push(text.data.trim().slice(0, 40));
    }
    return found;
}"""

# Controls without a name, ids that stand twice, and names of buttons that stand for different things.
UNNAMED = """() => {
    const said = one => one.getAttribute('aria-label') || one.labels?.[0]?.innerText;
    const name = one => said(one) || one.innerText || one.title || '';
    const controls = [...document.querySelectorAll('a, button, input, select, summary, iframe, [role=meter]')];
    const unnamed = controls.filter(one => !name(one).trim() && one.tabIndex >= 0).map(one => one.outerHTML);
    const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
    const buttons = controls.filter(one => one.tagName === 'BUTTON').map(one => name(one).trim());
    const twice = all => all.filter((one, at) => all.indexOf(one) !== at);
    const first = document.querySelectorAll('h1').length === 1 ? [] : ['h1'];
    return [...unnamed, ...twice(ids), ...twice(buttons), ...first];
}"""


def fill(sandbox: RunningSandbox) -> None:
    """Leave something on every page."""
    send(sandbox, "subscribers", {"email": "ada@example.com", "tags": "vip", "first_name": "Ada"}, {"email": "no"})
    send(sandbox, "events", {"email": "ada@example.com", "type": "bought", "details": {"deep": 1}}, {"type": "x"})
    send(sandbox, "broadcasts", broadcast(), broadcast(batch_size_per_hour=1))
    send(sandbox, "subscribers", {"email": "gone@example.com"}, {"email": "away@example.com"})
    send(sandbox, "events", {"email": "away@example.com", "type": "$unsubscribe", "date": "nonsense"})
    send(sandbox, "emails", email(transactional=True), email(to="away@example.com"))
    sandbox.control.post("/segments", {"id": "pro", "name": "Pro users", "tags": ["vip"]})
    assert delete(sandbox, "gone@example.com") == 202


@DEVICES
def test_dates_that_are_filtered_by_can_be_read(sandbox: RunningSandbox, open_page: Opener, device: Any) -> None:
    """To the last digit, and which zone they are of stands beside them."""
    page = open_page(f"{sandbox.url}/events?since=2026-12-22T10:00:00Z&until=2026-12-22T11:30:59Z", **device)
    assert max(page.evaluate(CUT_OFF)) <= 0
    for label in ("Happened from (UTC)", "Happened before (UTC)"):
        expect(page.get_by_label(label)).to_be_visible()


@DEVICES
def test_what_is_left_of_a_fault_can_be_read(sandbox: RunningSandbox, open_page: Opener, device: Any) -> None:
    """Also where the fault's name and path are long."""
    sandbox.control.inject("status_after_applying", "/batch/broadcasts", status=503, count=100)
    page = open_page(sandbox.url, **device)
    left = page.get_by_text("100 pending")
    assert left.evaluate("one => one.scrollWidth <= one.clientWidth")


@DEVICES
def test_why_a_record_was_turned_away_can_be_read(sandbox: RunningSandbox, open_page: Opener, device: Any) -> None:
    """On the overview too, to the end."""
    fill(sandbox)
    page = open_page(sandbox.url, **device)
    reason = page.get_by_text("batch_size_per_hour must be between 10 and 250000")
    expect(reason).to_be_visible()
    assert reason.locator("xpath=ancestor::td").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert reason.evaluate("one => getComputedStyle(one.parentElement).whiteSpace") == "normal"


def inside(box: Any) -> float:
    """Return how wide something is that keeps off the edges of a phone."""
    assert box["x"] >= 15
    assert box["x"] + box["width"] <= 375 - 15
    return float(box["width"])


def test_a_refusal_and_a_question_fit_a_phone(sandbox: RunningSandbox, open_page: Opener) -> None:
    """The message has the screen's width, the dialog keeps off its edges."""
    page = open_page(sandbox.url, **SMALL)
    limit = page.get_by_label("Limit", exact=True)
    limit.fill("much")
    limit.press("Enter")
    said = page.get_by_role("status")
    expect(said).to_contain_text("Rejected: a limit must look like")
    assert inside(said.bounding_box()) > 320
    page.get_by_role("button", name="Reset …").click()
    assert inside(page.get_by_role("dialog").bounding_box()) > 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(sandbox: RunningSandbox, open_page: Opener, scheme: str) -> None:
    """On every page, empty and filled, with faults ordered and a window full."""
    sandbox.control.set(limit="7/minute per family")
    page = open_page(sandbox.url, color_scheme=scheme)
    for path in (*LISTED, "/nothing"):
        page.goto(sandbox.url + path)
        assert page.evaluate(FAINT) == [], path
    fill(sandbox)
    sandbox.control.inject("status", status=502)
    assert [send(sandbox, "subscribers", {"email": "ada@example.com"}) for _ in range(3)] == [502, 200, 429]
    for path in (*PAGES, "/people?q=nobody"):
        page.goto(sandbox.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate(FAINT) == [], path


def test_everything_has_a_name_of_its_own(sandbox: RunningSandbox, open_page: Opener) -> None:
    """For a screen reader's list of buttons, links and fields; and each page has one first heading."""
    fill(sandbox)
    sandbox.control.inject("status", status=502)
    page = open_page(sandbox.url)
    for path in (*PAGES, "/people?q=nobody", "/nothing"):
        page.goto(sandbox.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate(UNNAMED) == [], path


def test_a_keyboard_reaches_what_scrolls(sandbox: RunningSandbox, open_page: Opener) -> None:
    """Whatever is longer than its box can take the focus, and has a name then."""
    dates = [f"2026-01-{day:02}" for day in range(1, 29)]
    send(sandbox, "events", *[{"email": "ada@example.com", "type": "t", "date": date} for date in dates])
    page = open_page(sandbox.url)
    page.get_by_text("As a table").click()
    scrolled = page.get_by_role("region", name="Events over time as a table")
    assert scrolled.evaluate("one => one.scrollHeight > one.clientHeight && one.tabIndex === 0")
