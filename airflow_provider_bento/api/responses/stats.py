"""Counts of people, reports and advertisements (docs: stats; bento-node-sdk 2.0.0 for advertisements).

Tested by tests/unit/api/responses/test_stats.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import Json, attributes, counts, text, unreadable, whole


class Audience(msgspec.Struct, frozen=True):
    """How many people a site or a segment has; ``None`` for a count that Bento does not report.

    :param users: all people.
    :param subscribed: those who can receive broadcasts.
    :param unsubscribed: those who unsubscribed.
    """

    users: int | None
    subscribed: int | None
    unsubscribed: int | None


class Report(msgspec.Struct, frozen=True):
    """A report. Its ``repr`` shows no data.

    :param name: its name.
    :param kind: Bento's class of the report, like ``Reporting::Reports::VisitorCountReport``.
    :param style: how Bento draws it, like ``counter`` or ``line_chart``.
    :param data: one number, or a tuple of rows with the keys ``g`` (group), ``x`` and ``y``.
    """

    name: str | None
    kind: str | None
    style: str | None
    data: Json

    def __repr__(self) -> str:
        return f"Report(name={self.name!r}, kind={self.kind!r}, style={self.style!r})"


class AdsStats(msgspec.Struct, frozen=True):
    """Signups, customers and revenue by advertisement, with Bento's keys in camelCase.

    :param dimension: what ``breakdown`` is grouped by.
    :param totals: like ``{"signups": 3, "revenueCents": 900, …}``.
    :param chart: a row for each period.
    :param breakdown: a row for each value of the dimension.
    :param attribution: how Bento attributes revenue.
    :param revenue_mode: which revenue it counts.
    :param revenue_truncated: whether there was too much revenue to count it all.
    """

    dimension: str | None
    totals: dict[str, Json]
    chart: tuple[dict[str, Json], ...]
    breakdown: tuple[dict[str, Json], ...]
    attribution: dict[str, Json]
    revenue_mode: dict[str, Json]
    revenue_truncated: bool


_REPORT_KEYS = ("report_data", "chart_style", "report_type", "report_name")


def audience(answer: Json) -> Audience:
    """Read ``/stats/site`` or ``/stats/segment``, flat or under ``data``.

    :raises BentoUnreachable: the reply contains no count.
    """
    found = counts(answer)
    read = Audience(*(whole(found.get(f"{kind}_count")) for kind in ("user", "subscriber", "unsubscriber")))
    if read == Audience(None, None, None):
        raise unreadable("contains no count of people")
    return read


def report(answer: Json) -> Report:
    """Read ``/stats/report``, flat or under ``report_data``.

    :raises BentoUnreachable: the reply contains no report.
    """
    found = answer if isinstance(answer, Mapping) else {}
    inner = found.get("data")
    if isinstance(inner, Mapping) and not set(_REPORT_KEYS) & found.keys() and set(_REPORT_KEYS) & inner.keys():
        found = inner
    if isinstance(found.get("report_data"), Mapping):
        found = found["report_data"]
    if not {*_REPORT_KEYS, "data"} & found.keys():
        raise unreadable("contains no report")
    data = found.get("data")
    return Report(
        text(found.get("report_name")),
        text(found.get("report_type")),
        text(found.get("chart_style")),
        tuple(data) if isinstance(data, list) else data,
    )


def ads(answer: Json) -> AdsStats:
    """Read ``/stats/ads``.

    :raises BentoUnreachable: the reply is no object, or contains no totals.
    """
    found = counts(answer)
    if not isinstance(found.get("totals"), Mapping):
        raise unreadable("contains no totals of advertisements")
    return AdsStats(
        text(found.get("dimension")),
        _object(found.get("totals")),
        _rows(found.get("chartData")),
        _rows(found.get("breakdown")),
        _object(found.get("attribution")),
        _object(found.get("revenueMode")),
        found.get("revenueTruncated") is True,
    )


def _object(value: Json) -> dict[str, Json]:
    return dict(value) if isinstance(value, Mapping) else {}


def _rows(value: Json) -> tuple[dict[str, Json], ...]:
    listed = value if isinstance(value, list) else []
    return tuple(dict(attributes(row)) for row in listed if isinstance(row, Mapping))
