"""Debian's Chromium under Playwright, and where its pictures go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="Playwright is not installed: NO SCREEN WAS LOOKED AT")

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000.0  # milliseconds that Playwright waits for what should appear

expect.set_options(timeout=PATIENCE)

Picture = Callable[[str, Page | Locator], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; ended with its module, because Playwright's event loop must not outlive it into other tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt install chromium): NO SCREEN WAS LOOKED AT")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page as wide as a laptop, light, in English; nothing is remembered between tests."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", locale="en-US")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def picture() -> Picture:
    """Return what takes a picture of a page or a part of it, into the folder that ``SCREENSHOTS`` names, if any."""
    folder = os.environ.get("SCREENSHOTS")

    def take(name: str, what: Page | Locator) -> None:
        if folder:
            what.screenshot(path=ROOT / folder / f"{name}.png", animations="disabled", caret="hide")

    return take
