"""What a connection's values mean: keys, site, extras; no Airflow is needed for it."""

from __future__ import annotations

import base64
import itertools
import logging
import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_provider_bento.api.contract import BASE_URL
from airflow_provider_bento.connection import Settings, parse_connection, secrets_of
from airflow_provider_bento.exceptions import BentoSetupError

SECRET = "sk:1%2B+/ü s"
_ids = itertools.count()


@dataclass
class Conn:
    """A connection's attributes, with a new id each, since warnings come once per id."""

    login: Any = "pk_1"
    password: Any = SECRET
    schema: Any = "site1"
    host: Any = ""
    port: Any = None
    extra: Any = None
    conn_type: Any = "bento"
    conn_id: str = field(default_factory=lambda: f"bento_{next(_ids)}")


def refused(conn: Conn) -> BentoSetupError:
    """Return the error that the connection is turned away with."""
    with pytest.raises(BentoSetupError) as caught:
        parse_connection(conn)
    return caught.value


def test_a_minimal_connection_has_the_documented_defaults() -> None:
    """Two keys and a site are enough."""
    settings = parse_connection(Conn())
    assert settings == Settings(publishable_key="pk_1", secret_key=SECRET, site_uuid="site1")
    assert (settings.base_url, settings.rate_limit, settings.pacing) == (BASE_URL, "100/minute", "auto")
    assert (settings.connect_timeout, settings.read_timeout) == (5.0, 120.0)


def test_another_systems_password_is_not_sent_to_bento() -> None:
    """A mistyped id may name a database; a connection without a type is taken."""
    assert "type 'postgres'" in str(refused(Conn(conn_type="postgres")))
    assert parse_connection(Conn(conn_type="")) == parse_connection(Conn(conn_type=None)) == parse_connection(Conn())


def test_every_extra_is_taken_by_its_name() -> None:
    """The extras reach the settings."""
    extra = {"rate_limit": "60/minute, 500/hour", "timeout": 30, "pacing": "process"}
    people = {"from": "team@example.com", "alerts_to": "ann@example.com"}
    settings = parse_connection(Conn(extra=extra | people))
    assert (settings.rate_limit, settings.read_timeout, settings.pacing) == ("60/minute, 500/hour", 30.0, "process")
    assert (settings.sender, settings.alerts_to) == ("team@example.com", ("ann@example.com",))


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_extra_means_its_default(empty: Any) -> None:
    """Airflow's form stores null or an empty text where nothing was filled in."""
    extra = dict.fromkeys(["rate_limit", "timeout", "pacing", "site_uuid", "from", "alerts_to"], empty)
    assert parse_connection(Conn(extra=extra)) == parse_connection(Conn())


def test_all_that_is_missing_is_named_at_once_with_label_and_place() -> None:
    """A person fills in the whole form in one go."""
    error = refused(Conn(login=None, password="  ", schema="", conn_id="bento_default"))
    assert error.fields == ("publishable_key", "secret_key", "site_uuid")  # type: ignore[attr-defined]
    assert error.conn_id == "bento_default"  # type: ignore[attr-defined]
    for words in ("Publishable key (login)", "Secret key (password)", "Site UUID (schema)"):
        assert words in str(error)
    assert "Admin > Connections" in str(error)
    assert "AIRFLOW_CONN_BENTO_DEFAULT" in str(error)


@pytest.mark.parametrize(
    ("schema", "extra"), [("s", {}), ("", {"site_uuid": "s"}), (None, {"site_uuid": " s "}), ("s", {"site_uuid": "s"})]
)
def test_the_site_comes_from_either_place(schema: Any, extra: dict[str, Any]) -> None:
    """The field, the extra, or both saying the same."""
    assert parse_connection(Conn(schema=schema, extra=extra)).site_uuid == "s"


def test_two_sites_that_differ_are_an_error() -> None:
    """Records must not go to a site by accident."""
    assert refused(Conn(extra={"site_uuid": "other"})).fields == ("site_uuid",)  # type: ignore[attr-defined]


@pytest.mark.parametrize("site", [12, ["s"], True])
def test_a_site_that_is_not_text_is_an_error(site: Any) -> None:
    """A number among the extras may already have lost digits."""
    refused(Conn(schema="", extra={"site_uuid": site}))


@pytest.mark.parametrize("name", ["login", "password", "schema", "host"])
def test_a_field_that_is_not_text_is_an_error(name: str) -> None:
    """JSON in an environment variable may contain numbers where the form cannot."""
    given: dict[str, Any] = {name: 123456}
    error = refused(Conn(**given))
    assert "quotes" in str(error)
    assert "123456" not in str(error)


def test_a_site_that_looks_like_a_path_is_an_error() -> None:
    """bento://…@app.bentonow.com/api/v1 puts the path where the site belongs."""
    assert "site-uuid" in str(refused(Conn(schema="api/v1")))


@pytest.mark.parametrize("around", [" {} ", "{}\n", "\r\n{}\t", "\u00a0{}", "\ufeff{}", "{}\u200b ", " \u200b {}"])
def test_what_was_pasted_around_a_key_is_removed_and_said_once(around: str, caplog: pytest.LogCaptureFixture) -> None:
    """The warning names the field and never the value."""
    conn = Conn(login=around.format("pk_1"), password=around.format(SECRET), schema=around.format("site1"))
    with caplog.at_level(logging.WARNING):
        first, second = parse_connection(conn), parse_connection(conn)
    assert first == second == parse_connection(Conn())
    assert sorted(line.split(": its ")[1].split(" has")[0] for line in caplog.messages) == [
        "Publishable key",
        "Secret key",
        "Site UUID",
    ]
    assert not any(value in caplog.text for value in ("pk_1", SECRET, "site1"))


