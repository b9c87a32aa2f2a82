"""What the panel of buttons shows: the gauge, faults, settings, time; knows the state, never HTML.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from airflow_provider_bento.sandbox.bento_api.endpoints.table import ENDPOINTS
from airflow_provider_bento.sandbox.bento_api.pipeline import PREFIX
from airflow_provider_bento.sandbox.fault_injection import EXPLAINED
from airflow_provider_bento.sandbox.settings import SECRET_KEY, Profile, Settings, read_delay
from airflow_provider_bento.sandbox.state import State

_FAMILIES: Final = ("batch", "fetch")
_USUAL: Final = ("60/minute per ip", "100/minute per family", "off")


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
        "delay": _delay_text(state.settings),
        "waiting": waiting,
        "waits": sum(waiting.values()),
        "connection": _connection(state),
    }


def windows(state: State) -> list[dict[str, Any]]:
    """Return the gauges: one for each rate of each window, those of the families even before the first request."""
    limiter, account = state.limiter, state.settings.publishable_key
    found = [
        {**window, "name": _named(str(window["key"]), limiter.regime.scope)}
        for window in limiter.usage(state.clock.now())
    ]
    expected = [f"{account} {family}" for family in _FAMILIES] if limiter.regime.scope == "family" else [""]
    known = {window["key"] for window in found}
    empty = [
        {"key": key, "name": _named(key, limiter.regime.scope), "used": 0, "limit": count, "seconds": length / 1000}
        for key in expected
        if key not in known and (key or not known)
        for count, length in limiter.regime.rates
    ]
    return sorted(found + empty, key=lambda window: (window["name"], window["seconds"]))


def _named(key: str, scope: str) -> str:
    if scope == "family":
        return f"{key.rpartition(' ')[2]} endpoints"
    return f"all endpoints, from {key}" if key else "all endpoints, from each address"


def _delay_text(settings: Settings) -> str:
    """Return the delays as they can be typed."""
    if settings.delay == read_delay("documented"):
        return "documented"
    delays = {queue: seconds for queue, seconds in settings.delay.items() if seconds}
    return ", ".join(f"{queue}={seconds:g}" for queue, seconds in delays.items()) or "0"


def _connection(state: State) -> Mapping[str, str]:
    """Return the Airflow connection that leads here; a key that somebody chose is not shown."""
    settings = state.settings
    secret = settings.secret_key if settings.secret_key == SECRET_KEY else "your secret key"
    return {
        "conn_type": "bento",
        "host": state.base_url + PREFIX,
        "login": settings.publishable_key,
        "password": secret,
        "schema": settings.sites[0],
    }
