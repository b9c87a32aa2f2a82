"""Which addresses a page may show: web addresses without credentials; everything else is somebody's text.

Tested by tests/unit/links/test_addresses.py.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

__all__ = ["may_be_shown"]


def may_be_shown(url: Any) -> bool:
    """Whether it is a web address without credentials, so that a page may link to it: replies are not trusted."""
    if not isinstance(url, str) or any(letter.isspace() or not letter.isprintable() for letter in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc
