"""The hook's methods and its connection test, over real HTTP, against the sandbox."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from airflow_provider_bento.api.broadcast_lookup import find
from airflow_provider_bento.api.responses import ListedBroadcast
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoOutcomeUnknown,
    BentoRecordError,
    BentoRefusedError,
    BentoSetupError,
)
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox


@pytest.fixture
def bento(server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """An empty sandbox behind the default connection."""
    server.control.reset()
    server.control.clear_faults()
    connect(monkeypatch, server.connection)
    return server


def connect(monkeypatch: pytest.MonkeyPatch, connection: dict[str, Any], **changed: Any) -> None:
    """Set the default connection."""
    extra = {"pacing": "process", "rate_limit": "1000/second"}
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps({**connection, "extra": extra, **changed}))


def test_person_is_made_found_and_changed(bento: RunningSandbox) -> None:
    """Every verb of commands does to the person what its name says."""
    hook = BentoHook()
    assert hook.get_subscriber(email="a+b@x.io") is None
    made = hook.create_subscriber("a+b@x.io")
    assert made is not None
    hook.add_tag("a+b@x.io", "vip")
    hook.add_tag_via_event("a+b@x.io", "hot")
    hook.remove_tag("a+b@x.io", "vip")
    hook.add_field("a+b@x.io", "plan", "gold")
    hook.add_field("a+b@x.io", "gone", "soon")
    hook.remove_field("a+b@x.io", "gone")
    hook.unsubscribe("a+b@x.io")
    found = hook.get_subscriber(uuid=made.uuid)
    assert found is not None
    names = {tag.id: tag.name for tag in hook.list_tags()}
    assert ([names[tag] for tag in found.tag_ids], found.fields) == (["hot"], {"plan": "gold"})
    assert found.unsubscribed_at is not None
    hook.subscribe("a+b@x.io")
    assert hook.change_email("a+b@x.io", "new@x.io").accepted == 1
    again = hook.get_subscriber(email="new@x.io")
    assert again is not None
    assert again.unsubscribed_at is None


def test_person_is_not_shown_in_a_repr(bento: RunningSandbox) -> None:
    """A person in a log line is an id."""
    assert "planted" not in repr(BentoHook().create_subscriber("planted@x.io"))


def test_batches_return_what_bento_took(bento: RunningSandbox) -> None:
    """One request a call, counted; a broadcast comes with its address."""
    hook = BentoHook()
    assert hook.import_subscribers([{"email": "a@x.io"}]).accepted == 1
    assert hook.send_events([{"type": "x", "email": "a@x.io"}] * 2).accepted == 2
    broadcast = {"name": "n", "subject": "s", "content": "c", "type": "plain", "segment_id": "s1"}
    receipt = hook.create_broadcasts([broadcast])
    assert receipt.created[0].dashboard_url
    assert [one.name for one in hook.list_broadcasts("draft")] == ["n"]
    assert hook.list_broadcasts() == ()


@pytest.mark.parametrize("rows", [[], [{"email": "a@x.io"}] * 1001, [{"email": "planted"}]])
def test_batch_that_cannot_go_is_refused_before_it_is_sent(bento: RunningSandbox, rows: list[Any]) -> None:
    """Nothing, too many, or an invalid record: nothing is sent and no value is shown."""
    with pytest.raises(BentoRecordError) as caught:
        BentoHook().import_subscribers(rows)
    assert "planted" not in str(caught.value)
    assert str(caught.value).endswith("Nothing was sent. Fix it and call again.")
    assert bento.control.journal() == []


@pytest.mark.parametrize(
    "command",
    [
        {"command": "explode", "email": "a@x.io"},
        {"command": "subscribe"},
        {"command": "subscribe", "e": 1},
        7,
        {"command": "unsubscribe", "email": "planted@x.io, b@x.io"},
        {"command": "add_tag", "email": "a@x.io"},
        {"command": "remove_field", "email": "a@x.io", "query": " "},
        {"command": "change_email", "email": "a@x.io", "query": "nobody"},
        {"command": "add_field", "email": "a@x.io", "query": {"key": "k", "value": float("nan")}},
        {"command": "add_field", "email": "a@x.io", "query": {"key": "k", "value": object()}},
        {"command": "subscribe", "email": "a@x.io", "planted@x.io": "vip"},
    ],
)
def test_wrong_command_is_refused_before_it_is_sent(bento: RunningSandbox, command: Any) -> None:
    """An unknown verb, no or two addresses, an unknown key, no word for what is done, something else entirely."""
    with pytest.raises(BentoRecordError) as caught:
        BentoHook().run_commands([command])
    assert "planted" not in str(caught.value)
    assert bento.control.journal() == []


def test_an_address_is_trimmed_before_a_command_uses_it(bento: RunningSandbox) -> None:
    """Bento would make another person of it."""
    BentoHook().unsubscribe(" ann@x.io\n")
    assert [person["email"] for person in bento.control.get("/people")["data"]] == ["ann@x.io"]


def test_a_person_is_looked_up_as_a_push_would_send_the_address(bento: RunningSandbox) -> None:
    """Blanks that a warehouse left around it, NBSP too, would ask for another person, or make one."""
    hook = BentoHook()
    made = hook.create_subscriber("\u00a0ann@x.io ")
    assert made is not None
    assert [person["email"] for person in bento.control.get("/people")["data"]] == ["ann@x.io"]
    found = hook.get_subscriber(email=" ann@x.io\n")
    assert found is not None
    assert found.uuid == made.uuid


@pytest.mark.parametrize("address", ["", " ", "planted", "a@x.io, planted@x.io", "Ann <planted@x.io>", 7])
def test_what_is_no_address_is_not_looked_up(bento: RunningSandbox, address: Any) -> None:
    """Nothing is sent and the address is not repeated."""
    with pytest.raises(BentoSetupError, match="get_subscriber: email must be") as first:
        BentoHook().get_subscriber(email=address)
    with pytest.raises(BentoSetupError, match="create_subscriber: email must be") as second:
        BentoHook().create_subscriber(address)
    assert "planted" not in f"{first.value} {second.value}"
    assert bento.control.journal() == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "it does not exist. Add it under Admin > Connections, or in AIRFLOW_CONN_BENTO_NONE."),
        ("{", "Airflow cannot read AIRFLOW_CONN_BENTO_NONE. Set it to a URI like bento://"),
        ("{'login': 'planted'}", "Airflow cannot read AIRFLOW_CONN_BENTO_NONE. Set it to a URI like bento://"),
    ],
)
def test_a_connection_that_airflow_does_not_find_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    """Airflow itself says that it is not defined, also if its variable is there and cannot be read."""
    monkeypatch.setenv("AIRFLOW_CONN_BENTO_NONE", value)
    with pytest.raises(BentoSetupError) as caught:
        BentoHook("bento_none").list_tags()
    assert str(caught.value).startswith(f"Connection 'bento_none': {words}")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("rows", [{"email": "a@x.io"}, "[]", 7])
def test_what_is_no_list_is_no_batch(bento: RunningSandbox, rows: Any) -> None:
    """One dict is easily passed for a list of one."""
    with pytest.raises(BentoSetupError, match="must be a list of dicts"):
        BentoHook().import_subscribers(rows)


def test_a_batch_that_bento_refuses_is_an_error(
    bento: RunningSandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A caller that does not look at the receipt would lose it; of a part refused the log tells."""
    bento.control.inject("failed_count", "/batch/events", records=1)
    with pytest.raises(BentoRefusedError, match="rejected 1 of 1"):
        BentoHook().send_events([{"type": "x", "email": "a@x.io"}])
    bento.control.inject("failed_count", "/batch/events", records=1)
    assert BentoHook().send_events([{"type": "x", "email": "a@x.io"}] * 2).accepted == 1
    assert "rejected 1 of 2" in caplog.text + capsys.readouterr().out  # Airflow 2 and 3 log differently


