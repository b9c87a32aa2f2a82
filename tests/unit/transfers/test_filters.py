"""The filters of a transfer: which there are, what they may be, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_bento.transfers.filters import problems, read_filters
from airflow_provider_bento.transfers.schemas import What

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def wrong(what: What, filters: Any, *, rendered: bool = True) -> str:
    """Return what is wrong, in one text."""
    return "; ".join(problems(what, filters, rendered=rendered))


@pytest.mark.parametrize(
    ("what", "filters", "expected"),
    [
        ("broadcasts", None, {}),
        ("broadcasts", {"status": None}, {}),
        ("broadcasts", {"status": "sent"}, {"status": ("sent",)}),
        ("broadcasts", {"status": ["sent", "draft", "sent"]}, {"status": ("draft", "sent")}),
        ("form_responses", {"form_id": 7}, {"form_id": "7"}),
        ("subscribers", {"tags": "vip"}, {"tags": ["vip"]}),
        ("subscribers", {"tags": ("vip", "new")}, {"tags": ["vip", "new"]}),
        ("subscribers", {"created_at": (MAY, None)}, {"created_at": (MAY, None)}),
        ("subscribers", {"created_at": ("None", None), "tags": ["vip"]}, {"tags": ["vip"]}),  # the first run of a DAG
        ("subscribers", {"updated_at": ["2026-05-01", "2026-06-01T00:00:00+00:00"]}, None),
        ("subscribers", {"last_event_at": (date(2026, 5, 1), "None")}, {"last_event_at": (MAY, None)}),
        ("subscribers", {"unsubscribed_at": ("", datetime(2026, 5, 1))}, {"unsubscribed_at": (None, MAY)}),  # noqa: DTZ001
    ],
)
def test_filters_become_arguments_of_the_hook(what: What, filters: Any, expected: Any) -> None:
    """One status is a list of one, dates and texts are times, and times without a zone are UTC."""
    assert wrong(what, filters) == ""
    if expected is None:
        expected = {"updated_at": (MAY, datetime(2026, 6, 1, tzinfo=UTC))}
    assert read_filters(what, filters) == expected


@pytest.mark.parametrize(
    ("what", "filters", "words"),
    [
        ("broadcasts", ["sent"], "filters must be a dict, not a list"),
        ("broadcasts", {"state": "sent"}, "filters: broadcasts have no filter state; there is status"),
        ("broadcasts", {"status": "snet"}, "filters: status must be one or several of .*not 'snet'.*'sent'"),
        ("broadcasts", {"status": []}, "filters: status must be"),
        ("tags", {"name": "vip"}, "tags take no filters"),
        ("form_responses", None, 'filters must contain form_id for form_responses: filters={"form_id": …}'),
        ("form_responses", {"form_id": " "}, "filters: form_id must be the id of a form, not empty text"),
        ("form_responses", {"form_id": True}, "filters: form_id must be"),
        ("subscribers", {"email": "planted@x.io"}, "have no filter email; there is created_at, updated_at"),
        ("subscribers", {"planted@x.io": 1}, "no filter a key that is no name"),
        ("subscribers", {"tags": [7]}, "filters: tags must be a list of names"),
        ("subscribers", {"tags": "vip, new"}, "filters: tags must be a list of names of tags, none with a comma"),
        ("subscribers", {"created_at": MAY}, "filters: created_at must be a pair"),
        ("subscribers", {"created_at": (MAY,)}, "filters: created_at must be a pair"),
        ("subscribers", {"created_at": ("yesterday", None)}, "filters: created_at must be a pair"),
        ("subscribers", {"created_at": (MAY, MAY)}, "the earlier one first"),
        ("subscribers", {"created_at": (MAY, MAY - timedelta(days=1))}, "the earlier one first"),
        ("subscribers", {"created_at": (MAY.astimezone(timezone(timedelta(hours=2))), 7)}, "created_at must be a pair"),
    ],
)
def test_a_wrong_filter_is_named(what: What, filters: Any, words: str) -> None:
    """By its name and what it may be, never by its value."""
    import re

    said = wrong(what, filters)
    assert re.search(words, said) or words in said
    assert "planted" not in said


def test_a_template_is_looked_at_when_it_is_rendered() -> None:
    """Before that only the names of filters are known."""
    filters = {"created_at": ("{{ data_interval_start }}", None), "tags": ["{{ params.tag }}"]}
    assert wrong("subscribers", filters, rendered=False) == ""
    assert "created_at must be a pair" in wrong("subscribers", filters)
    assert wrong("subscribers", {**filters, "tag": "{{ x }}"}, rendered=False) != ""
