"""The page's lists: every row once, whatever way one pages, and filters that find what they say."""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
import requests

from airflow_provider_bento.sandbox.page.chart import _top, chart
from airflow_provider_bento.sandbox.page.lists import LISTS, totals
from airflow_provider_bento.sandbox.store import search
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Slice

BROADCAST = {"subject": "s", "content": "c", "type": "plain"}


def page(sandbox, path, status=200):
    """Return the HTML at a path."""
    answer = requests.get(sandbox.url + path, headers={"Accept": "text/html"}, timeout=10)
    assert answer.status_code == status
    return answer.text


def ids(html):
    """Return the ids of the rows, from top to bottom."""
    return [int(number) for number in re.findall(r'<tr data-id="(\d+)"', html)]


def link(html, name):
    """Return where a link of the pager leads, or ``None``."""
    found = re.search(rf'id="{name}"[^>]* href="([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else None


def lines(sandbox, path):
    """Return the rows of a download."""
    answer = requests.get(sandbox.url + path, timeout=10)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "attachment" in answer.headers["content-disposition"]
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def many(sandbox, api):
    """A hundred and twenty people with two events each."""
    for start in range(0, 120, 40):
        api.subscribers(
            *[{"email": f"p{n}@x.io", "tags": "odd" if n % 2 else "even"} for n in range(start, start + 40)]
        )
    for hour in (1, 2):
        api.events(
            *[
                {"email": f"p{n}@x.io", "type": f"t{n % 3}", "date": f"2026-01-01T0{hour}:{n % 60:02d}:00Z"}
                for n in range(120)
            ]
        )
    return sandbox


def test_every_row_stands_on_exactly_one_page(many):
    """Older and older, then newer and newer."""
    seen, path = [], "/people"
    while path:
        html = page(many, path)
        seen += ids(html)
        last, path = path, link(html, "older")
    assert seen == list(range(120, 0, -1))
    back, path = [], last
    while path:
        html = page(many, path)
        back = ids(html) + back
        path = link(html, "newer")
    assert Counter(back) >= Counter(range(1, 121))
    assert ids(html) == list(range(120, 70, -1))


def test_links_of_the_pager_keep_the_filters(many):
    """Searching goes on page after page."""
    html = page(many, "/people?tag=odd")
    older = link(html, "older")
    assert urlsplit(older).query == f"tag=odd&before={ids(html)[-1]}"
    assert len(ids(html) + ids(page(many, older))) == 60


def test_a_page_beyond_the_end_says_so(many):
    """And leads back."""
    html = page(many, "/people?before=1")
    assert "no older rows" in html
    assert link(html, "newest") == "/people"


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/people?q=p11", 11),  # 11, 110 to 119
        ("/people?q=P119%40X", 1),
        ("/people?q=%25", 0),
        ("/people?tag=odd", 60),
        ("/people?tag=odd&q=p11", 6),
        ("/people?until=2020-01-01T00:00", 0),
        ("/events?q=p11", 22),
        ("/events?q=nobody", 0),
        ("/events?type=t0", 80),
        ("/events?type=t0&q=p11", 6),
        ("/events?since=2026-01-01T02:00", 120),
        ("/events?since=2026-01-01T01:58&until=2026-01-01T02:01", 6),
        ("/events?type=t1&since=2026-01-01T01:58&until=2026-01-01T02:02", 4),
        ("/automations?q=p11", 22),
        ("/automations?trigger=t2", 80),
        ("/requests?outcome=2xx", 5),
        ("/requests?outcome=4xx", 0),
        ("/requests?q=EVENTS", 2),
        ("/rejects?q=x", 0),
    ],
)
@pytest.mark.parametrize("few", [1000, 3])
def test_a_filter_finds_what_it_says(many, monkeypatch, path, count, few):
    """On the page, in the download, and in the tally; whether few people match or many."""
    monkeypatch.setattr(search, "_FEW", few)
    name, _, query = path.partition("?")
    html = page(many, path)
    assert len(ids(html)) == min(count, 50)
    assert len(lines(many, f"{name}.jsonl?{query}")) == count
    told = f"{count} {'match' if count == 1 else 'matches'} of"
    assert told in re.sub(r"\s+", " ", html) or "Nothing here yet" in html


