"""Rate limits in both regimes, and the generations of replies."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from airflow_provider_bento.sandbox.in_thread import running_sandbox
from airflow_provider_bento.sandbox.rate_limit import Limiter, Regime, read_rates

ROW = {"email": "a@x.com"}
DRAFT = {"name": "n", "subject": "s", "content": "c", "type": "plain"}


@pytest.fixture
def slow(sandbox):
    """Let time stand still, so that windows move only on order."""
    sandbox.control.post("/clock", {"mode": "standing"})
    return sandbox


def test_per_ip_fetch_and_batch_share_one_window(api, slow):
    """What does not fit gets 429 with text and without Retry-After, and is not applied."""
    slow.control.set(limit="3/minute per ip")
    assert [api.get("/fetch/tags").status_code, api.subscribers(ROW).status_code, api.events().status_code] == [
        200,
        200,
        400,
    ]
    refused = api.subscribers(ROW, ROW)
    assert (refused.status_code, "retry-after" in refused.headers) == (429, False)
    assert refused.headers["content-type"].startswith("text/plain")
    assert len(slow.control.records("subscribers")) == 1
    assert slow.control.journal()[-1]["applied"] is False


def test_per_family_each_family_has_its_own_window(api, slow):
    """A full batch window leaves fetch open."""
    slow.control.set(limit="1/minute per family")
    statuses = [
        api.subscribers(ROW).status_code,
        api.events({**ROW, "type": "x"}).status_code,
        api.get("/fetch/tags").status_code,
    ]
    assert statuses == [200, 429, 200]


def test_the_window_rolls(api, slow):
    """A place is free again exactly one window after it was taken; refused requests take none."""
    slow.control.set(limit="2/minute per ip")
    seen = []
    for seconds in (0, 30, 29.999, 0.001, 29.999, 0.001):
        slow.control.advance(seconds)
        seen.append(api.get("/fetch/tags").status_code)
    assert seen == [200, 200, 429, 200, 429, 200]


def test_several_limits_hold_at_once(api, slow):
    """The stricter one counts, whichever it is at the time."""
    slow.control.set(limit="2/second, 3/minute per ip")
    seen = []
    for seconds in (0, 0, 0, 1, 0, 60):
        slow.control.advance(seconds)
        seen.append(api.get("/fetch/tags").status_code)
    assert seen == [200, 200, 429, 200, 429, 200]


def test_a_request_that_is_turned_away_takes_no_place(api, slow):
    """Wrong keys are refused before they are counted."""
    slow.control.set(limit="1/minute per ip")
    right, api.session.auth = api.session.auth, None
    assert api.get("/fetch/tags").status_code == 401
    api.session.auth = right
    assert api.get("/fetch/tags").status_code == 200


@pytest.mark.parametrize(
    ("style", "check"),
    [
        ("seconds", lambda value: 0 < int(value) <= 60),
        ("date", lambda value: parsedate_to_datetime(value) is not None),
        ("abc", lambda value: value == "abc"),
        ("-5", lambda value: value == "-5"),
    ],
)
def test_retry_after_can_be_switched_on(api, slow, style, check):
    """As seconds, as a date, or as any text."""
    slow.control.set(limit="1/minute per ip", retry_after=style)
    assert [api.get("/fetch/tags").status_code for _ in range(2)] == [200, 429]
    assert check(api.get("/fetch/tags").headers["retry-after"])
    if style == "seconds":
        slow.control.advance(int(api.get("/fetch/tags").headers["retry-after"]))
        assert api.get("/fetch/tags").status_code == 200


def test_stats_and_deletions_have_a_limit_of_their_own():
    """It replaces the general one, as the page of an endpoint overrides api/access; `off` ends all limits."""
    own = {"stats": read_rates("1/hour"), "deletion": read_rates("2/day")}
    for scope in ("ip", "family"):
        limiter = Limiter(Regime.parse(f"1/minute per {scope}"), own)
        asked = ("stats", "stats", "deletion", "deletion", "deletion", "fetch", "fetch")
        assert [bool(limiter.admit("ip", "key", family, 0)) for family in asked] == [
            False, True, False, False, True, False, True,
        ]  # fmt: skip
        assert {window["key"].split()[-1]: window["limit"] for window in limiter.usage(0)}["stats"] == 1
    off = Limiter(Regime.parse("off"), own)
    assert not any(off.admit("ip", "key", "stats", 0) for _ in range(5))


def test_the_limits_of_single_families_can_be_set(api, slow):
    """The defaults are 30 an hour for stats and 1000 a day for deletions."""
    defaults = slow.control.get("/settings")
    assert (defaults["stats_limit"], defaults["deletion_limit"]) == ("30/hour", "1000/day")
    slow.control.set(limit="1000/minute per ip", stats_limit="2/hour")
    assert [api.get("/stats/site").status_code for _ in range(3)] == [200, 200, 429]
    slow.control.set(stats_limit="off")
    assert [api.get("/stats/site").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("text", ["", "fast", "0/hour", "30/hour per ip", "30/hour, off"])
def test_a_limit_of_one_family_that_reads_like_none_is_refused(text):
    """A slip must not mean *no limit*."""
    with pytest.raises(ValueError, match="30/hour"):
        read_rates(text)


def test_the_gauge_shows_how_full_each_window_is(api, slow):
    """Used, limit and length of each window."""
    slow.control.set(limit="5/minute per family")
    api.get("/fetch/tags")
    api.get("/fetch/tags")
    (window,) = slow.control.stats()["limit"]["windows"]
    assert (window["used"], window["limit"], window["seconds"]) == (2, 5, 60)
    assert window["key"].endswith("fetch")


@pytest.mark.parametrize(
    "text", ["", "fast", "60", "60/year", "0/minute", "-1/minute", "60/minute per moon", "60/minute, x"]
)
def test_a_limit_that_reads_like_none_is_refused(text):
    """A slip must not mean *no limit*."""
    with pytest.raises(ValueError, match="60/minute"):
        Regime.parse(text)


def test_a_limiter_admits_exactly_its_rate_in_every_window():
    """Over many times of arrival, no window of a minute holds more than its limit, and none is wasted."""
    limiter = Limiter(Regime.parse("100/minute per ip"))
    admitted = [at for at in range(0, 300_000, 7) if not limiter.admit("ip", "key", "batch", at)]
    most = max(sum(1 for other in admitted if at - 60_000 < other <= at) for at in admitted)
    assert (most, len(admitted)) == (100, 500)


EXPECTED = {
    "2021": (201, {"results": 1}, {"results": 1}),
    "2024": (200, {"result": 1}, {"results": 1}),
    "2026": (200, {"results": 1, "failed": 1}, {"results": 1, "failed": 1}),
    "laravel": (200, {"data": {"results": 1}}, {"results": 1, "failed": 1}),
}


@pytest.mark.parametrize("profile", EXPECTED)
def test_batches_answer_in_the_shape_of_their_time(client_of, profile):
    """Status and body of imports and events."""
    status, imported, stored = EXPECTED[profile]
    with running_sandbox(profile=profile) as sandbox:
        api = client_of(sandbox)
        answers = api.subscribers(ROW, "x"), api.events({**ROW, "type": "x"}, "x")
        assert [(answer.status_code, answer.json()) for answer in answers] == [(status, imported), (status, stored)]


def test_the_replies_of_2021(api, sandbox):
    """Commands answered with the person at once; lists of one; 201."""
    sandbox.control.set(profile="2021", delay=60)
    commanded = api.command(
        {"command": "add_tag", **ROW, "query": "t"}, {"command": "change_email", **ROW, "query": "b@x.com"}
    )
    assert commanded.status_code == 201
    assert commanded.json()["data"]["attributes"]["email"] == "b@x.com"
    assert "navigation_url" not in commanded.json()["data"]["attributes"]
    assert isinstance(api.post("/fetch/tags", {"tag": {"name": "x"}}).json()["data"], list)
    (made,) = api.broadcasts(DRAFT).json()["data"]
    assert made["id"] == 1


def test_the_replies_of_2024(api, sandbox):
    """Counts for commands and broadcasts, `null` for nobody."""
    sandbox.control.set(profile="2024")
    assert api.command({"command": "subscribe", **ROW}, "x").json() == {"results": 1, "failed": 1}
    assert api.broadcasts(DRAFT, "x").json() == {"results": 1}
    assert api.get("/fetch/subscribers", params={"email": "n@x.com"}).json() == {"data": None}
    assert isinstance(api.post("/fetch/fields", {"field": {"key": "x"}}).json()["data"], list)


def test_the_replies_that_the_laravel_sdk_unwraps(api, sandbox):
    """The counts of imports and commands are below `data`; everything else is as in 2026."""
    sandbox.control.set(profile="laravel")
    assert api.command({"command": "subscribe", **ROW}).json() == {"data": {"results": 1}}
    assert api.broadcasts(DRAFT).json()["results"] == 1
    assert "navigation_url" in api.person("a@x.com")
    assert isinstance(api.post("/fetch/tags", {"tag": {"name": "x"}}).json()["data"], dict)


def test_the_maximum_of_a_batch_can_be_lowered(api, sandbox):
    """Older pages say 100 events."""
    sandbox.control.set(max_records={"events": 100})
    events = [{**ROW, "type": "x"}] * 101
    assert api.events(*events).status_code == 422
    assert api.events(*events[:100]).status_code == 200


def test_every_answer_can_be_late(api, sandbox):
    """What is asked is done first, then the answer waits."""
    sandbox.control.set(reply_delay=0.05)
    assert api.subscribers(ROW).elapsed.total_seconds() >= 0.05
    assert sandbox.control.journal()[0]["duration_ms"] >= 50
