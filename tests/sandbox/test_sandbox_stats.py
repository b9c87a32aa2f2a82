"""GET /stats/site, /stats/segment, /stats/report and /stats/ads: counts of what is stored."""

from __future__ import annotations

import pytest


@pytest.fixture
def people(api):
    """Import three people, one of whom is unsubscribed."""
    api.subscribers(
        {"email": "ada@x.com", "tags": "vip", "utm_source": "google"},
        {"email": "bob@x.com", "tags": "vip", "command": "unsubscribe", "utm_source": "google"},
        {"email": "eve@x.com"},
    )


def purchase(email, key, amount, currency="USD"):
    """Return a purchase."""
    details = {"unique": {"key": key}, "value": {"currency": currency, "amount": amount}}
    return {"email": email, "type": "$purchase", "details": details}


def test_an_empty_site_counts_nobody(api):
    """Three whole numbers, by which the CLI checks keys."""
    assert api.get("/stats/site").json() == {"user_count": 0, "subscriber_count": 0, "unsubscriber_count": 0}


def test_the_site_counts_its_people(api, people):
    """Flat, without `data`."""
    assert api.get("/stats/site").json() == {"user_count": 3, "subscriber_count": 2, "unsubscriber_count": 1}


@pytest.mark.parametrize("path", ["/stats/segment?segment_id=s1", "/stats/segments/s1"])
def test_a_segment_counts_its_people(api, sandbox, people, path):
    """By today's path and by that of Node 1."""
    sandbox.control.post("/segments", {"id": "s1", "tags": ["vip"]})
    counts = {"user_count": 2, "subscriber_count": 1, "unsubscriber_count": 1}
    assert api.get(path).json() == counts
    sandbox.control.set(profile="laravel")
    assert api.get(path).json() == {"data": counts}


def test_a_segment_that_does_not_exist_is_a_404(api):
    """In JSON."""
    for answer in (api.get("/stats/segment"), api.get("/stats/segment", params={"segment_id": "x"})):
        assert (answer.status_code, answer.json()) == (404, {"error": "Segment not found"})


@pytest.mark.parametrize("path", ["/stats/report?report_id=visitors", "/stats/reports/visitors"])
def test_a_report_is_flat_or_below_report_data(api, sandbox, people, path):
    """As Node reads it, or as Laravel and the documentation of 2024 show it."""
    report = {
        "data": 3,
        "chart_style": "counter",
        "report_type": "Reporting::Reports::VisitorCountReport",
        "report_name": "People",
    }
    assert api.get(path).json() == report
    for profile in ("2024", "laravel"):
        sandbox.control.set(profile=profile)
        assert api.get(path).json() == {"report_data": report}


def test_a_report_counts_the_subscribed(api, people):
    """Without those who left."""
    assert api.get("/stats/report", params={"report_id": "subscribers"}).json()["data"] == 2


def test_a_report_may_have_rows(api):
    """Group, day and count, as the Go client reads them."""
    api.events(
        {"email": "a@x.com", "type": "a", "date": "2026-01-02"},
        {"email": "a@x.com", "type": "a", "date": "2026-01-02T23:59:59Z"},
        {"email": "a@x.com", "type": "b", "date": "2026-01-03"},
    )
    report = api.get("/stats/report", params={"report_id": "events"}).json()
    assert report["chart_style"] == "column_chart"
    assert report["data"] == [{"g": "a", "x": "2026-01-02", "y": 2}, {"g": "b", "x": "2026-01-03", "y": 1}]


def test_a_report_can_be_defined(api, sandbox):
    """With whatever data; in Bento only the app can."""
    sandbox.control.post("/reports", {"id": "7", "name": "Churn", "data": [1, 2], "chart_style": "line_chart"})
    report = api.get("/stats/report", params={"report_id": "7"}).json()
    assert (report["report_name"], report["data"], report["chart_style"]) == ("Churn", [1, 2], "line_chart")
    assert [one["id"] for one in sandbox.control.get("/reports")["data"]] == ["7"]


@pytest.mark.parametrize("path", ["/stats/report", "/stats/report?report_id=x", "/stats/reports/x"])
def test_a_report_that_does_not_exist_is_a_404(api, path):
    """In JSON."""
    answer = api.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Report not found"})


def test_ads_are_grouped_by_source(api, people):
    """Signups by `utm_source`, customers and revenue from their purchases."""
    api.events(
        purchase("ada@x.com", "1", 1000), purchase("ada@x.com", "2", 500), purchase("bob@x.com", "3", 200, "EUR")
    )
    stats = api.get("/stats/ads").json()
    totals = stats["totals"]
    assert (stats["dimension"], stats["dimensionLabel"], stats["revenueTruncated"]) == ("source", "Source", False)
    assert (totals["signups"], totals["customers"], totals["topSource"]) == (3, 2, "google")
    assert (totals["revenueByCurrency"], totals["revenueVisitorCount"]) == ({"USD": 1500, "EUR": 200}, 2)
    assert (totals["revenueCents"], totals["revenueCurrency"]) == (1500, "USD")
    assert [(row["key"], row["signups"], row["customers"]) for row in stats["breakdown"]] == [
        ("google", 2, 2),
        ("(none)", 1, 0),
    ]
    (day,) = stats["chartData"]
    assert (day["signups"], day["customers"], day["revenue"], day["x"] % 86_400_000) == (3, 2, 1500, 0)


def test_ads_can_be_limited(api, sandbox, people):
    """To a value, to dates, to the first purchase of each person."""
    api.events(purchase("ada@x.com", "1", 1000), purchase("ada@x.com", "2", 500))

    def totals(**query):
        return api.get("/stats/ads", params=query).json()["totals"]

    assert totals(value="google")["signups"] == 2
    assert totals(dimension="campaign")["topSource"] == "(none)"
    assert totals(dimension="nonsense")["topSource"] == "google"
    assert totals(revenue_mode="first_revenue")["revenueCents"] == 1000
    assert totals(revenue_mode="subscriptions")["revenueCents"] == 0
    assert totals(start_date="2020-01-01", end_date="2020-02-01")["signups"] == 0
    sandbox.control.advance(10 * 86400)
    assert totals(start_date="last week", end_date="now")["signups"] == 0
    assert totals(start_date="last month")["signups"] == totals(start_date="nonsense")["signups"] == 3


def test_ads_of_an_empty_site_are_all_zero(api):
    """No division by zero, no top source."""
    totals = api.get("/stats/ads").json()["totals"]
    assert (totals["signups"], totals["customerRate"], totals["topSource"]) == (0, 0.0, None)
