"""The extras of a connection: none is lost in silence, whatever they are written in and however a name is spelled."""

from __future__ import annotations

import itertools
import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.connection import Settings, parse_connection
from airflow_provider_bento.exceptions import BentoSetupError

_ids = itertools.count()


def with_extra(extra: Any) -> SimpleNamespace:
    """Return a connection that is complete but for its extra, with a new id, since warnings come once per id."""
    keys = {"login": "p", "password": "s", "schema": "u", "host": "", "port": None}
    return SimpleNamespace(conn_id=f"bento_extra_{next(_ids)}", conn_type="bento", extra=extra, **keys)


def read(extra: Any) -> Settings:
    """Return the settings with this extra."""
    return parse_connection(with_extra(extra))


def refused(extra: Any) -> str:
    """Return the words that the extra is turned away with."""
    conn = with_extra(extra)
    with pytest.raises(BentoSetupError) as caught:
        parse_connection(conn)
    assert str(caught.value).startswith(f"Connection {conn.conn_id!r}: its extra ")
    assert caught.value.fields  # type: ignore[attr-defined]
    assert conn.conn_id not in caught.value.in_form
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"rate_limit": "20/minute"',
        "{'rate_limit': '20/minute'}",
        '{"rate_limit": "20/minute",}',
        '{rate_limit: "20/minute"}',
        "rate_limit=20/minute",
        "20/minute",
        '{"rate_limit": "20/minute"} {}',
        '{"rate_limit": “20/minute”}',
        "[" * 100_000,
    ],
)
def test_an_extra_that_is_not_json_is_refused(text: str) -> None:
    """Airflow takes it for an empty one, and the limit in it would not be kept."""
    words = refused(text)
    assert "is not JSON" in words
    assert '{"rate_limit": "60/minute"}' in words
    assert "20" not in words


@pytest.mark.parametrize("value", [["20/minute"], [], 20, 0, True, False, json.dumps({"rate_limit": "20/minute"})])
def test_json_that_is_no_object_is_refused(value: Any) -> None:
    """A list, a number, or an object that was put into quotes once too often."""
    assert "20" not in refused(json.dumps(value)).removeprefix("Connection 'bento_extra_20'")


@pytest.mark.parametrize("extra", [None, "", "  \n", "null", '""', "{}", b"{}", {}])
def test_no_extras_are_none(extra: Any) -> None:
    """However nothing is written: there is no limit in it that could get lost."""
    assert read(extra) == Settings(publishable_key="p", secret_key="s", site_uuid="u")


def test_an_extra_whose_reading_fails_is_refused() -> None:
    """Airflow 3.3's stored connection raises ValueError where the text is not a JSON object."""

    class Stored(SimpleNamespace):
        @property
        def extra(self) -> str:
            """Fail as Airflow does."""
            raise ValueError("Encountered non-JSON in `extra` field for connection 'planted'.")

    keys = {"login": "p", "password": "s", "schema": "u", "host": "", "port": None}
    with pytest.raises(BentoSetupError, match="its extra is not JSON; write") as caught:
        parse_connection(Stored(conn_id="bento_stored", conn_type="bento", **keys))
    assert "planted" not in str(caught.value)


def test_a_setting_that_occurs_twice_is_refused() -> None:
    """JSON readers keep the last one, nobody knows which one was meant."""
    assert "sets rate_limit twice" in refused('{"rate_limit": "20/minute", "rate_limit": "100/minute"}')
    assert "sets rate_limit twice" in refused({"rate_limit": "20/minute", "extra__bento__rate_limit": "30/minute"})
    assert read('{"timeout": 9, "extra__bento__timeout": 9}').read_timeout == 9


