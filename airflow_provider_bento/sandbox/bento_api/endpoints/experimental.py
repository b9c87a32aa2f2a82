"""Everything below /experimental: validation, rules, blacklists, moderation, gender, geolocation.

Tested by tests/sandbox/test_sandbox_experimental.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint, verdicts
from airflow_provider_bento.sandbox.bento_api.endpoints.parameters import flag, text
from airflow_provider_bento.sandbox.bento_api.replies import Answer, batch_status, json, reject
from airflow_provider_bento.sandbox.state import State

_DESCRIPTION: Final = "If any of the following blacklist providers contains true you have a problem on your hand."
# What every address was answered until 2026: the shape is recorded, the place is invented.
_SOMEWHERE: Final[dict[str, Any]] = {
    "latitude": 35.6895, "longitude": 139.6917, "city_name": "Tokyo", "postal_code": "100-0001",
    "region_name": "13", "real_region_name": "Tokyo", "country_name": "Japan", "country_code2": "JP",
    "country_code3": "JPN", "continent_code": "AS", "timezone": "Asia/Tokyo", "dma_code": None, "area_code": None,
}  # fmt: skip


def _reply(state: State, value: Any) -> Answer:
    return json(batch_status(state.settings.profile), value)


def _validate(state: State, ask: Ask) -> Answer:
    return _reply(state, {"valid": verdicts.is_valid(text(ask, "email"))})


def _rules(state: State, ask: Ask) -> Answer:
    found = verdicts.reasons(
        text(ask, "email"),
        block_free_providers=flag(ask, "block_free_providers"),
        wiggleroom=flag(ask, "wiggleroom"),
    )
    return _reply(state, {"reasons": found})


def _blacklist(state: State, ask: Ask) -> Answer:
    query = text(ask, "domain") or text(ask, "ip") or text(ask, "ip_address")
    if not query:
        reject(400, {"error": "Domain or IP is required"}, "no domain and no ip")
    results = verdicts.blacklists(query)
    return _reply(state, {"query": query, "description": _DESCRIPTION, "results": results})


def _moderate(state: State, ask: Ask) -> Answer:
    content = text(ask, "content")
    verdict = verdicts.moderated(content) if content else {"valid": False, "reasons": ["Content is required"]}
    return _reply(state, {"data": verdict} if state.settings.profile == "laravel" else verdict)


def _gender(state: State, ask: Ask) -> Answer:
    return _reply(state, verdicts.gender(text(ask, "name")))


def _geolocate(state: State, ask: Ask) -> Answer:
    ip = text(ask, "ip")
    if not verdicts.is_ip(ip):
        reject(400, {"error": "Invalid IP"}, "ip is no address")
    old = state.settings.profile in ("2021", "2024")
    return _reply(state, {"request": ip, "ip": ip, **_SOMEWHERE} if old else {})


_EVERYBODY: Final = "docs, OpenAPI file, Node, Python, PHP, Go, Elixir, n8n"

ENDPOINTS: Final = (
    Endpoint(
        contract.VALIDATE_EMAIL,
        _validate,
        "whether `email` has the form of an address",
        sources=f"{_EVERYBODY}, Ruby",
        choice=f"false for domains below `{verdicts.INVALID}` and for {', '.join(sorted(verdicts.DISPOSABLE))}; other "
        "parameters are ignored",
        optional_body=True,
    ),
    Endpoint(
        contract.CHECK_RULES,
        _rules,
        "reasons not to mail `email`",
        sources="docs, Ruby, Elixir",
        choice="reasons for invalid and disposable addresses, for free providers with `block_free_providers`, and for "
        "role addresses such as `info@` without `wiggleroom`; their wording is invented",
        optional_body=True,
    ),
    Endpoint(
        contract.BLACKLIST,
        _blacklist,
        "which blacklists contain `domain` or `ip`",
        sources="docs, Node 2.0, n8n; as a POST: Elixir",
        choice=f"all contain `{verdicts.LISTED_IP}` and domains below `{verdicts.LISTED}`, none anything else; 400 "
        "without both parameters",
        aliases=(("POST", "/experimental/blacklist"),),
        optional_body=True,
    ),
    Endpoint(
        contract.BLACKLIST_JSON,
        _blacklist,
        "the same",
        sources="OpenAPI file, Node 1, Python, PHP, Go, Rust, .NET, Laravel",
    ),
    Endpoint(
        contract.MODERATE,
        _moderate,
        "whether `content` may be sent, and the content without scripts",
        sources="docs, OpenAPI file, Node, Python, Go, Elixir, n8n",
        choice=f"invalid are scripts and the words {', '.join(verdicts.WORDS)}",
        aliases=(("POST", "/experimental/moderation"),),
        optional_body=True,
    ),
    Endpoint(
        contract.GUESS_GENDER,
        _gender,
        "a guess from the first word of `name`",
        sources=_EVERYBODY,
        choice=f"{len(verdicts.GENDERS)} names are known, others are `unknown` without confidence",
        optional_body=True,
    ),
    Endpoint(
        contract.GEOLOCATE,
        _geolocate,
        "`{}` for each `ip`; 400 if it is no address",
        sources=f"{_EVERYBODY}; bento-skills for the empty reply",
        choice="in the profiles 2021 and 2024 a place, the same for all",
    ),
)