def test_the_pages_of_a_download_are_all_of_it(many):
    """In the order of arrival, with dates and JSON as Bento's API has them."""
    people = lines(many, "/people.jsonl")
    assert [row["email"] for row in people] == [f"p{n}@x.io" for n in range(120)]
    assert people[0]["tags"] == ["even"]
    assert people[0]["created_at"].endswith("Z")
    (event,) = lines(many, "/events.jsonl?limit=1")
    assert event["record"] == {"email": "p0@x.io", "type": "t0", "date": "2026-01-01T01:00:00Z"}
    assert event["date"] == "2026-01-01T01:00:00Z"
    assert lines(many, "/requests.jsonl")[0]["time"] > 1.6e9


def test_requests_and_broadcasts_are_found_by_their_own_words(sandbox, api):
    """By what became of them; by name, subject and sender."""
    sandbox.control.inject("status", status=502)
    api.get("/fetch/tags")
    sandbox.control.inject("reset_after_body")
    with pytest.raises(requests.ConnectionError):
        api.get("/fetch/tags")
    sandbox.control.inject("status", status=500)
    api.get("/fetch/tags")
    api.broadcasts({**BROADCAST, "name": "Digest 1"}, {**BROADCAST, "name": "x", "from": {"email": "shop@x.io"}}, {})
    for outcome, count in {"5xx": 2, "dropped": 1, "fault": 3, "429": 0, "nonsense": 4}.items():
        assert len(ids(page(sandbox, f"/requests?outcome={outcome}"))) == count
    assert ids(page(sandbox, "/broadcasts?q=DIGEST")) == [1]
    assert ids(page(sandbox, "/broadcasts?q=shop%40")) == [2]
    assert ids(page(sandbox, "/broadcasts?state=sent")) == []
    assert len(ids(page(sandbox, "/rejects?kind=broadcasts&q=blank"))) == 1


def test_emails_are_found_by_their_own_words(sandbox, api):
    """By recipient, sender and subject as it was filled in; by whether they were delivered."""
    api.events({"email": "gone@x.io", "type": "$unsubscribe"})
    email = {"from": "shop@x.io", "html_body": "<p>x</p>", "subject": "Hi {{ name }}"}
    sent = [
        {**email, "to": "ada@x.io", "personalizations": {"name": "Ada"}},
        {**email, "to": "gone@x.io", "from": "other@x.io"},
        {**email, "to": "gone@x.io", "transactional": True},
    ]
    assert api.post("/batch/emails", {"emails": sent}).json()["results"] == 3
    for query, found in {"q=HI+ada": [1], "q=other": [2], "q=gone%40": [3, 2], "delivered=no": [2]}.items():
        assert ids(page(sandbox, f"/emails?{query}")) == found
        assert [line["id"] for line in lines(sandbox, f"/emails.jsonl?{query}")] == sorted(found)
    assert "Hi Ada" in page(sandbox, "/emails/1")


def test_deletions_are_found_by_their_state(sandbox, api):
    """No list shows an address in clear."""
    api.subscribers({"email": "ada@x.io"}, {"email": "bob@y.io"})
    for email, delay in (("ada@x.io", 0), ("bob@y.io", 60)):
        sandbox.control.set(delay={"deletions": delay})
        api.post("/data_deletion_requests", {"data_deletion_request": {"email": email}})
    done, waiting = (page(sandbox, f"/deletions?state={state}") for state in ("deleted", "waiting"))
    assert ("a…@x.io" in done, "b…@y.io" in waiting) == (True, True)
    assert (len(ids(done)), len(ids(waiting))) == (1, 1)
    assert "ada@x.io" not in done + page(sandbox, "/people") + page(sandbox, "/")


