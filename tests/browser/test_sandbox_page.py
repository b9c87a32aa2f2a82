"""The sandbox's page in a real browser: it keeps up by itself, runs nothing that came in, and needs no mouse."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from browser.sandbox_pages import LAPTOP, PAGES, PHONE, Opener, broadcast, email, send
from playwright.sync_api import Locator, Page, expect

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror='window.pwned=1'><script>window.pwned=1;alert(1)</script>\"'><svg onload=window.pwned=1>"
Picture = Callable[[str, Page | Locator], None]


def test_what_arrives_appears_without_reloading(sandbox: RunningSandbox, open_page: Opener) -> None:
    """In the list, in the tabs, and said politely to whoever listens."""
    page = open_page(f"{sandbox.url}/people")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.same = true")
    send(sandbox, "subscribers", {"email": "ada@example.com"}, {"email": "grace@example.com"})
    expect(page.get_by_role("link", name="ada@example.com")).to_be_visible()
    expect(page.get_by_role("link", name="People 2")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("2 new in people")
    assert page.evaluate("window.same")


def test_searching_finds_and_clearing_brings_all_back(sandbox: RunningSandbox, open_page: Opener) -> None:
    """With the keyboard alone."""
    send(sandbox, "subscribers", *[{"email": f"p{number}@x.io"} for number in range(30)])
    page = open_page(f"{sandbox.url}/people")
    box = page.get_by_label("Email or field")
    box.fill("p17")
    box.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#tally")).to_contain_text("1 match of 30")
    send(sandbox, "subscribers", {"email": "p17b@x.io"}, {"email": "other@x.io"})
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("tbody tr")).to_have_count(32)


def test_a_time_and_an_address_narrow_list_chart_and_download(sandbox: RunningSandbox, open_page: Opener) -> None:
    """All three hold the same events; the end is not included."""
    hours = [f"2026-03-01T{hour:02}:00:00Z" for hour in range(24)]
    for name in ("ada", "grace"):
        send(sandbox, "events", *[{"email": f"{name}@x.io", "type": "t", "date": hour} for hour in hours])
    page = open_page(f"{sandbox.url}/events")
    page.get_by_label("Happened from (UTC)").fill("2026-03-01T06:00:00")
    page.get_by_label("Happened before (UTC)").fill("2026-03-01T09:00:00")
    page.get_by_label("Email").fill("ADA@")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#tally")).to_contain_text("3 matches of 48")
    expect(page.locator("#chart")).to_contain_text("3 events")
    times = page.locator("tbody tr td:first-child time").all_inner_texts()
    assert times == ["2026-03-01 08:00:00", "2026-03-01 07:00:00", "2026-03-01 06:00:00"]
    with page.expect_download() as started:
        page.get_by_role("link", name="Download as JSON Lines").click()
    assert started.value.suggested_filename.endswith(".jsonl")
    lines = [json.loads(line) for line in started.value.path().read_text().splitlines()]
    assert sorted(line["record"]["date"] for line in lines) == hours[6:9]
    assert {line["email"] for line in lines} == {"ada@x.io"}


@pytest.mark.parametrize("path", ["/broadcasts/1", "/emails/1"])
def test_a_preview_shows_the_mail_and_nothing_in_it_runs(sandbox: RunningSandbox, open_page: Opener, path: str) -> None:
    """Scripts, forms, frames, pictures, refreshes and links lead nowhere."""
    send(sandbox, "subscribers", {"email": "ada@example.com", "tags": "vip"})
    send(sandbox, "broadcasts", broadcast())
    send(sandbox, "emails", email())
    page = open_page(sandbox.url + path)
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("heading", name="Fresh today")).to_be_visible()
    expect(mail.get_by_text("Hello {{ visitor.first_name }}")).to_be_visible()
    expect(page.get_by_role("link", name="ada@example.com")).to_be_visible()
    mail.get_by_text("order").click()
    mail.get_by_role("button", name="send").click()
    expect(mail.get_by_role("heading", name="Fresh today")).to_be_visible()
    expect(page).to_have_url(sandbox.url + path)
    assert [frame.url for frame in page.frames if "evil.example" in frame.url] == []


def test_an_email_that_arrives_appears_with_its_outcome(sandbox: RunningSandbox, open_page: Opener) -> None:
    """On the overview at once; one that is not delivered says so, and leads to what was sent."""
    send(sandbox, "events", {"email": "ada@example.com", "type": "$unsubscribe"})
    page = open_page(sandbox.url)
    expect(page.get_by_text("No emails yet.")).to_be_visible()
    send(sandbox, "emails", email())
    expect(page.locator("#emails")).to_contain_text("not delivered")
    page.locator("#emails").get_by_role("link", name="Fresh, Ada").click()
    expect(page.get_by_role("heading", name="Fresh, Ada")).to_be_visible()
    page.locator("#email-1 summary").click()
    expect(page.locator("#email-1 pre")).to_contain_text('"subject": "Fresh, {{ name }}"')


def test_approving_a_draft_sends_it(sandbox: RunningSandbox, open_page: Opener) -> None:
    """As a person does in Bento's app."""
    send(sandbox, "subscribers", {"email": "ada@example.com", "tags": "vip"})
    send(sandbox, "broadcasts", broadcast())
    page = open_page(f"{sandbox.url}/broadcasts/1")
    page.get_by_role("button", name="Approve and send now").click()
    expect(page.get_by_role("heading", name="Recipients")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel broadcast")).to_have_count(0)


def test_a_button_makes_the_next_requests_fail(sandbox: RunningSandbox, open_page: Opener) -> None:
    """And the page shows the order, what is left of it, and the request that met it."""
    page = open_page(sandbox.url)
    page.get_by_role("button", name="Next 3 requests: 502").click()
    expect(page.locator("#faults")).to_contain_text("3 pending")
    assert send(sandbox, "subscribers", {"email": "ada@example.com"}) == 502
    expect(page.locator("#faults")).to_contain_text("2 pending")
    expect(page.locator("#requests tbody tr").first).to_contain_text("502")
    page.get_by_role("button", name="Clear faults").click()
    expect(page.locator("#faults")).to_contain_text("No faults pending")
    page.get_by_role("button", name="Accept, then drop").click()
    expect(page.locator("#faults")).to_contain_text("apply then reset")
    with pytest.raises(requests.ConnectionError):
        send(sandbox, "subscribers", {"email": "ada@example.com"})
    expect(page.locator("#requests tbody tr").first).to_contain_text("dropped")
    expect(page.locator("#people")).to_contain_text("ada@example.com")


def test_any_fault_can_be_ordered_in_detail(sandbox: RunningSandbox, open_page: Opener) -> None:
    """Each kind explains itself and asks only for what it needs."""
    page = open_page(sandbox.url)
    page.get_by_text("Other faults").click()
    form = page.locator("#fault-form")
    form.get_by_label("What happens").select_option("slow")
    expect(form.get_by_text("the reply is delayed")).to_be_visible()
    expect(form.get_by_label("Status", exact=True)).to_be_hidden()
    form.get_by_label("Seconds").fill("0.1")
    form.get_by_label("Endpoint").select_option("/batch/events")
    form.get_by_label("Number of requests").fill("2")
    form.get_by_role("button", name="Inject").click()
    expect(page.locator("#faults")).to_contain_text("2 pending")
    (fault,) = sandbox.control.pending_faults()
    assert (fault["kind"], fault["path"], fault["count"], fault["seconds"]) == ("slow", "/batch/events", 2, 0.1)


def test_settings_are_changed_and_refusals_explained(sandbox: RunningSandbox, open_page: Opener) -> None:
    """Limit, replies, header of a 429; the fields show the settings that apply."""
    page = open_page(sandbox.url)
    limit = page.get_by_label("Limit", exact=True)
    limit.fill("7 per fortnight")
    limit.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Rejected: a limit must look like 60/minute per ip")
    limit.fill("7/minute per ip")
    limit.press("Enter")
    expect(page.locator("#gauge")).to_contain_text("0 of 7")
    page.get_by_label("Limit of stats").fill("5/hour")
    page.get_by_role("button", name="Set the limits of stats and deletions").click()
    expect(page.get_by_role("status")).to_contain_text("Limits of stats and deletions changed")
    assert sandbox.control.get("/settings")["stats_limit"] == "5/hour"
    page.get_by_label("Response format of").select_option("2021")
    page.locator("form", has_text="Response format of").get_by_role("button").click()
    expect(page.locator("#facts")).to_contain_text("2021")
    page.get_by_label("Retry-After header of a 429").select_option("seconds")
    page.locator("form", has_text="Retry-After").get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("header")
    assert sandbox.control.get("/settings")["retry_after"] == "seconds"
    page.get_by_label("Retry-After header of a 429").select_option("none")
    page.locator("form", has_text="Retry-After").get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("header")
    sandbox.control.set(limit="9/minute per ip")
    expect(limit).to_have_value("9/minute per ip")
    assert sandbox.control.get("/settings")["retry_after"] is None


def test_queues_are_processed_and_time_is_moved(sandbox: RunningSandbox, open_page: Opener) -> None:
    """At once, or as the clock goes on."""
    page = open_page(sandbox.url)
    page.get_by_label("Queue delay").fill("subscribers=600")
    page.get_by_label("Queue delay").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("delay changed")
    send(sandbox, "subscribers", {"email": "ada@example.com"})
    expect(page.locator("#queues")).to_contain_text("1 record is waiting: 1 subscribers")
    page.get_by_role("button", name="Process queues now").click()
    expect(page.locator("#people")).to_contain_text("ada@example.com")
    send(sandbox, "subscribers", {"email": "grace@example.com"})
    page.get_by_role("button", name="+1 hour").click()
    expect(page.locator("#people")).to_contain_text("grace@example.com")
    page.get_by_role("button", name="Stop time").click()
    expect(page.locator("#facts")).to_contain_text("stopped")
    page.get_by_role("button", name="Resume time").click()
    expect(page.locator("#facts")).not_to_contain_text("stopped")


def test_a_reset_asks_first(sandbox: RunningSandbox, open_page: Opener) -> None:
    """The safe answer has the focus, Escape means no, and the focus comes back."""
    send(sandbox, "subscribers", {"email": "ada@example.com"})
    page = open_page(sandbox.url)
    page.get_by_role("button", name="Reset …").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Reset …")).to_be_focused()
    assert sandbox.control.stats()["stored"]["people"] == 1
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing has arrived yet")).to_be_visible()
    assert sandbox.control.stats()["stored"]["people"] == 0


def test_nothing_that_came_in_runs_anywhere(sandbox: RunningSandbox, open_page: Opener) -> None:
    """On every page, loaded afresh or put in place live."""
    page = open_page(sandbox.url)
    send(sandbox, "subscribers", {"email": f"{EVIL}@x.io", EVIL: EVIL, "tags": EVIL}, EVIL, {"email": EVIL})
    send(sandbox, "events", {"email": f"{EVIL}@x.io", "type": EVIL, "details": {EVIL: EVIL}}, {"type": EVIL})
    send(sandbox, "broadcasts", broadcast(name=EVIL, subject=EVIL, segment_id=EVIL, **{"from": {"email": EVIL}}), {})
    send(sandbox, "emails", email(subject=EVIL, html_body=EVIL, personalizations={EVIL: EVIL}, cc=EVIL))
    requests.get(f"{sandbox.api}/{EVIL}", headers={"User-Agent": "<script>pwned=1</script>"}, timeout=10)
    expect(page.locator("#requests tbody tr")).to_have_count(5)
    expect(page.locator("#emails")).to_contain_text("<img src=x onerror=")
    expect(page.locator("#broadcasts")).to_contain_text("<img src=x onerror=")
    for path in PAGES:
        page.goto(sandbox.url + path)
        for details in page.locator("details").all():
            details.evaluate("node => { node.open = true }")
        assert page.locator("main img, main svg svg").count() == 0
        assert page.evaluate("window.pwned") is None


def test_the_keyboard_goes_through_the_page_in_its_order(sandbox: RunningSandbox, open_page: Opener) -> None:
    """Past the frame by the first link, then tabs, filters, rows; a record opens with Enter."""
    send(sandbox, "events", {"email": "ada@example.com", "type": "bought", "details": {"deep": 1}})
    page = open_page(f"{sandbox.url}/events")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    order = []
    for _ in range(14):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim().split(/\\s+/)[0]"))
    assert order == [
        "Bento",
        "Pause",
        "Overview",
        "People",
        "Events",
        "Emails",
        "Broadcasts",
        "Sequences",
        "Automations",
        "Deletions",
        "Rejects",
        "Requests",
        "Stats",
        "Download",
    ]
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Download as JSON Lines")).to_be_focused()
    page.locator("details.record summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.record pre")).to_contain_text('"deep": 1')
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_what_somebody_is_at_survives_what_arrives(sandbox: RunningSandbox, open_page: Opener) -> None:
    """Focus, opened records, selected text, half-typed searches."""
    send(sandbox, "events", *[{"email": f"p{number}@x.io", "type": "t"} for number in range(3)])
    page = open_page(f"{sandbox.url}/events")
    page.get_by_label("Email").fill("half a")
    page.locator("#event-2 summary").click()
    page.get_by_role("link", name="p1@x.io").focus()
    send(sandbox, "events", {"email": "new@x.io", "type": "t"})
    expect(page.get_by_role("link", name="new@x.io")).to_be_visible()
    expect(page.get_by_role("link", name="p1@x.io")).to_be_focused()
    expect(page.locator("#event-2")).to_have_attribute("open", "")
    expect(page.get_by_label("Email")).to_have_value("half a")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#rows tbody'))")
    send(sandbox, "events", {"email": "later@x.io", "type": "t"})
    expect(page.get_by_role("link", name="Events 5")).to_be_visible()
    assert page.get_by_role("link", name="later@x.io").count() == 0
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.get_by_role("link", name="later@x.io")).to_be_visible()


