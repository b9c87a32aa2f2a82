"""Which addresses a page may link to."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.links.addresses import may_be_shown


def test_a_web_address_may_be_shown() -> None:
    """With its query, too."""
    assert may_be_shown("https://app.bentonow.com/account/emails?id=42#top")


@pytest.mark.parametrize(
    "url",
    [
        None, 42, "", "javascript:alert(1)", "data:text/html,x", "https://pk:hunter2@app.bentonow.com/", "https://",
        "https://app.bentonow.com/ x", "https://app.bentonow.com/\u202ex", "//example.com", "https://[", "s3://b/k",
    ],
)  # fmt: skip
def test_anything_else_may_not(url: Any) -> None:
    """Scripts, credentials, letters that hide something."""
    assert not may_be_shown(url)
