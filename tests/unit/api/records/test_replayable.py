"""What was sent, as a row that is sent as the same record again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from airflow_provider_bento.api.records import parse_event, parse_subscriber
from airflow_provider_bento.api.records.replayable import row_of


@pytest.mark.parametrize(
    ("parse", "row"),
    [
        (parse_subscriber, {"email": "a@x.io", "tags": ["null", "vip"], "remove_tags": ["None"]}),
        (parse_subscriber, {"email": "a@x.io", "tags": "a, b", "plan": "x,y", "type": "x"}),
        (parse_subscriber, {"email": "a@x.io", "n": 1}),
        (parse_event, {"type": "$tag", "email": "a@x.io", "details": {"tag": ["nan"]}}),
        (
            parse_event,
            {"type": "x", "email": "a@x.io", "fields": {"a": "b,c"}, "details": {"tags": "a,b", "tag": "c,d"}},
        ),
    ],
)
def test_the_same_record_is_made_again(parse: Any, row: Any) -> None:
    """Also of tags whose names mean nothing in a text."""
    body = parse(row).body
    assert parse(row_of(msgspec.json.decode(body))).body == body