def test_spaces_inside_a_key_are_kept() -> None:
    """Nobody publishes what a key may contain."""
    assert parse_connection(Conn(password="a b")).secret_key == "a b"


@pytest.mark.parametrize("name", ["login", "password", "schema"])
@pytest.mark.parametrize("inside", ["a\nb", "a\x00b", "a\x7fb"])
def test_a_control_character_inside_a_key_is_an_error(name: str, inside: str) -> None:
    """Two lines were pasted; the error does not repeat them."""
    error = refused(Conn(**{name: inside}))
    assert inside not in str(error)


def test_a_colon_in_the_publishable_key_is_an_error() -> None:
    """HTTP Basic ends the user name at its first colon (RFC 7617); most likely both keys were pasted there."""
    error = refused(Conn(login=f"pk_1:{SECRET}"))
    assert error.fields == ("publishable_key",)  # type: ignore[attr-defined]
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (30, (5, 30)),
        (0.5, (5, 0.5)),
        ("30", (5, 30)),
        ("2, 30", (2, 30)),
        ("2,30", (2, 30)),
        ([2, 30], (2, 30)),
        ([30], (5, 30)),
        (3600, (5, 3600)),
    ],
)
def test_a_time_out_is_one_number_or_two(written: Any, seconds: tuple[float, float]) -> None:
    """One: waiting for a reply; two: connecting, waiting."""
    settings = parse_connection(Conn(extra={"timeout": written}))
    assert (settings.connect_timeout, settings.read_timeout) == seconds


@pytest.mark.parametrize(
    "written",
    [
        0,
        -1,
        True,
        False,
        "fast",
        "nan",
        "inf",
        float("nan"),
        10**400,
        3601,
        "1,2,3",
        ",",
        "5,",
        [],
        [1, 2, 3],
        {},
        {"read": 1},
        [None],
        ["5", True],
    ],
)
def test_any_other_time_out_is_an_error_that_says_what_to_write(written: Any) -> None:
    """None of them means something by accident: 120000 is milliseconds, true is not one second."""
    error = refused(Conn(extra={"timeout": written}))
    assert '"5, 120"' in str(error)


@pytest.mark.parametrize(
    "written", [60, ["60/minute"], "60", "60 per minute", "0/minute", "-1/minute", "x/minute", "60/fortnight"]
)
def test_a_rate_limit_that_is_not_understood_is_an_error(written: Any) -> None:
    """It says how to write it and which field it is."""
    error = refused(Conn(extra={"rate_limit": written}))
    assert error.fields == ("rate_limit",)  # type: ignore[attr-defined]
    assert "minute" in str(error)


@pytest.mark.parametrize("written", ["auto", "process", "redis://r", "rediss://u:p@r:6380/1", "redis://[::1]:1/0"])
def test_pacing_is_a_word_or_the_url_of_a_redis(written: str) -> None:
    """It is kept as written."""
    assert parse_connection(Conn(extra={"pacing": written})).pacing == written


@pytest.mark.parametrize(
    "written",
    [
        "Auto",
        "redis",
        "redis://",
        "redis://:hunter2@",
        "http://u:hunter2@r",
        "redis://h:hunter2",
        1,
        True,
        ["auto"],
        "redis://r:0",
        "redis://[r:hunter2",
    ],
)
def test_any_other_pacing_is_an_error_that_does_not_repeat_it(written: Any) -> None:
    """A mistyped URL may contain a password."""
    error = refused(Conn(extra={"pacing": written}))
    assert error.fields == ("pacing",)  # type: ignore[attr-defined]
    assert "hunter2" not in str(error)


def test_a_repr_shows_where_to_but_no_secret() -> None:
    """Settings end up in tracebacks with locals."""
    settings = parse_connection(Conn(extra={"pacing": "redis://u:hunter2@r"}))
    shown = repr(settings) + str(settings)
    assert "site1" in shown
    assert BASE_URL in shown
    assert not any(secret in shown for secret in (*secrets_of(settings), "pk_1", "hunter2"))


def test_every_form_of_every_secret_is_to_be_masked() -> None:
    """Plain, in a URL however it is quoted, in the Basic header, and the password of the Redis."""
    settings = parse_connection(Conn(password="a/b+c d%", extra={"pacing": "redis://u:p%40ss@r"}))
    header = base64.b64encode(b"pk_1:a/b+c d%").decode()
    wanted = {"a/b+c d%", "a/b%2Bc%20d%25", "a%2Fb%2Bc%20d%25", "a%2Fb%2Bc+d%25", header, "p@ss", "p%40ss"}
    assert set(secrets_of(settings)) == wanted
    assert len(secrets_of(settings)) == len(wanted)


def test_an_error_survives_pickling_with_its_fields() -> None:
    """Airflow moves exceptions between processes."""
    error = refused(Conn(login=""))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.fields) == (str(error), ("publishable_key",))


def test_a_type_in_capitals_is_our_type() -> None:
    """JSON in the environment is written by hand."""
    assert parse_connection(Conn(conn_type="Bento")) == parse_connection(Conn())


def test_settings_cannot_be_changed() -> None:
    """They are shared by hook, client and pacer."""
    with pytest.raises(AttributeError):
        parse_connection(Conn()).site_uuid = "other"  # type: ignore[misc]
