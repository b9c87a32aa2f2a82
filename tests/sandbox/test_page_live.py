"""What changes on the page and when: the stream, remembered answers, the panel, single screens."""

from __future__ import annotations

import http.client
import re
import time

import pytest
import requests

from airflow_provider_bento.sandbox.in_thread import running_sandbox
from airflow_provider_bento.sandbox.page.cache import Cache
from airflow_provider_bento.sandbox.page.lists import LISTS
from airflow_provider_bento.sandbox.page.live import Live
from airflow_provider_bento.sandbox.page.panel import panel, windows
from airflow_provider_bento.sandbox.page.templating import compact, duration, oneline, pretty, span

BROADCAST = {"name": "Digest", "subject": "s", "content": "c", "type": "plain"}


def page(sandbox, path):
    """Return the HTML at a path."""
    answer = requests.get(sandbox.url + path, headers={"Accept": "text/html"}, timeout=10)
    assert answer.status_code == 200
    return answer.text


def shown(html, region):
    """Return the text of what stands below an id, as far as its own section goes."""
    rest = html[html.index(f'id="{region}"') :]
    return " ".join(re.sub(r"<[^>]+>", " ", rest[rest.index(">") + 1 : rest.index("</section>")]).split())


class Stream:
    """The page's stream, line by line."""

    def __init__(self, sandbox) -> None:
        host, port = sandbox.server.address
        self.connection = http.client.HTTPConnection(host, port, timeout=10)
        self.connection.request("GET", "/live")
        self.answer = self.connection.getresponse()

    def next(self):
        """Wait for the next version."""
        while True:
            line = self.answer.readline().decode().strip()
            if line.startswith("data: "):
                return line.removeprefix("data: ")

    def close(self):
        """Go away, as a closed tab does."""
        self.answer.close()
        self.connection.close()


def test_the_stream_says_at_once_where_things_are_and_then_what_changes(sandbox, api):
    """The version that it says is the one that a page loaded then holds."""
    stream = Stream(sandbox)
    assert stream.answer.getheader("content-type").startswith("text/event-stream")
    first = stream.next()
    assert f'data-version="{first}"' in page(sandbox, "/")
    api.subscribers({"email": "a@x.io"})
    assert stream.next() != first
    stream.close()


def test_whoever_goes_away_is_not_told_any_more(sandbox):
    """No task is left behind for a tab that was closed."""
    streams = [Stream(sandbox) for _ in range(5)]
    for stream in streams:
        stream.next()
    running = len(sandbox.server.server_state.tasks)
    for stream in streams:
        stream.close()
    deadline = time.monotonic() + 10
    while len(sandbox.server.server_state.tasks) > running - 5 and time.monotonic() < deadline:
        sandbox.control.stats()
    assert len(sandbox.server.server_state.tasks) <= running - 5


@pytest.mark.parametrize(
    "change",
    [
        lambda box, api: api.get("/fetch/tags"),
        lambda box, api: box.control.inject("stall"),
        lambda box, api: box.control.set(profile="2021"),
        lambda box, api: box.control.set(limit="7/minute per ip"),
        lambda box, api: box.control.advance(1),
        lambda box, api: box.control.post("/clock", {"mode": "standing"}),
        lambda box, api: box.control.reset(),
    ],
)
def test_everything_that_shows_changes_the_version(sandbox, api, change):
    """Requests, faults, settings, time, a reset."""
    api.get("/fetch/fields")
    live = Live(sandbox.state)
    before = sandbox.in_its_thread(lambda _: live.version())
    assert sandbox.in_its_thread(lambda _: live.version()) == before
    change(sandbox, api)
    assert sandbox.in_its_thread(lambda _: live.version()) != before


