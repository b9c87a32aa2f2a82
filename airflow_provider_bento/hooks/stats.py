"""The hook's stats: 30 requests an hour for all of them together. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from datetime import date

    from airflow_provider_bento.api.responses import AdsStats, Audience, Report

Dimension = Literal["source", "campaign", "medium", "content", "ad"]
RevenueMode = Literal["all_revenue", "first_revenue", "subscriptions"]


class Stats(Calls):
    """Counts of a site (docs: stats). If the budget is used up, a call waits: up to an hour."""

    def site_stats(self, **options: Any) -> Audience:
        """Return how many people the site has (GET /stats/site).

        :param options: as for :meth:`request_loop`, such as ``give_up_after``.
        """
        from airflow_provider_bento.api import responses

        return responses.audience(self._fetch(contract.SITE_STATS, **options))

    def segment_stats(self, segment_id: str | int, **options: Any) -> Audience:
        """Return how many people a segment has (GET /stats/segment).

        :param options: as for :meth:`request_loop`, such as ``give_up_after``.
        :raises BentoRefusedError: Bento has no such segment (404).
        """
        from airflow_provider_bento.api import responses

        query = {"segment_id": arguments.identity("segment_stats", "segment_id", segment_id)}
        return responses.audience(self._fetch(contract.SEGMENT_STATS, query, **options))

    def report_stats(self, report_id: str | int, **options: Any) -> Report:
        """Return the data of a report (GET /stats/report).

        :param options: as for :meth:`request_loop`, such as ``give_up_after``.
        :raises BentoRefusedError: Bento has no such report (404).
        """
        from airflow_provider_bento.api import responses

        query = {"report_id": arguments.identity("report_stats", "report_id", report_id)}
        return responses.report(self._fetch(contract.REPORT_STATS, query, **options))

    def ads_stats(
        self,
        dimension: Dimension | None = None,
        value: str | None = None,
        start_date: str | date | None = None,
        end_date: str | date | None = None,
        revenue_mode: RevenueMode | None = None,
        **options: Any,
    ) -> AdsStats:
        """Return signups, customers and revenue by advertisement (GET /stats/ads, which Bento does not document;
        bento-node-sdk 2.0.0).

        :param dimension: what they are grouped by.
        :param value: only this value of the dimension.
        :param start_date: a date, or words that Bento reads, like "last week".
        :param end_date: a date, or words that Bento reads, like "now".
        :param revenue_mode: which revenue is counted.
        :param options: as for :meth:`request_loop`, such as ``give_up_after``.
        """
        from airflow_provider_bento.api import responses

        query = dict[str, str]()
        if dimension is not None:
            query["dimension"] = arguments.chosen("ads_stats", "dimension", dimension, Dimension)
        if value is not None:
            query["value"] = arguments.text("ads_stats", "value", value)
        for name, given in {"start_date": start_date, "end_date": end_date}.items():
            if given is not None:
                query[name] = arguments.day("ads_stats", name, given)
        if revenue_mode is not None:
            query["revenue_mode"] = arguments.chosen("ads_stats", "revenue_mode", revenue_mode, RevenueMode)
        return responses.ads(self._fetch(contract.ADS_STATS, query, **options))
