"""The table of columns: stable names, and the documentation that is made from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.transfers.schemas import SCHEMAS, WHAT, What, schema_tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "export.md"

NAMES = {
    "broadcasts": [
        *("id", "name", "status", "created_at", "send_at", "sent_final_batch_at", "subject", "open_rate", "url"),
        "stats",
    ],
    "form_responses": ["id", "form_id", "email", "submitted_at", "fields", "url"],
    "tags": ["id", "name", "discarded_at"],
    "fields": ["id", "key", "name", "whitelisted"],
    "segments": ["id", "name", "description", "created_at", "updated_at"],
    "sequences": ["id", "name", "created_at", "emails"],
    "subscribers": ["id", "uuid", "email", "unsubscribed_at", "tag_ids", "fields", "url"],
}


@pytest.mark.parametrize("what", WHAT)
def test_columns_keep_their_names_and_their_order(what: What) -> None:
    """Tables in warehouses depend on them: one may be added at the end, none removed."""
    assert [one.name for one in SCHEMAS[what]][: len(NAMES[what])] == NAMES[what]


STRUCTS = {
    "broadcasts": responses.ListedBroadcast,
    "form_responses": responses.FormResponse,
    "tags": responses.Tag,
    "fields": responses.Field,
    "segments": responses.Segment,
    "sequences": responses.Sequence,
    "subscribers": responses.Person,
}


@pytest.mark.parametrize("what", WHAT)
def test_every_column_is_an_attribute_of_the_result(what: What) -> None:
    """Except the form, which the request contains."""
    known = {"form_id"} if what == "form_responses" else set()
    attributes = {one.source.partition(".")[0] for one in SCHEMAS[what]} - known
    assert sorted(attributes - set(STRUCTS[what].__struct_fields__)) == []


def test_the_page_shows_the_schemas() -> None:
    """The tables of docs/how-to/export.md are made from the one table."""
    page = PAGE.read_text(encoding="utf-8")
    shown = page.split("<!-- schemas: begin -->")[1].split("<!-- schemas: end -->")[0]
    assert shown.strip() == schema_tables().strip()
