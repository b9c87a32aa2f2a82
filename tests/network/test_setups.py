"""Slips in the set-up: found before a byte leaves, told as what they are."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from network.authority import Authority
from network.caller import KINDS, Kind, hook, named, outcome, request
from network.origin import Origin, Visit
from network.services import well

from airflow_provider_bento.api.client import BentoClient
from airflow_provider_bento.exceptions import BentoSetupError


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_of_authorities_that_is_none_is_a_matter_of_the_set_up(
    kind: Kind, content: bytes | None, variable: str, authority: Authority, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It is a slip in the environment, whether no file is there, an empty one, or another."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv(variable, str(bundle))
    with Origin(well, authority.server()) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows(kind, named(kind, 1)))
        assert end == "setup", error
        assert error is not None
        assert not error.maybe_applied
        assert "REQUESTS_CA_BUNDLE" in str(error)
        assert "nothing was sent" in str(error)
        assert not origin.visits


def test_an_authority_that_nobody_trusts_is_a_matter_of_the_set_up(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy that opens TLS, until its authority is put into the bundle."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with Origin(well, authority.server()) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "setup"
        assert "certificate" in str(error)
        assert not origin.heads


IMPOSSIBLE_HOSTS = ("a" * 64 + ".example", "a" * 70 + ".example", "a..example", "." + "b" * 64)


@pytest.mark.parametrize("host", IMPOSSIBLE_HOSTS)
def test_a_host_that_cannot_be_is_a_matter_of_the_set_up(host: str) -> None:
    """A label has 63 letters at most."""
    with pytest.raises(BentoSetupError), hook(f"https://{host}/api/v1") as bento:
        bento.send_rows("events", named("events", 1))


@pytest.mark.parametrize("host", IMPOSSIBLE_HOSTS)
def test_a_client_of_a_host_that_cannot_be_has_sent_nothing(host: str) -> None:
    """A client of its own has no connection's rules before it."""
    client = BentoClient(f"https://{host}/api/v1", "pk-planted", "sk-planted", "site")
    with client, pytest.raises(BentoSetupError, match="nothing was sent"):
        client.send(request("events", named("events", 1)))


def test_a_name_that_is_not_known_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name's server may be back soon."""

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with hook("https://bento.example/api/v1") as bento:
        assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "later"


def test_a_server_that_does_not_speak_tls_was_given_nothing() -> None:
    """It takes the client's hello for a bad request, and says so in plain HTTP."""

    def serve(visit: Visit) -> None:
        visit.hello()
        visit.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with Origin(serve) as origin, hook(origin.url.replace("http:", "https:")) as bento:
        assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] in {"later", "setup"}
        assert not origin.heads
