"""Segments, responses to forms, and authors."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import Segment
from airflow_provider_bento.exceptions import BentoUnreachable

VIPS = {"name": "VIPs", "description": "pay", "visitor_event_query": {"a": 1}, "updated_at": "2026-01-01T00:00:00Z"}
FORM = {
    "id": "159765112",
    "type": "events",
    "attributes": {
        "uuid": "u1",
        "data": {
            "date": "2021-08-21T09:18:12.000+00:00",
            "fields": {"email": "ann@x.io", "color": "red"},
            "identity": {"email": "ann@x.io"},
            "page": {"url": "https://x.io/form"},
            "type": "$surveyFormCompleted",
        },
    },
}


@pytest.mark.parametrize("found", [{"id": 5, **VIPS}, {"id": "5", "type": "segments", "attributes": VIPS}])
def test_a_segment_is_flat_or_has_attributes(found: dict[str, Any]) -> None:
    """No source shows which, so both are read, alone and in a list."""
    segment = Segment("5", "VIPs", "pay", updated_at="2026-01-01T00:00:00Z")
    assert responses.segment(found) == responses.segment({"data": found}) == segment
    assert responses.segments({"data": [found]}) == responses.segments([found]) == (segment,)


@pytest.mark.parametrize("answer", [{}, {"data": None}])
def test_no_segment_is_none(answer: Any) -> None:
    """As other endpoints say that there is nothing."""
    assert responses.segment(answer) is None


@pytest.mark.parametrize("answer", [None, "x", {"ok": True}, {"data": {"description": "d"}}])
def test_what_shows_no_segment_is_not_a_miss(answer: Any) -> None:
    """It is the answer of something else."""
    with pytest.raises(BentoUnreachable, match="shows no segment"):
        responses.segment(answer)


def test_a_response_to_a_form_is_read_from_its_event() -> None:
    """Its ``repr`` shows no person."""
    (found,) = responses.form_responses({"data": [FORM]})
    assert (found.id, found.uuid, found.email, found.at, found.url) == (
        "159765112", "u1", "ann@x.io", "2021-08-21T09:18:12.000+00:00", "https://x.io/form",
    )  # fmt: skip
    assert found.fields == {"email": "ann@x.io", "color": "red"}
    assert repr(found) == "FormResponse(id='159765112')"


def test_an_author_is_not_shown_in_a_repr() -> None:
    """Bento may not report an id."""
    (found,) = responses.authors({"data": [{"attributes": {"name": "Ann", "email": "ann@x.io"}}]})
    assert (found.email, found.name, repr(found)) == ("ann@x.io", "Ann", "Author(id='')")
    assert responses.authors({"data": [{"id": 1, "attributes": {"email": None}}]})[0].email == ""