def test_sequences_and_workflows_are_found_by_their_own_words(sandbox, api):
    """By name, kind and the subjects of their emails, which are listed in their order."""
    added = {"email_template": {"subject": "Day two", "html": "<p>x</p>", "delay_interval": "days"}}
    assert api.post("/fetch/sequences/1/emails/templates", added).status_code == 201
    for query, found in {"q=WELCOME": [1], "q=day+two": [1], "kind=workflows": [2], "q=nothing": []}.items():
        assert ids(page(sandbox, f"/journeys?{query}")) == found
    html = page(sandbox, "/journeys?q=day")
    assert re.findall(r'href="/templates/(\d+)"', html) == ["1", "3"]
    (line,) = lines(sandbox, "/journeys.jsonl?q=day")
    assert [email["subject"] for email in line["emails"]] == ["Welcome", "Day two"]


def test_a_time_that_cannot_be_read_is_explained(sandbox):
    """As a page to people, as JSON to programs."""
    assert "since must be a date" in page(sandbox, "/events?since=yesterday", 400)
    answer = requests.get(f"{sandbox.url}/events.jsonl?since=yesterday", timeout=10)
    assert (answer.status_code, "since must be a date" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "date", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01"]
)
def test_a_date_at_the_end_of_all_years_breaks_nothing(sandbox, api, date):
    """It once made every list with that event in it fail."""
    api.events({"email": "a@x.io", "type": "t", "date": date}, {"email": "a@x.io", "type": "t"})
    assert len(ids(page(sandbox, "/events"))) == 2
    assert len(lines(sandbox, "/events.jsonl")) == 2
    assert sandbox.control.get("/events")["data"]
    page(sandbox, "/")


def test_a_null_byte_is_no_letter(sandbox, api):
    """SQLite's JSON functions lose text behind one; tags with it once broke the connection."""
    for _ in range(2):
        assert api.subscribers({"email": "a\0@x.io", "tags": "\0a,b\0"}).json()["results"] == 1
    purchase = {"email": "a@x.io", "type": "$purchase"}
    api.events(*[{**purchase, "details": {"unique": {"key": key}}} for key in ("\0a", "\0b")])
    assert len(lines(sandbox, "/events.jsonl")) == 2
    assert len(api.person("a@x.io")["cached_tag_ids"]) == 2
    assert api.post("/fetch/commands", {"command": {"command": "remove_tag", "email": "a\0@x.io", "query": "a"}}).ok


def test_records_that_no_text_can_hold_are_shown_somehow(sandbox, api):
    """Half a surrogate pair, numbers beyond all floats, nesting, megabytes."""
    deep = "[" * 500 + "]" * 500
    body = '{"events": [{"email": "a@x.io", "type": "t", "details": {"n": 1e400, "deep": %s, "long": "%s"}}]}'
    headers = {"Content-Type": "application/json"}
    api.session.post(f"{api.base}/batch/events", data=body % (deep, "x" * 10**6), headers=headers, timeout=10)
    api.session.post(f"{api.base}/batch/subscribers", data='{"subscribers": ["\\ud800"]}', headers=headers, timeout=10)
    assert len(page(sandbox, "/events")) < 100_000
    for name in LISTS:
        page(sandbox, f"/{name}")


