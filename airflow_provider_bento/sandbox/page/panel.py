"""What the panel of buttons shows: the gauge, faults, settings, time; knows the state, never HTML.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

from typing import Any, Final, get_args

from airflow_provider_bento.api.contract import DELETION_RATE_LIMIT, STATS_RATE_LIMIT
from airflow_provider_bento.sandbox.airflow_connection import shown_connection
from airflow_provider_bento.sandbox.bento_api.endpoints.table import ENDPOINTS
from airflow_provider_bento.sandbox.fault_injection import EXPLAINED
from airflow_provider_bento.sandbox.settings import Profile, Settings, read_delay
from airflow_provider_bento.sandbox.state import State

_FAMILIES: Final = ("batch", "fetch")
_USUAL: Final = ("60/minute per ip", "100/minute per family", "off")
_USUAL_OWN: Final = (STATS_RATE_LIMIT, "60/hour", DELETION_RATE_LIMIT, "off")


def panel(state: State) -> dict[str, Any]:
    """Return everything that the panel shows."""
    faults = state.faults.report()
    waiting = state.queues.waiting()
    return {
        "windows": windows(state),
        "faults": [fault for fault in faults if fault["pending"]],
        "faults_done": sum(1 for fault in faults if not fault["pending"]),
        "explained": EXPLAINED,
        "paths": sorted({path for _, path in ENDPOINTS}),
        "settings": state.settings,
        "profiles": get_args(Profile),
        "limits": _USUAL,
        "own_limits": _USUAL_OWN,
        "delay": _delay_text(state.settings),
        "waiting": waiting,
        "waits": sum(waiting.values()),
        "connection": shown_connection(state.base_url, state.settings),
    }


def windows(state: State) -> list[dict[str, Any]]:
    """Return the gauges: one for each rate of each window, those of the families even before the first request."""
    limiter, account = state.limiter, state.settings.publishable_key
    own = tuple(limiter.own)
    found = [
        {**window, "name": _named(str(window["key"]), limiter.regime.scope, own)}
        for window in limiter.usage(state.clock.now())
    ]
    expected = [f"{account} {family}" for family in _FAMILIES] if limiter.regime.scope == "family" else [""]
    known = {str(window["key"]) for window in found if not str(window["key"]).endswith(own)}
    empty = [
        {
            "key": key,
            "name": _named(key, limiter.regime.scope, own),
            "used": 0,
            "limit": count,
            "seconds": length / 1000,
        }
        for key in expected
        if key not in known and (key or not known)
        for count, length in limiter.regime.rates
    ]
    return sorted(found + empty, key=lambda window: (window["name"], window["seconds"]))


def _named(key: str, scope: str, own: tuple[str, ...]) -> str:
    address, _, family = key.rpartition(" ")
    if scope == "family":
        return f"{family} endpoints"
    if family in own:
        return f"{family} endpoints, from {address}"
    return f"all other endpoints, from {key}" if key else "all other endpoints, from each address"


def _delay_text(settings: Settings) -> str:
    """Return the delays as they can be typed."""
    if settings.delay == read_delay("documented"):
        return "documented"
    delays = {queue: seconds for queue, seconds in settings.delay.items() if seconds}
    return ", ".join(f"{queue}={seconds:g}" for queue, seconds in delays.items()) or "0"
