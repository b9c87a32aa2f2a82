"""GET /stats/ads: where signups and revenue come from, in the form that bento-node-sdk 2.0 reads.

Tested by tests/sandbox/test_sandbox_stats.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.replies import Answer, json
from airflow_provider_bento.sandbox.clock import parse_date
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.stats import DAY, Purchases, Source, by_source
from airflow_provider_bento.sandbox.store.storage import Row

# The field of a person for each dimension: an import writes these.
_FIELDS: Final[Mapping[str, str]] = {
    "source": "utm_source",
    "campaign": "utm_campaign",
    "medium": "utm_medium",
    "content": "utm_content",
    "ad": "utm_term",
}
_MODES: Final[Mapping[str, tuple[str, str]]] = {
    "all_revenue": ("All revenue", "Every purchase counts."),
    "first_revenue": ("First revenue", "The first purchase of each person counts."),
    "subscriptions": ("Subscriptions", "Subscriptions count; the sandbox has none."),
}
_DAYS_AGO: Final[Mapping[str, int]] = {
    "now": 0,
    "today": 0,
    "yesterday": 1,
    "last week": 7,
    "last month": 30,
    "last year": 365,
}
_WINDOW: Final = 30  # days


def _ads(state: State, ask: Ask) -> Answer:
    dimension = _known(ask.query.get("dimension"), _FIELDS, "source")
    mode = _known(ask.query.get("revenue_mode"), _MODES, "all_revenue")
    since = _instant(ask.query.get("start_date"), ask.at, _WINDOW)
    people = state.stats.signups(ask.site, since, _instant(ask.query.get("end_date"), ask.at, 0))
    key, value = _FIELDS[dimension], ask.query.get("value")
    if value:
        people = [person for person in people if str(person["fields"].get(key)) == value]
    purchases = _counting(mode, state.stats.purchases(ask.site))
    return json(200, {**_heads(dimension, mode), **_bodies(people, purchases, key)})


def _known(value: str | None, names: Iterable[str], default: str) -> str:
    return value if value is not None and value in names else default


def _instant(text: str | None, now: int, default: int) -> int:
    """Return the instant of a date or of a few English words; ``default`` days ago for anything else."""
    days = _DAYS_AGO.get((text or "").strip().lower())
    found = parse_date(text) if days is None else None
    return found if found is not None else now - (default if days is None else days) * DAY


def _counting(mode: str, purchases: Purchases) -> Purchases:
    if mode == "subscriptions":
        return {}
    return {person: bought[:1] for person, bought in purchases.items()} if mode == "first_revenue" else purchases


def _heads(dimension: str, mode: str) -> dict[str, Any]:
    label, description = _MODES[mode]
    return {
        "dimension": dimension,
        "dimensionLabel": dimension.capitalize(),
        "attribution": {
            "mode": "first_touch",
            "modeLabel": "First touch",
            "windowDays": _WINDOW,
            "settingsPath": "/account/settings",
            "appliesToAdRevenue": True,
        },
        "revenueMode": {"mode": mode, "label": label, "description": description},
        "revenueTruncated": False,
    }


def _bodies(people: list[Row], purchases: Purchases, key: str) -> dict[str, Any]:
    sources = by_source(people, purchases, lambda person: str(person["fields"].get(key) or "(none)"))
    days = by_source(people, purchases, lambda person: person["created_at"] // DAY * DAY)
    ranked = sorted(sources.items(), key=lambda item: (-item[1].signups, item[0]))
    return {
        "totals": {**_totals(sources.values()), "topSource": ranked[0][0] if ranked else None},
        "chartData": [
            {"x": day, "signups": one.signups, "customers": one.customers, "revenue": _money(one.revenue)[0]}
            for day, one in sorted(days.items())
        ],
        "breakdown": [_row(name, source) for name, source in ranked],
    }


def _totals(sources: Iterable[Source]) -> dict[str, Any]:
    total = Source()
    for source in sources:
        total.signups += source.signups
        total.customers += source.customers
        total.revenue.update(source.revenue)
    return {**_counts(total), "revenueVisitorCount": total.customers}


def _row(name: str, source: Source) -> dict[str, Any]:
    each = round(_money(source.revenue)[0] / source.signups) if source.signups else 0
    return {"key": name, "label": name, **_counts(source), "revenuePerSignupCents": each}


def _counts(source: Source) -> dict[str, Any]:
    cents, currency = _money(source.revenue)
    return {
        "signups": source.signups,
        "customers": source.customers,
        "customerRate": round(source.customers / source.signups, 4) if source.signups else 0.0,
        "revenueCents": cents,
        "revenueCurrency": currency,
        "revenueByCurrency": dict(source.revenue),
    }


def _money(revenue: Counter[str]) -> tuple[int, str]:
    """Return the revenue in the currency that earned most."""
    currency, cents = max(revenue.items(), key=lambda item: item[1], default=("USD", 0))
    return cents, currency


ENDPOINTS: Final = (
    Endpoint(
        contract.ADS_STATS,
        _ads,
        "signups by a `utm_…` field of people, customers and revenue from their `$purchase` events",
        sources="Node 2.0",
        choice="dates are ISO 8601 or now, today, yesterday, last week, last month, last year, and 30 days ago until "
        "now if they are anything else; `ad` means `utm_term`; the revenue is that in the currency that earned most",
    ),
)
