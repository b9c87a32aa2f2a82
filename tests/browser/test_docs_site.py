"""The documentation site in a browser: light, dark, on a phone; searched; alone on this machine."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import Picture
from browser.sandbox_pages import LAPTOP, PHONE, Opener
from playwright.sync_api import expect

pytest.importorskip("mkdocs", reason="only the environment for development builds the site")
pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGES = (
    "", "start/", "operators/", "operators/events/", "how-to/keep-in-step/", "how-to/backfills/", "troubleshooting/",
    "scale/", "reference/operators/", "reference/errors/", "hook/", "changelog/",
)  # fmt: skip


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the site, serve it on loopback, and return its address."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(path: str, site: str, open_page: Opener, picture: Picture) -> None:
    """Tables and code scroll by themselves."""
    page = open_page(f"{site}{path}", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_follow_the_system(scheme: str, site: str, open_page: Opener) -> None:
    """Without a choice of the reader's."""
    page = open_page(site, **LAPTOP, color_scheme=scheme)
    wanted = {"light": "default", "dark": "slate"}[scheme]
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", wanted)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    shades = [int(number) for number in re.findall(r"\d+", background)[:3]]
    assert (sum(shades) > 380) == (scheme == "light")


def test_the_reader_may_choose_dark_colours(site: str, open_page: Opener) -> None:
    """And they stay on the next page."""
    page = open_page(site, **LAPTOP)
    page.get_by_title("Use light colours").click()
    page.get_by_title("Use dark colours").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.goto(f"{site}operators/")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("BentoOutcomeUnknown", "Troubleshooting"),
        ("could not confirm whether Bento received", "Troubleshooting"),
        ("data_interval", "data_interval"),
        ("max_in_flight", "Operators"),
    ],
)
def test_a_search_finds_the_page(words: str, found: str, site: str, open_page: Opener) -> None:
    """By the name of an error, by the words of its message, by an argument."""
    page = open_page(site, **LAPTOP)
    page.keyboard.press("s")
    page.get_by_role("textbox", name="Search").press_sequentially(words)
    expect(page.locator(".md-search-result__list")).to_contain_text(found)


def test_nothing_is_asked_of_another_machine(site: str, open_page: Opener) -> None:
    """No font, no script, no count of stars."""
    page, asked = open_page("about:blank", **LAPTOP), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}operators/", wait_until="networkidle")
    assert asked
    assert [url for url in asked if not url.startswith(site)] == []


def test_an_api_page_has_a_table_of_parameters(site: str, open_page: Opener) -> None:
    """With names, types and defaults."""
    page = open_page(f"{site}reference/operators/", **LAPTOP)
    section = page.locator("h2", has_text="BentoBatchEventsOperator").locator(
        "xpath=following-sibling::div[contains(@class, 'doc-contents')]"
    )
    expect(section).to_contain_text("in_doubt")
    expect(section).to_contain_text("Parameters")
