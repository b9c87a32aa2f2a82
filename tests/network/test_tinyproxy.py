"""A real proxy on the way out (Debian's tinyproxy): what an origin does behind it is known as without it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from network.authority import TLS_WAYS, Authority
from network.breaks import AFTER_TLS
from network.caller import KINDS, Kind, hook, named, outcome
from network.listener import refusing_port
from network.origin import Origin
from network.services import breaks_at, well

pytestmark = pytest.mark.skipif(shutil.which("tinyproxy") is None, reason="tinyproxy is not installed")

_SETTINGS = 'Port {port}\nListen 127.0.0.1\nTimeout 60\nLogFile "{folder}/log"\nLogLevel Warning\nMaxClients 20\n'


@pytest.fixture(scope="module")
def tinyproxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Return what starts a proxy with more lines of settings, and gives its URL."""
    running: list[subprocess.Popen[bytes]] = []

    def start(more: str) -> str:
        folder = tmp_path_factory.mktemp("tinyproxy")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = folder / "tinyproxy.conf"
        settings.write_text(_SETTINGS.format(port=port, folder=folder) + more)
        running.append(subprocess.Popen(["tinyproxy", "-d", "-c", settings], stdout=subprocess.DEVNULL))
        _listening(port)
        return f"http://127.0.0.1:{port}"

    yield start
    for one in running:
        one.terminate()
        one.wait(30)


def _listening(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)  # a process starts in its own time
        else:
            return
    raise TimeoutError("tinyproxy did not start")


@pytest.fixture(scope="module")
def open_proxy(tinyproxy: Callable[[str], str]) -> str:
    """Return the URL of a proxy that allows everything."""
    return tinyproxy("")


@pytest.fixture
def through(open_proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send everything through it."""
    monkeypatch.setenv("HTTPS_PROXY", open_proxy)
    monkeypatch.setenv("HTTP_PROXY", open_proxy)


@pytest.mark.parametrize("way", TLS_WAYS)
def test_requests_go_through_it_on_one_connection(way: str, through: None, authority: Authority) -> None:
    """Ten of them."""
    with Origin(well, authority.serving(way)) as origin, hook(origin.url) as bento:
        ends = [outcome(lambda n=n: bento.send_once("events", named("events", n)))[0] for n in range(10)]
        assert ends == ["accepted"] * 10
        assert (origin.visits, origin.requests) == (1, 10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", TLS_WAYS)
@pytest.mark.parametrize("requests", [1, 2])
@pytest.mark.parametrize("name", [name for name in AFTER_TLS if name != "stall"])
def test_an_origin_that_breaks_behind_it_has_the_request(
    name: str, requests: int, way: str, kind: Kind, through: None, authority: Authority
) -> None:
    """It has it once, and nobody knows whether it was applied."""
    with Origin(breaks_at(requests, AFTER_TLS[name]), authority.serving(way)) as origin, hook(origin.url) as bento:
        ends = [outcome(lambda n=n: bento.send_rows(kind, named(kind, n)))[0] for n in range(requests)]
        assert origin.received == {named(kind, number): 1 for number in range(requests)}
        assert origin.visits == 1
    assert ends == ["accepted"] * (requests - 1) + ["unknown"]


def test_an_origin_that_is_not_there_was_not_reached(through: None) -> None:
    """The proxy says so in words of its own."""
    with refusing_port() as port, hook(f"https://127.0.0.1:{port}/api/v1") as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
    assert end == "later", error


@pytest.mark.parametrize("settings", ["BasicAuth someone secret\n", "ConnectPort 9\n"], ids=["password", "ports"])
def test_what_the_proxy_forbids_is_a_matter_of_the_set_up(
    settings: str, tinyproxy: Callable[[str], str], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its 407 and its 403 are for whoever set the proxy up."""
    monkeypatch.setenv("HTTPS_PROXY", tinyproxy(settings))
    with Origin(well, authority.server()) as origin, hook(origin.url) as bento:
        end, error = outcome(lambda: bento.send_rows("events", named("events", 1)))
        assert end == "setup", error
        assert not origin.visits


def test_plain_http_to_this_machine_does_not_go_through_it(through: None) -> None:
    """A request that it passed on would say so in its Via."""
    with Origin(well) as origin, hook(origin.url) as bento:
        assert outcome(lambda: bento.send_rows("events", named("events", 1)))[0] == "accepted"
        assert not any(b"\r\nvia:" in head.lower() for head in origin.heads)