def test_the_chart_counts_every_event_once(many):
    """All bars together, in whatever range, with and without filters."""
    html = page(many, "/events")
    bars = [int(count) for count in re.findall(r"<title>[^<]+: (\d+)</title>", html)]
    assert sum(bars) == 240
    assert "240 events, a bar for each minute" not in html  # 119 minutes need wider bars

    def total(filters):
        found = many.in_its_thread(lambda state: chart(state.storage, filters))
        assert found.total == sum(bar.count for bar in found.bars) <= found.top * len(found.bars)
        assert len(found.bars) <= 60
        return found.total

    hour, minute = 3_600_000, 60_000
    start = 1_767_229_200_000  # 2026-01-01T01:00:00Z
    assert total(Filters()) == 240
    assert total(Filters(choice="t0")) == 80
    assert total(Filters(text="p11")) == 22
    assert total(Filters(since=start + hour)) == 120
    assert total(Filters(since=start + minute // 2, until=start + minute + 1)) == 2
    assert total(Filters(choice="t0", since=start + hour, until=start + 2 * hour)) == 40
    assert many.in_its_thread(lambda state: chart(state.storage, Filters(until=5))) is None


def test_a_search_with_too_many_matches_gets_no_chart(many, monkeypatch):
    """Rather than one that everybody else waits for."""
    monkeypatch.setattr("airflow_provider_bento.sandbox.page.chart._MOST_SEARCHED", 22)
    monkeypatch.setattr("airflow_provider_bento.sandbox.page.site.MANY", 22)
    assert "Too many matching events for a chart" in page(many, "/events?q=p11")
    assert "events, a bar for each" in page(many, "/events?type=t0")


def test_a_scale_ends_at_a_round_number():
    """The next one above, whose half is a whole number too, unless it is one."""
    assert [_top(most) for most in (1, 2, 3, 8, 9, 10, 11, 99, 101, 115, 1_000_001)] == [
        1, 2, 4, 8, 10, 10, 12, 100, 120, 120, 1_200_000,
    ]  # fmt: skip


def test_a_chart_reaches_over_all_years(sandbox, api):
    """Two events ten thousand years apart; one event alone."""
    api.events({"email": "a@x.io", "type": "t", "date": "0001-01-01"})
    assert "1 events" in page(sandbox, "/events")
    api.events({"email": "a@x.io", "type": "t", "date": "9999-12-31"})
    found = sandbox.in_its_thread(lambda state: chart(state.storage, Filters()))
    assert (found.total, len(found.bars) <= 60) == (2, True)


@pytest.mark.parametrize("reach", ["hour", "day", "month", "all", "nonsense"])
def test_the_overview_s_chart_has_ranges(sandbox, api, reach):
    """What happened just now is in each of them."""
    api.events({"email": "a@x.io", "type": "t"})
    assert "1 events, a bar for each" in page(sandbox, f"/?range={reach}")


@pytest.mark.parametrize("name", LISTS)
def test_the_newest_page_is_found_without_sorting(many, name):
    """Ten thousand rows or a million: the first page reads fifty."""

    def plan(state):
        query = LISTS[name](state.storage, Filters())
        sql, values = Slice(None, 51, newest=True).query(
            f"EXPLAIN QUERY PLAN SELECT {query.columns} FROM {query.source}", query.key, query.conditions.parts, {}
        )
        return [row["detail"] for row in state.storage.rows(sql, values)]

    assert not [step for step in many.in_its_thread(plan) if "TEMP B-TREE" in step]


def test_totals_are_those_of_the_lists(many):
    """What stands in the tabs."""
    found = many.in_its_thread(lambda state: totals(state.storage))
    assert {name: count for name, count in found.items() if count} == {
        "people": 120,
        "events": 240,
        "journeys": 2,
        "requests": 5,
        "automations": 240,
    }
    assert found.keys() == LISTS.keys()
    html = page(many, "/")
    assert {
        name: int(count) for name, count in re.findall(r'data-tab="(\w+)".*?data-total="(\d+)"', html, re.DOTALL)
    } == found


def test_ten_thousand_rows_are_not_said_to_be_more(sandbox, api):
    """Matches are counted up to there, and shown fifty at a time."""
    for start in range(0, 10_000, 1000):
        api.subscribers(*[{"email": f"p{number}@x.io"} for number in range(start, start + 1000)])
    html = page(sandbox, "/people?q=x.io")
    assert "10,000 or more matches of 10,000" in html
    assert len(ids(html)) == 50
    assert "1 match of 10,000" in page(sandbox, "/people?q=p9999")