def test_a_paused_page_stands_still_and_catches_up(sandbox: RunningSandbox, open_page: Opener) -> None:
    """For whoever cannot read what moves."""
    page = open_page(f"{sandbox.url}/people")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    other = open_page(f"{sandbox.url}/people")
    send(sandbox, "subscribers", {"email": "ada@example.com"})
    expect(other.get_by_text("ada@example.com")).to_be_visible()
    assert page.get_by_text("ada@example.com").count() == 0
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("ada@example.com")).to_be_visible()


def test_a_sandbox_that_is_gone_is_named_and_found_again(open_page: Opener, tmp_path: Path) -> None:
    """With its state, at the same address."""
    with running_sandbox(state=tmp_path / "state.db") as first:
        send(first, "subscribers", {"email": "ada@example.com"})
        page = open_page(f"{first.url}/people")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("The sandbox does not respond.")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"state at \d\d:\d\d:\d\d UTC"))
    expect(page.get_by_text("Not reachable")).to_be_visible()
    expect(page.get_by_text("ada@example.com")).to_be_visible()
    with running_sandbox(state=tmp_path / "state.db", port=first.server.address[1]) as second:
        send(second, "subscribers", {"email": "grace@example.com"})
        expect(page.get_by_text("grace@example.com")).to_be_visible(timeout=15_000)
        expect(page.locator("#gone")).to_be_empty()
        expect(page.get_by_text("Live", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_no_page_is_wider_than_the_screen(
    sandbox: RunningSandbox, open_page: Opener, device: dict[str, Any], scheme: str
) -> None:
    """Whatever came in: long addresses and subjects, right-to-left names, emoji, no spaces at all."""
    long = "x" * 300
    send(
        sandbox,
        "subscribers",
        {"email": f"{long}@{long}.io", long: long, "tags": f"{long},vip", "first_name": "محمد"},
        long,
    )
    send(sandbox, "events", {"email": f"{long}@{long}.io", "type": long, "details": {long: long}}, {"type": long})
    send(sandbox, "emails", email(to=f"{long}@{long}.io", subject=long, personalizations={long: long}, reply_to=long))
    sandbox.control.post("/segments", {"id": long, "name": long, "tags": [long], "fields": {long: long}})
    send(sandbox, "broadcasts", broadcast(name=long, subject="🍱" * 100, segment_id=long, exclusive_tags=long))
    sandbox.control.inject("status", f"/{long}")
    page = open_page(sandbox.url, **device, color_scheme=scheme)
    for path in (*PAGES, f"/people?q={long}", "/nothing"):
        page.goto(sandbox.url + path)
        wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= screen, path
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(18, 22, 20)") == (scheme == "dark")


def shop(sandbox: RunningSandbox) -> None:
    """Fill a sandbox as a shop's DAGs would over a month."""
    names = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Annie Easley", "Mary Jackson", "Radia Perlman"]
    people = [
        {
            "email": f"{name.lower().replace(' ', '.')}{number or ''}@example.com",
            "first_name": name.split()[0],
            "last_name": name.split()[1],
            "plan": "pro" if number % 3 else "free",
            "tags": ["customer", "vip"] if number % 4 == 0 else ["customer"],
        }
        for number in range(7)
        for name in names
    ]
    send(sandbox, "subscribers", *people, {"email": "not an address"})
    now = datetime.now(UTC)
    kinds = ("page_viewed", "page_viewed", "$purchase", "lesson_finished")
    for day in range(30):
        send(
            sandbox,
            "events",
            *[
                {
                    "email": people[(day * 7 + number) % len(people)]["email"],
                    "type": kinds[number % 4],
                    "date": (now - timedelta(days=29 - day, hours=number % 24)).isoformat(),
                    "details": {"unique": {"key": f"{day}-{number}"}, "value": {"currency": "USD", "amount": 1999}},
                }
                for number in range(30 + (day * 13) % 40 + day * 2)
            ],
        )
    mails = [
        broadcast(name="Weekly digest 47", inclusive_tags="customer", subject="This week in the shop"),
        broadcast(
            name="Winter sale", approved=True, send_at="2020-01-01", inclusive_tags="customer", exclusive_tags="vip"
        ),
        broadcast(
            name="New year", approved=True, send_at=(now + timedelta(days=9)).isoformat(), batch_size_per_hour=1000
        ),
    ]
    send(sandbox, "broadcasts", *mails)
    receipt = {"from": "shop@example.com", "html_body": "<p>Thank you, {{ name }}</p>", "transactional": True}
    orders = [(one["email"], one["first_name"], 1000 + number) for number, one in enumerate(people[:4])]
    send(
        sandbox,
        "emails",
        *[
            {**receipt, "to": to, "subject": f"Your order {order}", "personalizations": {"name": name}}
            for to, name, order in orders
        ],
    )
    sandbox.control.inject("status", status=502)
    send(sandbox, "subscribers", people[0])
    send(sandbox, "subscribers", people[0])
    sandbox.control.inject("status", "/batch/events", status=502, count=3)


def test_the_page_of_a_busy_shop_has_its_picture_taken(open_page: Opener, picture: Picture) -> None:
    """For the documentation, where that is asked for; else it only has to be there."""
    with running_sandbox(limit="100/minute per family") as sandbox:
        shop(sandbox)
        dark = {**LAPTOP, "color_scheme": "dark"}
        for name, view in {"sandbox-page": LAPTOP, "sandbox-page-dark": dark, "sandbox-phone": PHONE}.items():
            page = open_page(sandbox.url, **view)
            expect(page.locator("#broadcasts")).to_contain_text("Winter sale")
            expect(page.get_by_text("Live", exact=True)).to_be_visible()
            picture(name, page)