def test_the_names_of_older_forms_are_read() -> None:
    """Forms before Airflow 2.3 put the type before each name, and recipes still do."""
    extra = {"extra__bento__rate_limit": "20/minute", "extra__bento__pacing": "", "extra__bento__site_uuid": "u"}
    assert read(json.dumps(extra)).rate_limit == "20/minute"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("rate_limt", "rate_limit"),
        ("Rate_Limit", "rate_limit"),
        ("RATE_LIMIT", "rate_limit"),
        ("rate-limit", "rate_limit"),
        ("rate limit", "rate_limit"),
        ("ratelimit", "rate_limit"),
        ("rateLimit", "rate_limit"),
        (" rate_limit", "rate_limit"),
        ("rate_limit\u200b", "rate_limit"),
        ("\ufeffrate_limit", "rate_limit"),
        ("ｒａｔｅ_limit", "rate_limit"),
        ("rate_limits", "rate_limit"),
        ("rate", "rate_limit"),
        ("limit", "rate_limit"),
        ("rate_limit_per_minute", "rate_limit"),
        ("extra__http__rate_limit", "rate_limit"),
        ("extra__bento__rate_limt", "rate_limit"),
        ("time_out", "timeout"),
        ("Timeout", "timeout"),
        ("read_timeout", "timeout"),
        ("Pacing", "pacing"),
        ("paceing", "pacing"),
        ("siteUUID", "site_uuid"),
        ("site_id", "site_uuid"),
        ("From", "from"),
        ("from_email", "from"),
        ("sender", "from"),
        ("alert_to", "alerts_to"),
        ("alerts", "alerts_to"),
        ("alertsTo", "alerts_to"),
    ],
)
def test_a_name_that_is_nearly_a_known_one_is_refused(name: str, meant: str) -> None:
    """Otherwise what it says is lost; the value is not repeated."""
    words = refused({name: "hunter2"})
    assert f"did you mean {meant}?" in words
    assert "hunter2" not in words
    assert read({name: ""}) == read({name: None}) == read({})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("secret_key", "Secret key (password)"),
        ("SecretKey", "Secret key (password)"),
        ("password", "Secret key (password)"),
        ("login", "Publishable key (login)"),
        ("publishable-key", "Publishable key (login)"),
        ("base_url", "Base URL (host)"),
        ("baseURL", "Base URL (host)"),
        ("base_uri", "Base URL (host)"),
        ("host", "Base URL (host)"),
        ("schema", "Site UUID (schema)"),
        ("port", "Port (port)"),
    ],
)
def test_a_setting_that_has_a_field_of_its_own_is_refused(name: str, place: str) -> None:
    """A base URL that is not read would send a trial's records to the real Bento."""
    words = refused(json.dumps({name: "hunter2"}))
    assert f"belongs in {place}" in words
    assert "hunter2" not in words


def test_several_slips_are_reported_at_once() -> None:
    """The form is corrected in one go."""
    words = refused({"rate_limt": "20/minute", "Pacing": "process", "note": "x"})
    assert "did you mean rate_limit" in words
    assert "did you mean pacing" in words
    assert words.endswith("pacing?).")


def test_names_that_mean_nothing_are_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    """Other tools may keep notes there: they are seen, their values are not, and the log is not flooded."""
    conn = with_extra(json.dumps({"owner": "hunter2hunter2", "x\ny": 1, "copied_from": 2, "timeout": 3}))
    with caplog.at_level(logging.WARNING):
        parse_connection(conn)
        parse_connection(conn)
        read({"owner": "hunter2hunter2"})
    assert len(caplog.messages) == 2
    assert "'copied_from', 'owner', 'x\\ny'" in caplog.messages[0]
    assert "hunter2hunter2" not in caplog.text
    assert "alerts_to, from, pacing, rate_limit, site_uuid, timeout" in caplog.messages[0]


def test_whoever_listens_hears_of_doubts_without_the_id(caplog: pytest.LogCaptureFixture) -> None:
    """Airflow tests an unsaved connection under an id that it makes up: no log line may name that."""
    heard = list[str]()
    with caplog.at_level(logging.WARNING):
        parse_connection(with_extra({"owner": "x"}), heard.append)
    assert not caplog.messages
    assert [line.split(" is unknown")[0] for line in heard] == ["its extra 'owner'"]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else is raised, and what is accepted without a warning contains no setting."""
    try:
        settings = read(text)
    except BentoSetupError:
        return
    assert settings == read(None) or json.loads(text)


@given(st.dictionaries(st.text(max_size=12), st.none() | st.text(max_size=5) | st.integers(), max_size=3))
def test_any_object_is_read_or_refused(extra: dict[str, Any]) -> None:
    """As a text and as it is: with the same end."""

    def end(form: Any) -> Any:
        try:
            return read(form)
        except BentoSetupError as error:
            return error.in_form

    assert end(extra) == end(json.dumps(extra))
