"""Whatever is typed as an address: two URL parsers agree on who gets the keys, or nobody does."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from airflow_provider_bento.connection.base_url import base_url_of
from airflow_provider_bento.exceptions import BentoSetupError

PIECES = st.sampled_from(
    ["http://", "https://", "HTTP://", "//", "/", "\\", "@", ":", "#", "?", "%", "%2f", "[", "]", "::1", "127.0.0.1",
     "localhost", "example.com", "8000", "0", " ", "\t", "\n", "\u3002", "\uff0f", "ü", "xn--", "-", ".", "..", "_"]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=8).map("".join))
PORTS = st.one_of(st.none(), st.integers(-1, 70000))


@settings(max_examples=400, deadline=None)
@given(host=TYPED, port=PORTS)
@example(host="http://127.0.0.1\\@example.com", port=None)
@example(host="http://localhost%00.example.com", port=None)
@example(host="https://example.com\uff0f@127.0.0.1", port=None)
@example(host="http://[::1%25lo]", port=None)
def test_a_usable_address_is_the_same_for_everybody(host: str, port: int | None) -> None:
    """The standard library checks it, urllib3 connects to it."""
    try:
        url = base_url_of(host, port)
    except BentoSetupError:
        return
    checked, used = urlsplit(url), parse_url(url)
    assert (checked.scheme, checked.hostname, checked.port) == (used.scheme, (used.host or "").strip("[]"), used.port)
    assert used.auth is None
    assert (used.query, used.fragment) == (None, None)
    assert checked.scheme == "https" or loopback(checked.hostname or "")
    assert base_url_of(url) == url
    assert base_url_of(url.replace(checked.netloc, checked.netloc.upper(), 1)) == url
    assert "//" not in checked.path


def loopback(name: str) -> bool:
    """Tell whether this is a name or address of this machine."""
    return name == "localhost" or ipaddress.ip_address(name).is_loopback