def test_the_gauge_runs_empty_by_itself():
    """Nothing is written when a window moves on, and yet the page has to look again."""
    with running_sandbox(limit="5/1s per ip") as sandbox:
        live = Live(sandbox.state)
        url, auth = f"{sandbox.api}/fetch/tags", (sandbox.connection["login"], sandbox.connection["password"])
        requests.get(
            url,
            auth=auth,
            headers={"User-Agent": "t/1"},
            params={"site_uuid": sandbox.connection["schema"]},
            timeout=10,
        )
        full = sandbox.in_its_thread(lambda _: live.version())
        sandbox.in_its_thread(lambda state: state.clock.advance(2))
        assert sandbox.in_its_thread(lambda _: live.version()) != full


class Work:
    """Something costly, by an injected clock."""

    def __init__(self, takes: float) -> None:
        self.now, self.version, self.done, self.takes = 100.0, 1, 0, takes
        self.cache = Cache(lambda: self.version, lambda: self.now)

    def __call__(self):
        """Take a while."""
        self.now += self.takes
        self.done += 1
        return self.done

    def ask(self):
        """Look as a new page does."""
        self.cache.begin()
        return self.cache.get("question", self)


def test_an_answer_holds_while_nothing_changed():
    """However long."""
    work = Work(takes=1)
    assert work.ask() == 1
    work.now += 1000
    assert (work.ask(), work.cache.again) == (1, 0)


def test_a_cheap_answer_is_worked_out_after_every_change():
    """So a small state is never shown as it was."""
    work = Work(takes=0.001)
    work.ask()
    work.version += 1
    assert (work.ask(), work.cache.again) == (2, 0)


def test_a_costly_answer_is_used_a_while_longer_and_says_when_to_ask_again():
    """Twenty times as long as it took, so that a busy sandbox spends its time on requests."""
    work = Work(takes=0.1)
    work.ask()
    work.version += 1
    assert work.ask() == 1
    assert work.cache.again == pytest.approx(2.0)
    work.now += 2.1
    assert (work.ask(), work.cache.again) == (2, 0)


def test_not_every_answer_is_kept():
    """Searches are many; memory is not."""
    work = Work(takes=0)
    for number in range(1000):
        work.cache.get(number, work)
    assert len(work.cache._answers) == 64


def test_gauges_of_the_families_are_there_before_the_first_request(sandbox, api):
    """Each with its own count; a limit for each address has one."""
    sandbox.control.set(limit="3/minute, 9/hour per family")
    assert [(one["name"], one["used"], one["limit"]) for one in sandbox.in_its_thread(windows)] == [
        ("batch endpoints", 0, 3), ("batch endpoints", 0, 9), ("fetch endpoints", 0, 3), ("fetch endpoints", 0, 9),
    ]  # fmt: skip
    api.get("/fetch/tags")
    assert [one["used"] for one in sandbox.in_its_thread(windows)] == [0, 0, 1, 1]
    sandbox.control.set(limit="3/minute per ip")
    assert [one["name"] for one in sandbox.in_its_thread(windows)] == ["all other endpoints, from each address"]
    api.get("/fetch/tags")
    assert [one["name"] for one in sandbox.in_its_thread(windows)] == ["all other endpoints, from 127.0.0.1"]
    for _ in range(3):
        api.get("/fetch/tags")
    assert "limit reached: the next request gets 429" in shown(page(sandbox, "/"), "gauge")
    sandbox.control.set(limit="off")
    assert "No limit" in shown(page(sandbox, "/"), "gauge")


@pytest.mark.parametrize("delay", ["0", "documented", "subscribers=60, events=5"])
def test_a_delay_is_shown_as_it_can_be_typed(sandbox, delay):
    """What stands in the field can be sent back."""
    sandbox.control.set(delay=delay)
    assert sandbox.in_its_thread(panel)["delay"] == delay
    sandbox.control.set(delay=sandbox.in_its_thread(panel)["delay"])


def test_the_first_visit_says_how_to_connect(sandbox, api):
    """Until something arrived; a secret key that somebody chose is not shown."""
    assert "AIRFLOW_CONN_BENTO_DEFAULT" in shown(page(sandbox, "/"), "welcome")
    assert "sk_sandbox" in page(sandbox, "/")
    api.get("/fetch/tags")
    assert "AIRFLOW_CONN_BENTO_DEFAULT" not in page(sandbox, "/")
    with running_sandbox(secret_key="sk_mine") as own:
        assert "sk_mine" not in page(own, "/")


