"""One site has one budget, however its connections are written."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from airflow_provider_bento.hooks.bento import BentoHook


@pytest.fixture
def site() -> str:
    """A site that no other test calls."""
    return uuid4().hex


def hook(monkeypatch: pytest.MonkeyPatch, name: str, site: str, **written: Any) -> BentoHook:
    """Return the hook of a connection that allows one request a minute."""
    connection = {"conn_type": "bento", "login": "pk", "password": "sk", "schema": site, **written}
    connection["extra"] = {"pacing": "process", "rate_limit": "1/minute"}
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(connection))
    return BentoHook(name)


@pytest.mark.parametrize(
    "written",
    [
        {"host": "app.bentonow.com", "port": 443},
        {"host": "https://app.bentonow.com:443/api/v1"},
        {"host": "APP.bentonow.com.", "port": 0},
        {"host": "https://app.bentonow.com//api/v1/"},
    ],
)
def test_two_spellings_of_one_address_share_a_budget(
    monkeypatch: pytest.MonkeyPatch, site: str, written: dict[str, Any]
) -> None:
    """Else each of them would have the whole limit."""
    assert hook(monkeypatch, "plain", site).pacer.try_acquire("batch") == 0.0
    assert hook(monkeypatch, "spelled", site, **written).pacer.try_acquire("batch") > 0


def test_the_capitals_of_a_site_uuid_make_no_second_budget(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    """The UUID is sent as it was typed; only the count is common."""
    assert hook(monkeypatch, "plain", site).pacer.try_acquire("batch") == 0.0
    assert hook(monkeypatch, "capitals", site.upper()).pacer.try_acquire("batch") > 0


def test_another_site_and_another_port_have_budgets_of_their_own(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    """They are other servers, or other limits."""
    assert hook(monkeypatch, "plain", site).pacer.try_acquire("batch") == 0.0
    assert hook(monkeypatch, "port", site, host="app.bentonow.com", port=8443).pacer.try_acquire("batch") == 0.0
    assert hook(monkeypatch, "site", site + "2").pacer.try_acquire("batch") == 0.0
