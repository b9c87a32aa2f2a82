"""A connection as Airflow itself reads it: from a URI, from JSON, from the environment, from its database class."""

from __future__ import annotations

import inspect
import json
import warnings
from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_bento.connection import Settings, parse_connection
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.version_compat import BaseHook

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Airflow's own modules say while they load
    from airflow.models.connection import Connection as StoredConnection

try:
    from airflow.sdk import Connection
except ImportError:  # Airflow 2 has one class only
    Connection = StoredConnection

# Airflow 3.0 has a class for tasks that takes no URI; there the database class parses URIs for tasks, too.
TAKE_URIS = [
    one
    for one in dict.fromkeys((Connection, StoredConnection))
    if hasattr(one, "from_uri") or "uri" in inspect.signature(one).parameters
]
KEYS = ["plain", "c:o:l", "100%", "%3A", "a+b", "a b", "s/l@sh?#&=", "ü", "$dollar{}"]
PUBLISHABLE = [key for key in KEYS if ":" not in key]


def uri(publishable: str, secret: str, rest: str = "@/site-1", scheme: str = "") -> str:
    """Return a connection URI as Airflow's documentation says to write one."""
    return f"bento://{scheme}{quote(publishable, safe='')}:{quote(secret, safe='')}{rest}"


def read(kind: Any, text: str) -> Settings:
    """Return the settings of a URI that was parsed by this class of Airflow."""
    return parse_connection(made(kind, text))


def made(kind: Any, text: str) -> Any:
    """Return a connection made from a URI; not every version's task class takes one in its constructor."""
    from_uri = getattr(kind, "from_uri", None)
    return from_uri(text, conn_id="bento_read") if from_uri else kind(conn_id="bento_read", uri=text)


@pytest.mark.parametrize("kind", TAKE_URIS)
@pytest.mark.parametrize("secret", KEYS)
@pytest.mark.parametrize("publishable", PUBLISHABLE)
def test_keys_of_any_letters_come_through_a_uri(kind: Any, publishable: str, secret: str) -> None:
    """Percent-encoded in, exact out."""
    settings = read(kind, uri(publishable, secret))
    assert settings == Settings(publishable_key=publishable, secret_key=secret, site_uuid="site-1")


@pytest.mark.parametrize("secret", KEYS)
def test_a_connection_survives_the_round_trip_through_its_own_uri(secret: str) -> None:
    """Airflow's CLI and secrets back ends store the URI that it writes itself."""
    conn = Connection(
        conn_id="bento_trip",
        conn_type="bento",
        login="p%+k",
        password=secret,
        schema="site-1",
        host="http://127.0.0.1:8000/api/v1",
        extra=json.dumps({"rate_limit": "60/minute, 500/hour", "timeout": [2, 30]}),
    )
    again = made(TAKE_URIS[0], conn.get_uri())
    assert parse_connection(again) == parse_connection(conn)
    assert parse_connection(again).base_url == "http://127.0.0.1:8000/api/v1"


@pytest.mark.parametrize("kind", TAKE_URIS)
def test_extras_come_through_a_uri_as_text(kind: Any) -> None:
    """A URI's query knows no numbers."""
    settings = read(kind, uri("pk", "sk", "@/site-1?timeout=30&rate_limit=60%2Fminute&pacing=process"))
    assert (settings.read_timeout, settings.rate_limit, settings.pacing) == (30.0, "60/minute", "process")


@pytest.mark.parametrize("kind", TAKE_URIS)
def test_a_uri_may_name_another_host(kind: Any) -> None:
    """Without a scheme it is https; a second scheme is accepted in the form of Airflow's URIs."""
    assert read(kind, uri("pk", "sk", "@proxy.example:8443/s")).base_url == "https://proxy.example:8443/api/v1"
    local = read(kind, uri("pk", "sk", "@127.0.0.1:8000/s", scheme="http://"))
    assert (local.base_url, local.secret_key, local.site_uuid) == ("http://127.0.0.1:8000/api/v1", "sk", "s")


