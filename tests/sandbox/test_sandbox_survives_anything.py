"""Whatever JSON is sent, the sandbox answers as an API does; its own defects would look like faults of Bento."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_bento.sandbox.in_thread import running_sandbox

KEYS = [
    "email", "type", "tags", "remove_tags", "command", "fields", "details", "date", "query", "key", "value", "name",
    "subject", "content", "from", "inclusive_tags", "segment_id", "batch_size_per_hour", "send_at", "approved",
    "unique", "tag", "bypass_workflows", "site_uuid", "layout_id", "",
]  # fmt: skip
WORDS = [
    "a@x.com", "b@x.com", "$purchase", "$tag", "$subscribe", "add_tag", "add_field", "change_email", "remove_field",
    "plain", "layout", "2026-01-02T03:04:05Z", "9999-12-31T23:59:59-14:00", "0001-01-01",
    "true", "x", " ", "\x00", "'\"%",
]  # fmt: skip

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)
rows = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(KEYS, values) | {"email": st.sampled_from(WORDS), "type": st.sampled_from(WORDS)}
)
wrappers = st.sampled_from(
    [("batch/subscribers", "subscribers"), ("batch/events", "events"), ("batch/broadcasts", "broadcasts"),
     ("fetch/commands", "command"), ("fetch/tags", "tag"),
     ("fetch/fields", "field"), ("fetch/subscribers", "subscriber")]
)  # fmt: skip


@pytest.fixture(scope="module")
def anything(request):
    """Run one sandbox for all examples."""
    with running_sandbox(authors=("a@x.com",)) as running:
        yield running


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(where=wrappers, body=values | st.lists(rows | values, max_size=5))
def test_no_json_makes_the_sandbox_fail(anything, client_of, where, body):
    """Every answer is documented, and what it counts adds up with the ledger."""
    path, wrapper = where
    api = client_of(anything)
    answer = api.post(f"/{path}", data=json.dumps({wrapper: body}), headers={"Content-Type": "application/json"})
    api.session.close()
    assert answer.status_code in (200, 201, 400, 422) or "not authorized" in answer.text
    (entry,) = anything.control.get("/journal", newest=1, limit=1)["data"]
    assert entry["records"] == entry["accepted"] + entry["failed"]
    if path.startswith("batch/") and answer.status_code == 200:
        kept = anything.control.get("/records", request=entry["number"])["data"]
        failed = [
            row["index"]
            for row in anything.control.get("/rejects", newest=1)["data"]
            if row["request"] == entry["number"]
        ]
        sent = body if isinstance(body, list) else [body]  # one event needs no list
        assert sorted([row["index"] for row in kept] + failed) == list(range(len(sent)))
        assert [row["record"] for row in kept] == [sent[row["index"]] for row in kept]


names = st.sampled_from(
    ["tag", "tag[name]", "tag[name][]", "tag[][name]", "[", "tag[", "]", "", "field[key]", "events[]"]
)
forms = st.lists(st.tuples(names, st.sampled_from(WORDS)), max_size=6).map(urlencode) | st.binary(max_size=40)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(["fetch/tags", "fetch/fields", "batch/events", "data_deletion_requests"]), form=forms)
def test_no_form_makes_the_sandbox_fail(anything, client_of, path, form):
    """Whatever its names say of each other."""
    api = client_of(anything)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = api.post(f"/{path}", data=form, headers=headers)
    api.session.close()
    assert answer.status_code in (200, 201, 202, 400, 404, 422)
