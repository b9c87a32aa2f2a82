"""Stats, flat or wrapped."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import Audience, Report
from airflow_provider_bento.exceptions import BentoUnreachable

COUNTS = {"user_count": 10, "subscriber_count": "7", "unsubscriber_count": 3}
NAMES = {"chart_style": "counter", "report_type": "Reporting::Reports::VisitorCountReport", "report_name": "People"}
ROWS = [{"g": "a", "x": "2026-01-01", "y": 1}]
ADS = {
    "dimension": "source",
    "attribution": {"mode": "first"},
    "revenueMode": {"mode": "all_revenue"},
    "totals": {"signups": 3, "revenueCents": 900},
    "chartData": [{"x": "2026-01-01", "signups": 3}],
    "breakdown": [{"key": "google", "signups": 3}],
    "revenueTruncated": False,
}


@pytest.mark.parametrize("answer", [COUNTS, {"data": COUNTS}, {"data": {"attributes": COUNTS}}])
def test_an_audience_is_counted_in_every_envelope(answer: Any) -> None:
    """Laravel's SDK expects ``data``."""
    assert responses.audience(answer) == Audience(10, 7, 3)


def test_a_count_that_is_missing_is_unknown() -> None:
    """It is not zero."""
    assert responses.audience({"user_count": 10}) == Audience(10, None, None)


@pytest.mark.parametrize("answer", [None, {}, [], "x", {"data": None}, {"user_count": "many"}])
def test_a_reply_without_counts_is_no_answer(answer: Any) -> None:
    """Nobody is told that the site is empty."""
    with pytest.raises(BentoUnreachable, match="nothing was changed"):
        responses.audience(answer)


@pytest.mark.parametrize(("data", "read"), [(42, 42), (ROWS, tuple(ROWS)), ([], ()), (None, None)])
@pytest.mark.parametrize("envelope", ["flat", "report_data", "data", "both"])
def test_a_report_is_read_in_every_envelope(envelope: str, data: Any, read: Any) -> None:
    """Its own data are under ``data`` as well, so that key alone is no envelope; a ``repr`` shows no data."""
    report = {"data": data, **NAMES}
    answers = {
        "flat": report,
        "report_data": {"report_data": report},
        "data": {"data": report},
        "both": {"data": {"report_data": report}},
    }
    found = responses.report(answers[envelope])
    assert found == Report("People", "Reporting::Reports::VisitorCountReport", "counter", read)
    assert "g" not in repr(found).replace("Reporting", "")


@pytest.mark.parametrize("answer", [None, {}, [], "x", {"ok": True}])
def test_a_reply_without_a_report_is_no_answer(answer: Any) -> None:
    """A report without rows would look the same."""
    with pytest.raises(BentoUnreachable, match="contains no report"):
        responses.report(answer)


def test_advertisements_keep_bentos_keys() -> None:
    """They are in camelCase."""
    found = responses.ads(ADS)
    assert (found.dimension, found.totals, found.revenue_truncated) == ("source", ADS["totals"], False)
    assert (list(found.chart), list(found.breakdown)) == (ADS["chartData"], ADS["breakdown"])
    assert (found.attribution, found.revenue_mode) == ({"mode": "first"}, {"mode": "all_revenue"})
    assert responses.ads({"totals": {}}).breakdown == ()
    with pytest.raises(BentoUnreachable, match="contains no totals"):
        responses.ads({"dimension": "source"})