@pytest.mark.parametrize("secret", KEYS)
def test_keys_of_any_letters_come_through_json_in_the_environment(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """A hook finds the JSON form of docs/connection.md in the environment and reads the keys exactly."""
    value = {"conn_type": "bento", "login": "p%+k", "password": secret, "schema": "site-1", "extra": {"timeout": 7}}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_JSON", json.dumps(value))
    settings = parse_connection(BaseHook.get_connection("bento_json"))
    assert (settings.publishable_key, settings.secret_key, settings.site_uuid) == ("p%+k", secret, "site-1")
    assert settings.read_timeout == 7.0


# Airflow 3.0 and 3.1 log what they cannot read, and then report that there is no such connection.
reads_broken = pytest.mark.skipif(
    "uri" not in inspect.signature(Connection).parameters,
    reason="Airflow 3.0 and 3.1 refuse such a connection themselves",
)
BROKEN = ['{"rate_limit": "20/minute"', "rate_limit=20/minute", '["20/minute"]', '"{}"', "20"]


@reads_broken
@pytest.mark.parametrize("extra", BROKEN)
def test_an_extra_that_is_no_object_is_refused_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, extra: str
) -> None:
    """In JSON and in a URI; Airflow's own reading of it is empty, and 100 requests a minute would be made."""
    keys = {"conn_type": "bento", "login": "pk", "password": "sk", "schema": "site-1"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_JSON", json.dumps({**keys, "extra": extra}))
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_URI", f"bento://pk:sk@/site-1?__extra__={quote(extra)}")
    for conn_id in ("bento_json", "bento_uri"):
        with pytest.raises(BentoSetupError, match=f"^Connection '{conn_id}': its extra ") as caught:
            parse_connection(BaseHook.get_connection(conn_id))
        assert "20" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:Encountered")
@pytest.mark.parametrize("extra", BROKEN)
@pytest.mark.parametrize("kind", TAKE_URIS)
def test_an_extra_that_is_no_object_is_refused_from_every_class(kind: Any, extra: str) -> None:
    """As a database or a secrets back end may still hold it; some versions of Airflow refuse to make it."""
    try:
        conn = kind(conn_id="bento_made", conn_type="bento", login="pk", password="sk", schema="s", extra=extra)
    except ValueError:
        return
    with pytest.raises(BentoSetupError, match="its extra "):
        parse_connection(conn)


def test_a_row_that_airflow_refuses_to_read_is_refused_by_us() -> None:
    """Airflow 3.3 looks at a stored extra when it is read, too: by then the row is there."""
    conn = StoredConnection(conn_id="bento_row", conn_type="bento", login="pk", password="sk", schema="s")
    conn._extra = '{"rate_limit": "20/minute"'
    with pytest.raises(BentoSetupError, match="'bento_row': its extra is not JSON"):
        parse_connection(conn)


@pytest.mark.parametrize("rest", ["?rate_limt=20%2Fminute", "?Rate-Limit=20%2Fminute"])
def test_a_slip_in_a_uri_is_refused_too(rest: str) -> None:
    """Its query contains the extras."""
    with pytest.raises(BentoSetupError, match="did you mean rate_limit"):
        read(TAKE_URIS[0], uri("pk", "sk", f"@/site-1{rest}"))


def test_a_uri_with_a_slash_too_few_is_explained() -> None:
    """The site is a host then."""
    with pytest.raises(BentoSetupError, match="looks like a Site UUID"):
        read(TAKE_URIS[0], "bento://pk:sk@06ef3ada3b32a7f7dac762f5a788724d")


def test_a_uri_in_the_environment_is_looked_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook finds the URI form of docs/connection.md in the environment."""
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_URI", "bento://publishable:secret@/site-uuid")
    settings = parse_connection(BaseHook.get_connection("bento_uri"))
    assert settings == Settings(publishable_key="publishable", secret_key="secret", site_uuid="site-uuid")
