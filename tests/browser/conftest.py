"""Debian's Chromium under Playwright, a sandbox to look at, and where pictures go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="Playwright is not installed: NO SCREEN WAS LOOKED AT")

from browser.sandbox_pages import LAPTOP, Opener
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

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


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with a limit, so that there is a gauge."""
    with running_sandbox(limit="100/minute per family") as running:
        yield running


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open pages; at the end nothing may have run, failed, or been asked of another machine."""
    contexts, wrong = [], []

    def opened(url: str, **options: Any) -> Page:
        context = browser.new_context(**{**LAPTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("requestfinished", lambda one: "127.0.0.1" in one.url or wrong.append(f"asked {one.url}"))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.pwned") is None
        context.close()
    assert wrong == []