def test_a_person_s_page_has_all_of_one_person(sandbox, api):
    """Profile, events, automations, broadcasts received; nobody else's."""
    api.subscribers({"email": "a@x.io", "plan": "pro", "tags": "vip"}, {"email": "b@x.io"})
    api.events({"email": "a@x.io", "type": "bought"}, {"email": "b@x.io", "type": "left"})
    api.broadcasts({**BROADCAST, "approved": True, "send_at": "2020-01-01", "inclusive_tags": "vip"})
    mine, other = page(sandbox, "/people/1"), page(sandbox, "/people/2")
    assert all(word in mine for word in ("a@x.io", "plan", "pro", "vip", "bought", "Digest"))
    assert not [word for word in ("b@x.io", "left") if word in mine]
    assert "Digest" not in other


def test_an_email_s_page_has_all_of_one_email(sandbox, api):
    """Envelope, values, text, outcome; the overview counts it, and so does the person's page."""
    email = {
        "to": "ada@x.io", "from": "shop@x.io", "subject": "Hi {{ name }}", "html_body": "<p>{{ more }}</p>",
        "text_body": "Hello {{ name }}", "personalizations": {"name": "Ada"}, "reply_to": "help@x.io",
    }  # fmt: skip
    api.post("/batch/emails", {"emails": [email]})
    html = page(sandbox, "/emails/1")
    words = (
        "Hi Ada",
        "Hello Ada",
        "help@x.io",
        "shop@x.io",
        "delivered",
        "not transactional",
        "that is left is Liquid",
    )
    assert [word for word in words if word not in html] == []
    assert "1 delivered 0 not delivered" in shown(page(sandbox, "/"), "emails")
    assert "Hi Ada" in page(sandbox, "/people/1")
    answer = requests.get(f"{sandbox.url}/emails/2", headers={"Accept": "text/html"}, timeout=10)
    assert (answer.status_code, "a reset deletes all emails" in answer.text) == (404, True)


def test_a_template_s_page_has_all_of_one_template(sandbox, api):
    """What it belongs to, its settings; what was there before a reset is explained."""
    template = {
        "subject": "Day two", "html": "<p>x</p>", "delay_interval": "days", "delay_interval_count": 2, "cc": "c@x.io",
    }  # fmt: skip
    api.post("/fetch/sequences/1/emails/templates", {"email_template": template})
    html = page(sandbox, "/templates/3")
    assert [word for word in ("Day two", "Example: welcome", "2 days", "c@x.io") if word not in html] == []
    answer = requests.get(f"{sandbox.url}/templates/9", headers={"Accept": "text/html"}, timeout=10)
    assert (answer.status_code, "a reset deletes all email templates" in answer.text) == (404, True)


def test_the_stats_are_those_of_the_api(sandbox, api):
    """Site, segments and reports, with the numbers of now."""
    sandbox.control.post("/segments", {"id": "pro", "name": "Pro users", "fields": {"plan": "pro"}})
    api.subscribers({"email": "a@x.io", "plan": "pro"}, {"email": "b@x.io"}, {"email": "c@x.io"})
    api.events({"email": "b@x.io", "type": "$unsubscribe"})
    html = page(sandbox, "/stats")
    assert "People 3 Subscribed 2 Unsubscribed 1" in shown(html, "h-site-1")
    assert shown(html, "h-segments-1").split()[-6:] == ["none", "plan", "pro", "1", "1", "0"]
    assert "$unsubscribe" in shown(html, "h-reports-1")


def test_an_event_whose_date_cannot_be_read_is_marked(sandbox, api):
    """With what was sent; others are not."""
    api.events({"email": "a@x.io", "type": "t", "date": "nonsense"}, {"email": "a@x.io", "type": "t"})
    html = page(sandbox, "/events")
    assert (html.count("invalid date"), "nonsense" in html) == (1, True)


