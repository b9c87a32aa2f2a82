"""What all cases of the network share: an authority that is trusted, no proxy of the shell, and logs without people."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from network.authority import Authority
from network.caller import CANARIES

collect_ignore = [] if os.environ.get("BENTO_EVERY_REPLY") else ["test_every_reply.py", "test_random_scripts.py"]
"""``make prove`` tries these three thousand as well; ``make test`` has ``test_replies.py`` and seeded scripts."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return the authority of this run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    """Trust the authority as Airflow's users do, by an environment variable; forget the shell's proxies."""
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log line of any level shows a record, a key or a server's header."""
    with caplog.at_level(logging.DEBUG):
        yield
    shown = [line for line in caplog.messages if any(canary in line for canary in CANARIES)]
    traces = [one.exc_text for one in caplog.records if one.exc_text]
    assert not shown
    assert not [text for text in traces if any(canary in text for canary in CANARIES)]


@pytest.fixture
def slow_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every connection a send buffer as small as a real line's; loopback's hides what has not left."""
    connect = socket.socket.connect

    def narrowed(self: socket.socket, address: Any) -> None:
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", narrowed)
