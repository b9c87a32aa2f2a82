"""Tags and fields through the generations."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import Field, Tag

VIP = {"id": "174", "attributes": {"name": "VIP", "discarded_at": "2026-01-01T00:00:00Z"}}
PHONE = {"id": 2327, "type": "visitors-fields", "attributes": {"name": "Phone", "key": "phone", "whitelisted": None}}


def test_tags_are_listed_with_the_deleted_ones() -> None:
    """One object is a list of one."""
    assert responses.tags({"data": [VIP]}) == (Tag("174", "VIP", "2026-01-01T00:00:00Z"),)
    assert responses.tags({"data": VIP}) == responses.tags([VIP]) == responses.tags({"data": [VIP]})


@pytest.mark.parametrize("answer", [{"data": VIP}, {"data": [VIP]}, VIP, [VIP]])
def test_a_created_tag_is_read_in_every_envelope(answer: Any) -> None:
    """An object, or a list of one."""
    assert responses.tag(answer) == Tag("174", "VIP", "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "answer", [None, {}, {"data": None}, {"data": []}, {"data": {"id": 1}}, {"results": 1}, [VIP, PHONE]]
)
def test_a_reply_without_what_was_created_shows_nothing(answer: Any) -> None:
    """The list has to be read then."""
    assert responses.tag(answer) is None
    assert responses.field(answer) is None


@pytest.mark.parametrize("answer", [{"data": PHONE}, {"data": [PHONE]}, PHONE])
def test_a_created_field_is_read_in_every_envelope(answer: Any) -> None:
    """An object, or a list of one."""
    assert responses.field(answer) == Field("2327", "phone", "Phone") == responses.fields({"data": [PHONE]})[0]


def test_null_is_no_name() -> None:
    """Somebody may have named a tag None."""
    assert (
        responses.tags([{"id": 1, "name": None}])[0].name == responses.segments([{"id": 1, "name": None}])[0].name == ""
    )
    assert responses.fields([{"id": 1, "key": None}])[0].key == ""


@pytest.mark.parametrize(
    ("sent", "read"), [(True, True), (False, False), ("true", True), ("false", False), ("yes", None), (1, None)]
)
def test_whitelisted_is_a_boolean_or_unknown(sent: Any, read: Any) -> None:
    """The OpenAPI file says that it is a text."""
    assert responses.fields([{"id": 1, "key": "k", "whitelisted": sent}])[0].whitelisted is read
