"""Which addresses keys may be sent to."""

from __future__ import annotations

import pytest

from airflow_provider_bento.api.contract import BASE_URL
from airflow_provider_bento.connection.base_url import base_url_of
from airflow_provider_bento.exceptions import BentoSetupError


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        (None, None, BASE_URL),
        ("  ", None, BASE_URL),
        ("app.bentonow.com", None, BASE_URL),
        ("https://app.bentonow.com", None, BASE_URL),
        ("HTTPS://App.BentoNow.com/", None, BASE_URL),
        ("https://app.bentonow.com/api/v1", None, BASE_URL),
        ("https://app.bentonow.com/api/v1///", None, BASE_URL),
        ("app.bentonow.com/api/v1/", None, BASE_URL),
        ("proxy.example/bento/api/v1", None, "https://proxy.example/bento/api/v1"),
        ("proxy.example:8443", None, "https://proxy.example:8443/api/v1"),
        ("proxy.example", 8443, "https://proxy.example:8443/api/v1"),
        ("proxy.example:8443", 8443, "https://proxy.example:8443/api/v1"),
        ("http://localhost:8000", None, "http://localhost:8000/api/v1"),
        ("http://127.0.0.1", 8000, "http://127.0.0.1:8000/api/v1"),
        ("http://127.255.1.2/x", None, "http://127.255.1.2/x"),
        ("http://[::1]:8000/api/v1", None, "http://[::1]:8000/api/v1"),
        ("localhost", 8000, "https://localhost:8000/api/v1"),
        ("192.0.2.1", None, "https://192.0.2.1/api/v1"),
    ],
)
def test_a_host_may_be_written_in_many_ways(host: str | None, port: int | None, url: str) -> None:
    """With or without scheme, port and path; https and /api/v1 are what is left out."""
    assert base_url_of(host, port) == url


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("app.bentonow.com", 443),
        ("app.bentonow.com:443", None),
        ("app.bentonow.com:443", 443),
        ("https://app.bentonow.com:443/api/v1", None),
        ("https://app.bentonow.com:/api/v1", None),
        ("https://app.bentonow.com:0443/api/v1", None),
        ("app.bentonow.com.", None),
        ("https://app.bentonow.com.:443//api/v1/", 443),
        ("https://app.bentonow.com//api/v1", None),
        ("https://app.bentonow.com/api//v1//", None),
        ("APP.BentoNow.COM", 443),
        ("Https://app.bentonow.com", None),
    ],
)
def test_one_address_has_one_spelling(host: str, port: int | None) -> None:
    """Two connections to one site share its rate limit, whatever was typed."""
    assert base_url_of(host, port) == BASE_URL


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("http://localhost:80", None, "http://localhost/api/v1"),
        ("http://LOCALHOST.", 80, "http://localhost/api/v1"),
        ("http://[0:0:0:0:0:0:0:1]:8000", None, "http://[::1]:8000/api/v1"),
        ("http://localhost", 443, "http://localhost:443/api/v1"),
        ("https://localhost:80", None, "https://localhost:80/api/v1"),
        ("proxy.example/Bento/api/v1", 443, "https://proxy.example/Bento/api/v1"),
    ],
)
def test_only_what_means_nothing_is_dropped(host: str, port: int | None, url: str) -> None:
    """The other scheme's port and a path's capitals mean something."""
    assert base_url_of(host, port) == url


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "x." + "b" * 64, "a." * 126 + "ab", "https://" + "a." * 300])
def test_a_name_that_no_resolver_takes_is_refused_in_words(host: str) -> None:
    """At once, not by what connects to it."""
    with pytest.raises(BentoSetupError, match="too long"):
        base_url_of(host)


@pytest.mark.parametrize("host", ["a" * 63 + ".example", "a." * 126 + "a"])
def test_the_longest_names_are_names(host: str) -> None:
    """63 characters between dots, 253 in all."""
    assert base_url_of(host) == f"https://{host}/api/v1"


@pytest.mark.parametrize(
    "host",
    [
        "app.bentonow.com",
        "localhost.example",
        "127.0.0.1.example",
        "2130706433",  # 127.0.0.1 as a number: some resolvers say yes, we need not
        "127.1",
        "0x7f.1",
        "0.0.0.0",
        "128.0.0.1",
        "[::2]",
        "[::ffff:192.0.2.1]",
        "192.168.0.1",
        "localhost@example.com",
        "127.0.0.1:80@example.com",
        "example.com#@127.0.0.1",
        "example.com\\@127.0.0.1",
        "127.0.0.1\\@example.com",
        "127.0.0.1%2f.example.com",
        "127.0.0.1\t.example.com",
    ],
)
def test_plain_http_goes_to_this_machine_only(host: str) -> None:
    """No spelling of another machine gets keys in the clear."""
    with pytest.raises(BentoSetupError):
        base_url_of(f"http://{host}")


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("https://pk:hunter2@app.bentonow.com", None),
        ("hunter2@app.bentonow.com", None),
        ("https://app.bentonow.com?key=hunter2", None),
        ("https://app.bentonow.com/api/v1?", None),
        ("https://app.bentonow.com#hunter2", None),
        ("ftp://hunter2", None),
        ("file:///hunter2", None),
        ("https://", None),
        ("https:///hunter2", None),
        ("//hunter2", None),
        ("https://[hunter2", None),
        ("https://app.bentonow.com:hunter2", None),
        ("https://app.bentonow.com:0", None),
        ("https://app.bentonow.com:65536", None),
        ("https://app.bentonow.com:-1", None),
        ("app.bentonow.com", 70000),
        ("app.bentonow.com", -1),
        ("app.bentonow.com:1", 2),
        ("", 8000),
        ("app.bento now.com", None),
        ("app.bentonow.com\nHost: hunter2", None),
        ("-hunter2.com", None),
        ("hunter2..com", None),
        ("hunter2.com..", None),
        ("https://bücher.example", None),
        ("https://[fe80::1%25hunter2]", None),
    ],
)
def test_anything_else_is_refused_without_being_repeated(host: str, port: int | None) -> None:
    """What was typed may contain a key."""
    with pytest.raises(BentoSetupError) as caught:
        base_url_of(host, port)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("host", ["", "https://app.bentonow.com/api/v1", "http://127.0.0.1:8025/api/v1"])
def test_port_zero_is_no_port(host: str) -> None:
    """Some releases of Airflow test a stored connection only if it has a port; 0 must be harmless."""
    assert base_url_of(host, 0) == base_url_of(host)
