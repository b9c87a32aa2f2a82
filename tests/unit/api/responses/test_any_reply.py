"""Any JSON as the reply to any reading call: a result, or one of our errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api import contract, responses
from airflow_provider_bento.api.wire import Reply, Request, read, read_if_found
from airflow_provider_bento.exceptions import BentoError

READERS = [getattr(responses, name) for name in responses.__all__ if name.islower()]
NAMES = """
    data attributes id name key email uuid fields cached_tag_ids email_templates template template_id stats open_rate
    created_at discarded_at subject html prefix_id identity page url whitelisted user_count report_data chart_style
    totals chartData breakdown revenueMode valid reasons results query gender confidence broadcasts error message errors
"""
KEYS = st.sampled_from(NAMES.split())
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(allow_nan=False), st.text())
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6))
ENVELOPES = st.one_of(JSON, JSON.map(lambda one: {"data": one}), JSON.map(lambda one: {"data": [{"attributes": one}]}))

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@patient
@given(answer=ENVELOPES, status=st.sampled_from([200, 201, 404]))
@example(answer={"data": [{"id": {}, "attributes": {"stats": {"open_rate": 10**400}}}]}, status=200)
def test_any_json_is_a_result_or_one_of_our_errors(reader: Any, answer: Any, status: int) -> None:
    """Never an error of Python's, which says nothing about what was sent."""
    reply = Reply(status, {}, json.dumps(answer).encode())
    for reading in (read, read_if_found):
        try:
            repr(reader(reading(Request(contract.LIST_TAGS), reply)))
        except BentoError as error:
            assert str(error)  # noqa: PT017  (either is right)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@patient
@given(body=st.binary(max_size=30), status=st.integers(200, 599))
def test_any_bytes_are_a_result_or_one_of_our_errors(reader: Any, body: bytes, status: int) -> None:
    """At any status."""
    try:
        reader(read_if_found(Request(contract.GET_SEGMENT, resource="1"), Reply(status, {}, body)))
    except BentoError as error:
        assert str(error)  # noqa: PT017  (either is right)