def test_a_broadcast_s_page_says_who_would_get_it_and_who_got_it(sandbox, api):
    """As people come and go, and for good once it is sent."""
    api.broadcasts({**BROADCAST, "inclusive_tags": "vip"})
    assert "No recipients: no subscribed person" in page(sandbox, "/broadcasts/1")
    api.subscribers(*[{"email": f"p{number}@x.io", "tags": "vip"} for number in range(120)])
    html = page(sandbox, "/broadcasts/1")
    assert "120 people" in shown(html, "h-audience")
    assert len(re.findall(r'class="email"', html)) == 50
    following = re.search(r'id="next"[^>]*href="([^"]+)"', html)[1]
    assert len(re.findall(r'class="email"', page(sandbox, following))) == 50
    sandbox.control.post("/broadcasts/1", {"action": "approve"})
    api.subscribers({"email": "late@x.io", "tags": "vip"})
    html = page(sandbox, "/broadcasts/1")
    assert "Recipients" in html
    assert "120 people" in shown(html, "h-audience")
    assert "late@x.io" not in page(sandbox, "/broadcasts/1?after=100")


def test_addresses_of_bento_s_own_app_lead_to_the_page(sandbox, api):
    """The link on a task's page works against the sandbox too."""
    made = api.broadcasts(BROADCAST).json()["broadcasts"][0]
    assert requests.get(made["dashboard_url"], timeout=10).url == f"{sandbox.url}/broadcasts/1"
    assert requests.get(f"{sandbox.url}/account/emails/broadcasts", timeout=10).url == f"{sandbox.url}/broadcasts"


def test_several_sites_are_told_apart():
    """The same address may be known to each."""
    with running_sandbox(sites=("a" * 32, "b" * 32)) as sandbox:
        session = requests.Session()
        session.auth = (sandbox.connection["login"], sandbox.connection["password"])
        session.headers["User-Agent"] = "t/1"
        for site in ("a" * 32, "b" * 32):
            body = {"subscribers": [{"email": "x@x.io"}]}
            session.post(f"{sandbox.api}/batch/subscribers", params={"site_uuid": site}, json=body, timeout=10)
        html = page(sandbox, "/people")
        assert ("site aaaaaaaa" in html, "site bbbbbbbb" in html) == (True, True)
        session.close()


def test_after_a_reset_what_was_there_is_explained(sandbox, api):
    """A page that is still open learns it that way."""
    api.subscribers({"email": "a@x.io"})
    page(sandbox, "/people/1")
    sandbox.control.reset()
    answer = requests.get(f"{sandbox.url}/people/1", headers={"Accept": "text/html"}, timeout=10)
    assert (answer.status_code, "a reset deletes all people" in answer.text) == (404, True)


@pytest.mark.parametrize("name", [name for name in LISTS if name != "journeys"])  # there are examples
def test_an_empty_list_says_what_it_is_for(sandbox, name):
    """And a search in it does not claim that filters are to blame."""
    assert "Nothing here yet." in page(sandbox, f"/{name}")
    assert "Nothing here yet." in page(sandbox, f"/{name}?q=x")


def test_numbers_are_written_for_people():
    """Sizes and times."""
    assert [compact(value) for value in (0, 999, 1000, 12_345, 999_999, 1_000_000)] == [
        "0", "999", "1k", "12.3k", "1000k", "1M",
    ]  # fmt: skip
    assert [duration(value) for value in (None, 0.04, 9.96, 250, 1500)] == ["", "0.0 ms", "10 ms", "250 ms", "1.5 s"]
    assert [span(value) for value in (1000, 60_000, 7_200_000, 86_400_000, 1500)] == [
        "second", "minute", "2 hours", "day", "1500 ms",
    ]  # fmt: skip


def test_records_are_written_for_people():
    """In one line without what stands beside it, in many lines, cut where they become too long."""
    assert oneline('{"type":"t","x":1}', ("type",)) == '{"x":1}'
    assert oneline("not  \n json") == "not json"
    assert pretty('{"x":[1]}') == '{\n  "x": [\n    1\n  ]\n}'
    assert pretty('"' + "x" * 9000 + '"').endswith("the download has all of it")
