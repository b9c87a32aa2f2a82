"""The addresses among the extras: each way of writing them is read, and no error repeats one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.connection import Settings, parse_connection
from airflow_provider_bento.connection.emails import address_list
from airflow_provider_bento.exceptions import BentoSetupError


def read(extra: dict[str, Any]) -> Settings:
    """Return the settings of a connection with these extras."""
    keys = {"login": "p", "password": "s", "schema": "u", "host": "", "port": None}
    return parse_connection(SimpleNamespace(conn_id="bento_emails", conn_type="bento", extra=extra, **keys))


@pytest.mark.parametrize(
    "value",
    [
        "ann@example.com, Bob@example.com",
        " ann@example.com ;Bob@example.com; ",
        ["ann@example.com", " Bob@example.com"],
        ("ann@example.com", "Bob@example.com", "bob@example.com", "ANN@example.com"),
    ],
)
def test_addresses_are_a_list_or_text(value: Any) -> None:
    """Each is kept once, in its place, in the case in which it is written first."""
    assert address_list(value) == ("ann@example.com", "Bob@example.com")
    assert read({"alerts_to": value}).alerts_to == ("ann@example.com", "Bob@example.com")


@pytest.mark.parametrize("value", ["", " ", ",", [], None])
def test_no_address_is_no_recipient(value: Any) -> None:
    """An empty field of the form is not an error."""
    assert read({"alerts_to": value}).alerts_to == ()


@pytest.mark.parametrize("value", [["ann@example.com", "planted"], "ann@example.com, planted", ["ann@example.com", 7]])
def test_an_invalid_recipient_is_named_by_its_place(value: Any) -> None:
    """The connection is refused before anything is sent."""
    with pytest.raises(BentoSetupError, match="its alerts_to cannot be used: address 2 of 2 must be") as caught:
        read({"alerts_to": value})
    assert caught.value.fields == ("alerts_to",)  # type: ignore[attr-defined]
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("value", [7, True, {"ann@example.com": 1}])
def test_recipients_of_another_kind_are_refused(value: Any) -> None:
    """JSON in an environment variable may contain anything."""
    with pytest.raises(BentoSetupError, match="write a list of addresses, or addresses with commas"):
        read({"alerts_to": value})


@pytest.mark.parametrize("value", ["Planted <planted@example.com>", "planted@example.com, ann@example.com", 7, []])
def test_the_sender_is_one_bare_address(value: Any) -> None:
    """Bento compares it with the addresses of its authors."""
    with pytest.raises(BentoSetupError, match="its from must be") as caught:
        read({"from": value})
    assert caught.value.fields == ("from",)  # type: ignore[attr-defined]
    assert "planted" not in str(caught.value)


def test_the_settings_do_not_print_an_address() -> None:
    """Settings may end up in a traceback or a log."""
    settings = read({"from": " team@example.com ", "alerts_to": "ann@example.com"})
    assert settings.sender == "team@example.com"
    assert "@" not in repr(settings)