def test_a_word_is_no_permission_to_mail(bento: RunningSandbox) -> None:
    """Any text would count as a yes."""
    with pytest.raises(BentoSetupError, match="True or False"):
        BentoHook().create_broadcasts([{}], allow_send="False")  # type: ignore[arg-type]  # the mistake


def test_command_that_starts_automations_is_not_repeated(bento: RunningSandbox) -> None:
    """An unknown outcome of add_tag_via_event is an error; of add_tag it is simply sent again."""
    bento.control.inject("apply_then_reset", "/fetch/commands")
    with pytest.raises(BentoOutcomeUnknown):
        BentoHook().add_tag_via_event("a@x.io", "t")
    bento.control.inject("apply_then_reset", "/fetch/commands")
    assert BentoHook().add_tag("a@x.io", "t").accepted == 1


def test_get_subscriber_wants_one_of_two(bento: RunningSandbox) -> None:
    """Neither or both of email and uuid is a mistake."""
    with pytest.raises(BentoSetupError, match="either"):
        BentoHook().get_subscriber()


def test_connection_test_says_that_it_works(bento: RunningSandbox) -> None:
    """One read, and a sentence."""
    assert BentoHook().test_connection() == (
        True,
        "Connected to Bento: the keys and the Site UUID are valid; the site has 0 tags.",
    )
    assert [entry["path"] for entry in bento.control.journal()] == ["/fetch/tags"]


