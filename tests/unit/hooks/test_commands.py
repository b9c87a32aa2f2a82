"""Commands are read as records are: tags, keys and addresses mean the same everywhere. Nothing is sent here."""

from __future__ import annotations

import json
import logging
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records import parse_subscriber
from airflow_provider_bento.api.records.columns import subscriber_parser
from airflow_provider_bento.delivery.single_request import command_batch, one_batch
from airflow_provider_bento.exceptions import BentoRecordError

TAG_VERBS = ["add_tag", "add_tag_via_event", "remove_tag"]


def command(verb: str, query: Any = None, **more: Any) -> dict[str, Any]:
    """Return a command about Ann."""
    return {"command": verb, "email": "ann@x.io", **({} if query is None else {"query": query}), **more}


def sent(*commands: Any) -> list[dict[str, Any]]:
    """Return what would travel."""
    body = command_batch(commands).body
    assert body is not None
    found: list[dict[str, Any]] = json.loads(body)["command"]
    return found


def refused(*commands: Any) -> str:
    """Return the words of a refusal."""
    with pytest.raises(BentoRecordError) as caught:
        command_batch(commands)
    return str(caught.value)


@pytest.mark.parametrize("tag", ["vip", " vip ", ["vip"], ("vip",), '["vip"]', "{vip}", "['vip']", np.array(["vip"])])
@pytest.mark.parametrize("verb", TAG_VERBS)
def test_one_tag_is_its_name_whatever_contains_it(verb: str, tag: Any) -> None:
    """As in a record and in an event."""
    assert sent(command(verb, tag)) == [{"command": verb, "email": "ann@x.io", "query": "vip"}]


@pytest.mark.parametrize("tag", ["vip;trial", "[EU] customers", "größe 4", "source:web"])
def test_other_signs_are_part_of_a_tag(tag: str) -> None:
    """Only a comma separates tags."""
    assert sent(command("add_tag", tag))[0]["query"] == tag


@pytest.mark.parametrize("tag", ["big, spender", "a,b", ["a,b"], '["a,b"]', '{"a,b"}'])
@pytest.mark.parametrize("verb", TAG_VERBS)
def test_comma_in_a_tag_is_refused(verb: str, tag: Any) -> None:
    """Two tags would arise."""
    words = refused(command(verb, tag))
    assert "comma" in words
    assert "spender" not in words


@pytest.mark.parametrize(
    "tag", ["", " ", "[]", "{}", "null", [], None, 7, '{"a":1}', '["vip"', "nan", ["a", "b"], "{a,b}"]
)
@pytest.mark.parametrize("verb", TAG_VERBS)
def test_what_is_not_one_tag_is_refused(verb: str, tag: Any) -> None:
    """None, several, or another structure as text."""
    assert "query" in refused(command(verb, tag))


def test_both_addresses_of_a_change_are_sent_as_records_send_them() -> None:
    """Without the blanks that a warehouse left around them."""
    changed = {"command": "change_email", "email": "\u00a0old@x.io ", "query": " new@x.io\n"}
    assert sent(changed) == [{"command": "change_email", "email": "old@x.io", "query": "new@x.io"}]


@pytest.mark.parametrize("bad", ["new@gmail", "new", "", None, ["new@x.io"]])
def test_new_address_that_is_none_is_refused(bad: Any) -> None:
    """Bento would send mail there."""
    assert "query" in refused({"command": "change_email", "email": "old@x.io", "query": bad})


@pytest.mark.parametrize(
    "key", ["First Name", "TAGS", "tags", "email", "ID", "created_at", "pl\u200ban", "", " ", 7, None]
)
def test_field_that_can_be_none_is_refused(key: Any) -> None:
    """As in ``fields`` of an event."""
    assert "query" in refused(command("add_field", {"key": key, "value": "x"}))


@pytest.mark.parametrize("value", ["x", 0, 1.5, True, False, ""])
def test_field_is_set_to_what_is_given(value: Any) -> None:
    """Values that count as false are values."""
    assert sent(command("add_field", {"key": "plan", "value": value}))[0]["query"] == {"key": "plan", "value": value}


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, float("inf"), object(), b"x"])
def test_field_is_set_to_one_value(value: Any) -> None:
    """Custom fields are flat; clearing one is a command of its own."""
    assert "query" in refused(command("add_field", {"key": "plan", "value": value}))


def test_all_field_errors_of_all_commands_are_reported_by_position() -> None:
    """One reading finds everything."""
    words = refused(command("add_tag", "a,b"), command("subscribe"), {"Command": "add_tag", "email": "nobody"}, None)
    assert "did you mean command?" in words
    for position in (0, 2, 3):
        assert f"position {position}" in words
    assert "position 1" not in words


@pytest.mark.parametrize("verb", ["subscribe", "unsubscribe"])
def test_verbs_without_a_query_need_none(verb: str) -> None:
    """And get none."""
    assert sent(command(verb)) == [{"command": verb, "email": "ann@x.io"}]
    assert sent({**command(verb), "query": None}) == [{"command": verb, "email": "ann@x.io"}]


def test_slip_in_a_batch_of_the_hook_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """As in a push."""
    rows = [{"email": "a@x.io", "tag": "x"}, {"email": "b@x.io", "tag": "y"}]
    with caplog.at_level(logging.WARNING):
        one_batch(contract.BATCH_SUBSCRIBERS, rows, parse_subscriber)
    assert [record.getMessage().endswith("Did you mean tags?") for record in caplog.records] == [True]


def test_no_row_of_a_batch_is_lost_whatever_kind_of_mapping_it_is() -> None:
    """Dicts are validated in blocks, other mappings one by one; the order stays."""
    rows = [{"email": "a@x.io"}, MappingProxyType({"email": "b@x.io"}), {"email": "c@x.io"}]
    request, idempotent = one_batch(contract.BATCH_SUBSCRIBERS, rows, subscriber_parser())
    assert (request.count, idempotent) == (3, True)
    assert request.body == b'{"subscribers":[{"email":"a@x.io"},{"email":"b@x.io"},{"email":"c@x.io"}]}'
    with pytest.raises(BentoRecordError, match="position 1"):
        one_batch(contract.BATCH_SUBSCRIBERS, [rows[0], {"email": "nobody"}, rows[1]], subscriber_parser())
