"""Airflow's Test button: what proves that Bento answered, and what is said of everything else."""

from __future__ import annotations

import inspect
import json
from typing import Any, Self

import pytest

from airflow_provider_bento.api.wire import Reply
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.hooks.check_connection import check_connection


def _reads_broken_extras() -> bool:
    try:
        from airflow.sdk import Connection
    except ImportError:
        return True
    return "uri" in inspect.signature(Connection).parameters


# Airflow 3.0 and 3.1 log what they cannot read, and then report that there is no such connection.
UNREADABLE = "Its extra is not JSON (line 1, column 27" if _reads_broken_extras() else "This connection does not exist"
URL = "https://bento.example/api/v1"
TAG = {"id": "174", "type": "tags", "attributes": {"name": "VIP", "discarded_at": None}}


class Answering:
    """A client that gets one reply."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, _: object) -> Reply:
        """Return the reply."""
        return self._reply


def tried(body: Any, status: int = 200) -> tuple[bool, str]:
    """Return what the test says of a reply: JSON, or bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return check_connection(lambda *_: Answering(Reply(status, {}, data)), lambda: URL)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("data", "words"),
    [([], "0 tags."), (None, "0 tags."), ([TAG], "1 tag."), ([TAG, {"id": 1, "name": "flat"}], "2 tags.")],
)
def test_a_list_of_tags_is_the_proof(data: Any, words: str) -> None:
    """Or null in its place, as Bento's own client takes it."""
    right, message = tried({"data": data})
    assert right
    assert message.endswith(f"the site has {words}")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 204, "status 204"),
        (b"", 200, "returned nothing"),
        (b" null", 200, "returned nothing"),
        ({"data": []}, 201, "status 201"),
        ({}, 200, "an object without data"),
        ({"ok": True}, 200, "an object without data"),
        ("hello", 200, "returned a text"),
        (7, 200, "returned a number"),
        (True, 200, "returned true or false"),
        ([], 200, "returned a list"),
        ([TAG], 200, "returned a list"),
        ({"data": TAG}, 200, "an object in data"),
        ({"data": "x"}, 200, "a text in data"),
        ({"data": [{"id": 1}]}, 200, "a data list without tags"),
        ({"data": [{"attributes": {"name": 1}}]}, 200, "a data list without tags"),
        ({"data": [{"attributes": None, "name": "a"}]}, 200, "a data list without tags"),
        ({"data": ["VIP"]}, 200, "a data list without tags"),
        (b"<!DOCTYPE html><html>", 200, "a web page"),
        ({"error": "Unauthorized"}, 200, "reports a failure (error)"),
        ({"data": [], "errors": ["no"]}, 200, "reports a failure (errors)"),
        ({"success": False}, 200, "reports a failure (success)"),
        ({"message": "hello"}, 200, "reports a failure (message)"),
        (b"{", 200, "no readable JSON"),
        (b'{"data":[],"data":[]}', 200, "no readable JSON"),
        (b"", 500, "nothing was changed"),
        (b"", 503, "nothing was changed"),
        (b"", 302, "redirected"),
        (b"", 407, "proxy"),
        (b"", 404, "rejected the request (404)"),
    ],
)
def test_anything_else_is_not_connected(body: Any, status: int, words: str) -> None:
    """The sentence says what came, by its kind; a read that fails may not have been applied."""
    right, message = tried(body, status)
    assert not right
    assert words in message
    assert "Connected" not in message
    assert "may or may not have been applied" not in message


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"schema": ""}, "This connection has no Site UUID (schema). Set it in the form."),
        ({"login": "", "password": ""}, "This connection has no Publishable key (login), Secret key (password)."),
        ({"host": "http://bento.example"}, "Its Base URL (host) cannot be used"),
        ({"extra": {"timeout": "soon"}}, "Its timeout is invalid"),
        ({"login": "a:b"}, "Its Publishable key (login) contains a colon"),
        ({"conn_type": "postgres"}, "This connection is of type 'postgres', not 'bento'."),
        ({"schema": "https"}, "Its Site UUID (schema) is only a URL scheme"),
        ({"login": "sk_1"}, "Its Publishable key (login) and Secret key (password) look swapped"),
        ({"login": "a\nb"}, "Its Publishable key contains a line break"),
        ({"extra": '{"rate_limit": "20/minute"'}, UNREADABLE),
        (
            {"extra": {"rate_limt": "20/minute"}},
            "Its extra 'rate_limt' is unknown (did you mean rate_limit?).",
        ),
        ({"extra": {"base_url": "x"}}, "Its extra 'base_url' is not read from there"),
        ({"host": "http://127.0.0.1:1", "login": " pk "}, "No usable reply from http://127.0.0.1:1/api/v1"),
        ({"host": "http://127.0.0.1:1", "extra": {"owner": "me"}}, "No usable reply from http://127.0.0.1:1/api/v1"),
    ],
)
def test_a_temporary_id_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, changed: dict[str, Any], words: str
) -> None:
    """An unsaved connection is tested under an id that Airflow makes up: it is in no sentence and no line of ours."""
    connection = {"conn_type": "bento", "login": "pk", "password": "sk", "schema": "site"}
    monkeypatch.setenv("AIRFLOW_CONN_2ZZTBZM0", json.dumps(connection | changed))
    right, message = BentoHook("2zZTBZM0").test_connection()
    assert not right
    assert message.startswith(words)
    assert "AIRFLOW_CONN" not in message
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("airflow_provider_bento")]
    assert "2zztbzm0" not in " ".join([message, *ours]).lower()


def test_what_is_odd_but_works_is_said_behind_the_result() -> None:
    """The person who fills in the form is the one who can correct it."""
    client = Answering(Reply(200, {}, b'{"data":[]}'))
    doubts = ["its extra 'owner' means nothing to Bento."]
    right, message = check_connection(lambda *_: client, lambda: URL, doubts)  # type: ignore[arg-type,return-value]
    assert right
    assert message.endswith("has 0 tags. Its extra 'owner' means nothing to Bento.")


def test_an_id_that_airflow_does_not_know_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for a connection that is gone nor for a variable that cannot be read."""
    for value in ("", "{"):
        monkeypatch.setenv("AIRFLOW_CONN_2ZZTBZM1", value)
        assert BentoHook("2zZTBZM1").test_connection() == (False, "This connection does not exist in Airflow.")