def test_connection_test_tells_of_extras_that_mean_nothing(
    bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works, and yet somebody expects something of them."""
    connect(monkeypatch, bento.connection, extra={"owner": "planted"}, login=f" {bento.connection['login']}")
    right, message = BentoHook().test_connection()
    assert right
    assert "tags. Its extra 'owner' is unknown and is ignored" in message
    assert message.endswith("Its Publishable key has leading or trailing whitespace, which was removed.")
    assert "planted" not in message


@pytest.mark.parametrize(
    ("changed", "fault", "words"),
    [
        ({"password": "planted-wrong"}, None, "keys or the site UUID"),
        ({"schema": "nowhere"}, None, "Site UUID"),
        ({}, "html_403", "Blocked before Bento"),
        ({}, "html_200", "Not Bento"),
        ({}, "truncated_json", "No usable reply"),
        ({"host": "http://127.0.0.1:1/api/v1"}, None, "nothing was sent"),
        ({"host": "http://bento.example/api/v1"}, None, "http"),
        ({"login": ""}, None, "Publishable key"),
    ],
)
def test_connection_test_says_what_is_wrong(
    bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], fault: Any, words: str
) -> None:
    """Wrong keys, wrong site, blocked, not Bento, unreachable, not safe, incomplete: each in plain words."""
    connect(monkeypatch, bento.connection, **changed)
    if fault:
        bento.control.inject(fault, "/fetch/tags")
    right, message = BentoHook().test_connection()
    assert not right
    assert words in message
    assert "planted" not in message


def test_connection_test_gives_up_on_silence(bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and says nothing is a time-out, soon."""
    monkeypatch.setattr("airflow_provider_bento.hooks.check_connection.READ_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        connect(monkeypatch, bento.connection, host=f"http://127.0.0.1:{silent.getsockname()[1]}/api/v1")
        right, message = BentoHook().test_connection()
    assert not right
    assert "timed out" in message


def test_wrong_keys_raise_an_access_error(bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 401 is an error of the set-up, with the status as a field."""
    connect(monkeypatch, bento.connection, password="wrong")
    with pytest.raises(BentoAccessError) as caught:
        BentoHook().list_tags()
    assert caught.value.status == 401


def test_broadcasts_without_ids_are_looked_for_on_every_page() -> None:
    """A page whose broadcasts have no ids is not taken for the one before it; one that repeats ends the list."""
    made = "2026-11-23T08:00:00Z"
    pages = {number: (ListedBroadcast("", f"n{number}", made),) for number in (1, 2, 3)}

    def list_page(status: str, page: int) -> tuple[ListedBroadcast, ...]:
        return pages[min(page, 3)] if status == "draft" else ()

    assert find(list_page, ["n3"], 0.0).keys() == {"n3"}
