"""What people put into the wrong field of a connection: reported with the field it is in and the one it belongs in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.connection import parse_connection
from airflow_provider_bento.exceptions import BentoSetupError

SITE = "06ef3ada3b32a7f7dac762f5a788724d"
DASHED = "06EF3ADA-3b32-a7f7-dac7-62f5a788724d"


def words_about(**changed: Any) -> str:
    """Return what is said of a connection with these attributes."""
    values = {"login": "pk_1", "password": "sk_1", "schema": SITE, "host": "", "port": None, "extra": ""} | changed
    with pytest.raises(BentoSetupError) as caught:
        parse_connection(SimpleNamespace(conn_id="bento_habit", conn_type="bento", **values))
    assert "_planted" not in str(caught.value) + caught.value.in_form
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["https", "http", "HTTPS", " https ", "https:", "http://"])
def test_the_scheme_of_http_connections_is_no_site(scheme: str) -> None:
    """There the field of this name contains it; also if the site is among the extras."""
    for extra in ("", f'{{"site_uuid": "{SITE}"}}'):
        words = words_about(schema=scheme, extra=extra)
        assert "Site UUID (schema) is only a URL scheme" in words
        assert "Base URL (host)" in words


@pytest.mark.parametrize("schema", ["https://app.bentonow.com", "https://app.bentonow.com/api/v1", "api/v1"])
def test_an_address_is_no_site(schema: str) -> None:
    """Nor is the path that is left over of one in a URI."""
    assert "bento://publishable:secret@/site-uuid" in words_about(schema=schema)


@pytest.mark.parametrize("host", [SITE, DASHED, f" {SITE}\n"])
@pytest.mark.parametrize("schema", ["", SITE])
def test_a_site_is_no_host(host: str, schema: str) -> None:
    """A URI with one slash too few puts it there; no such host exists."""
    assert "looks like a Site UUID" in words_about(host=host, schema=schema)


@pytest.mark.parametrize(
    "changed",
    [
        {"login": "sk_planted", "password": "pk_planted"},
        {"login": "sk_planted"},
        {"password": "pk_live_planted"},
        {"login": "sk_planted", "password": ""},
    ],
)
def test_keys_in_each_others_place_are_noticed(changed: dict[str, str]) -> None:
    """By the beginnings that Bento's quick start shows."""
    assert "look swapped" in words_about(**changed)


def test_an_api_key_is_no_site() -> None:
    """All three are pasted from one page."""
    assert "begins like an API key" in words_about(schema="pk_planted")


@pytest.mark.parametrize("name", ["login", "schema"])
def test_an_e_mail_address_is_no_key(name: str) -> None:
    """The habit of connections that log a user in; it is not repeated."""
    assert "is an email address" in words_about(**{name: "ann_planted@example.com"})


def test_keys_of_other_shapes_are_taken() -> None:
    """Bento's guides show UUIDs, and nobody publishes what a key may contain."""
    values = {
        "login": DASHED,
        "password": "p@ss",
        "schema": "site_1",
        "host": "bento.example",
        "port": 0,
        "extra": "{}",
    }
    assert parse_connection(SimpleNamespace(conn_id="b", conn_type="bento", **values)).publishable_key == DASHED
