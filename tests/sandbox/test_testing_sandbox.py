"""What users get for their own tests: a running sandbox, its connection, and assertions that say what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import msgspec
import pytest
import requests

from airflow_provider_bento.sandbox import testing
from airflow_provider_bento.sandbox.errors import SandboxNotRunning, SandboxRequestError
from airflow_provider_bento.sandbox.expectations import compare
from airflow_provider_bento.sandbox.testing import BentoSandbox, bento_sandbox  # noqa: F401

ADA, BOB = {"email": "ada@example.com"}, {"email": "bob@example.com"}


def push(bento, kind, *records):
    """Send records as a client does."""
    connection = bento.connection
    return requests.post(
        f"{connection['host']}/batch/{kind}",
        params={"site_uuid": connection["schema"]},
        json={kind: list(records)},
        auth=(connection["login"], connection["password"]),
        headers={"User-Agent": "tests/1"},
        timeout=10,
    )


def test_the_connection_is_there_and_gone_afterwards():
    """Whatever the variable was before, it is again."""
    os.environ["AIRFLOW_CONN_MARKETING"] = "before"
    try:
        with BentoSandbox("marketing") as bento:
            assert json.loads(os.environ["AIRFLOW_CONN_MARKETING"]) == bento.connection
            assert bento.connection["extra"]["pacing"] == "process"
        assert os.environ["AIRFLOW_CONN_MARKETING"] == "before"
    finally:
        del os.environ["AIRFLOW_CONN_MARKETING"]
    with BentoSandbox("marketing"):
        pass
    assert "AIRFLOW_CONN_MARKETING" not in os.environ


def test_the_variable_comes_back_when_the_block_fails():
    """An exception in the block changes nothing about that."""
    with pytest.raises(ZeroDivisionError), BentoSandbox("marketing"):
        raise ZeroDivisionError
    assert "AIRFLOW_CONN_MARKETING" not in os.environ


def test_a_setting_that_does_not_exist_leaves_nothing_behind():
    """The variable is set only once the sandbox runs."""
    with pytest.raises((TypeError, ValueError, msgspec.ValidationError)), BentoSandbox("marketing", limits="off"):
        pass
    assert "AIRFLOW_CONN_MARKETING" not in os.environ


def test_outside_its_block_it_says_so():
    """Instead of calling a port that somebody else may have by then."""
    bento = BentoSandbox()
    with bento:
        pass
    with pytest.raises(SandboxNotRunning, match="with block"):
        _ = bento.subscribers


def test_settings_reach_the_sandbox():
    """A limit, for whoever tests what a 429 does to a DAG."""
    with BentoSandbox("marketing", limit="1/hour per ip", extra={}) as bento:
        assert "extra" not in bento.connection
        assert [push(bento, "subscribers", ADA).status_code for _ in range(2)] == [200, 429]


def test_the_fixture_is_the_imported_name(bento_sandbox):  # noqa: F811
    """Fresh for each test, reached by bento_default."""
    assert isinstance(bento_sandbox, BentoSandbox)
    assert json.loads(os.environ["AIRFLOW_CONN_BENTO_DEFAULT"])["host"] == bento_sandbox.url + "/api/v1"
    assert bento_sandbox.requests == []


def test_elsewhere_the_same_name_is_a_context_manager():
    """And pytest is not imported by it."""
    code = """
import os, sys
from airflow_provider_bento.sandbox.testing import bento_sandbox
with bento_sandbox(profile="2024") as bento:
    bento.assert_arrived(subscribers=[], events=0)
    assert os.environ["AIRFLOW_CONN_BENTO_DEFAULT"] == bento.connection_json
assert "AIRFLOW_CONN_BENTO_DEFAULT" not in os.environ
assert not {"pytest", "airflow"} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_another_name_is_no_part_of_the_module():
    """The module's own look-up answers for one name only."""
    with pytest.raises(AttributeError, match="no attribute 'bento'"):
        _ = testing.bento


def test_what_arrived_can_be_read(bento_sandbox):  # noqa: F811
    """Records as they came, what was made of them, what was rejected."""
    push(bento_sandbox, "subscribers", {**ADA, "tags": "a", "plan": "pro"}, "nonsense")
    push(bento_sandbox, "events", {**ADA, "type": "bought"})
    push(bento_sandbox, "broadcasts", {"name": "n", "subject": "s", "content": "c", "type": "plain"})
    assert bento_sandbox.subscribers == [{**ADA, "tags": "a", "plan": "pro"}]
    assert bento_sandbox.events == [{**ADA, "type": "bought"}]
    assert [one["name"] for one in bento_sandbox.broadcasts] == ["n"]
    assert [(one["trigger"], one["email"]) for one in bento_sandbox.automations] == [("bought", ADA["email"])]
    assert [one["record"] for one in bento_sandbox.rejects] == ["nonsense"]
    assert bento_sandbox.person("ADA@example.com ")["fields"] == {"plan": "pro"}
    assert bento_sandbox.person("da@example.com") is None
    bento_sandbox.reset()
    assert bento_sandbox.requests == []


def test_queues_and_time_can_be_moved_on():
    """For whoever tests a sensor that waits for what was pushed."""
    with BentoSandbox(delay={"subscribers": 180.0, "events": 120.0}) as bento:
        push(bento, "subscribers", ADA)
        push(bento, "events", {**BOB, "type": "t"})
        assert bento.person(ADA["email"]) is None
        bento.advance(130)
        assert bento.person(BOB["email"])
        bento.process_queues()
        assert bento.person(ADA["email"])


def test_faults_happen_to_the_next_requests(bento_sandbox):  # noqa: F811
    """So many of them, and one that does not exist is refused."""
    bento_sandbox.fail_next(2, status=502)
    bento_sandbox.fail_next(path="/batch/events")
    assert [push(bento_sandbox, "subscribers", ADA).status_code for _ in range(3)] == [502, 502, 200]
    assert push(bento_sandbox, "events", {**ADA, "type": "t"}).status_code == 500
    with pytest.raises(SandboxRequestError):
        bento_sandbox.fail_next(kind="no_such_fault")


def test_records_are_expected_by_name_or_by_some_of_their_keys(bento_sandbox):  # noqa: F811
    """Tags and dates in any spelling; order does not matter."""
    push(bento_sandbox, "subscribers", {**ADA, "tags": "b, a"}, BOB)
    push(bento_sandbox, "events", {**ADA, "type": "t", "date": "2026-01-02T03:04:05Z"})
    bento_sandbox.assert_arrived(
        subscribers=["Bob@example.com", {**ADA, "tags": ["a", "b"]}],
        events=[{"type": "t", "date": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}],
        broadcasts=0,
    )


def test_a_failed_assertion_says_what_is_missing_and_what_the_sandbox_saw(bento_sandbox):  # noqa: F811
    """Counts, names, the nearest record, answers, rejects, faults that did not happen."""
    push(bento_sandbox, "subscribers", {**ADA, "plan": "free"}, {"email": "no"})
    bento_sandbox.fail_next(3, path="/batch/events")
    with pytest.raises(AssertionError) as caught:
        bento_sandbox.assert_arrived(subscribers=[{**ADA, "plan": "pro", "team": "x"}, "bob@example.com"], events=5)
    assert str(caught.value).splitlines() == [
        "subscribers: 2 expected, 1 arrived",
        "  missing (2):",
        "    {'email': 'ada@example.com', 'plan': 'pro', 'team': 'x'}; arrived with plan='free', without team",
        "    'bob@example.com'",
        "  unexpected (1):",
        "    'ada@example.com'",
        "events: 5 expected, 0 arrived",
        "requests: 1 × POST /batch/subscribers 200",
        "rejected: 1 × subscribers, no valid email",
        "injected faults that did not occur: 3",
    ]


def test_nothing_named_is_nothing_asserted(bento_sandbox):  # noqa: F811
    """A test that forgets what it expects must not pass."""
    with pytest.raises(TypeError, match="subscribers="):
        bento_sandbox.assert_arrived()


def test_a_record_that_came_twice_is_one_too_many():
    """Multisets: twice is not once."""
    found = compare("subscribers", ["ada@example.com"], [ADA, ADA])
    assert (found.missing, found.extra) == ([], [ADA])
    assert compare("subscribers", ["ada@example.com"] * 2, [ADA, ADA]).lines() == []
    assert compare("subscribers", ["ada@example.com"] * 2, [ADA]).missing == ["ada@example.com"]


def test_two_descriptions_find_the_two_records_that_fit_them():
    """Whichever is looked for first: a record that fits both is left to the one that fits no other."""
    both, one = {**ADA, "x": 1, "y": 2}, {**ADA, "x": 1}
    for arrived in ([both, one], [one, both]):
        assert compare("subscribers", [{**ADA, "x": 1}, {**ADA, "y": 2}], arrived).lines() == []


def test_a_key_that_is_not_there_fits_nothing():
    """Not even None."""
    assert compare("subscribers", [{**ADA, "plan": None}], [ADA]).missing == [{**ADA, "plan": None}]


def test_of_many_differences_ten_are_shown():
    """With the count of all."""
    lines = compare("broadcasts", [f"n{number}" for number in range(5000)], []).lines()
    assert (lines[0], len(lines), lines[-1]) == ("  missing (5000):", 12, "    … and 4990 more")


def test_many_descriptions_are_paired_in_no_time():
    """Each is looked for among records of its own name only."""
    records = [{"email": f"p{number}@x.io", "n": number} for number in range(20_000)]
    assert compare("events", list(reversed(records)), records).lines() == []


MAIL = {"to": "ada@example.com", "from": "me@example.com", "subject": "Hi {{ name }}", "html_body": "x"}


def delete(bento, email):
    """Ask for the deletion of a person as a client does."""
    connection = bento.connection
    return requests.post(
        f"{connection['host']}/data_deletion_requests",
        params={"site_uuid": connection["schema"]},
        json={"data_deletion_request": {"email": email}},
        auth=(connection["login"], connection["password"]),
        headers={"User-Agent": "tests/1"},
        timeout=10,
    )


def test_emails_can_be_read_as_their_recipients_see_them(bento_sandbox):  # noqa: F811
    """Those that would have been sent; what arrived is compared like other records."""
    push(bento_sandbox, "subscribers", {**BOB, "command": "unsubscribe"})
    push(bento_sandbox, "emails", {**MAIL, "personalizations": {"name": "Ada"}}, {**MAIL, "to": BOB["email"]})
    assert [(one["to"], one["subject"]) for one in bento_sandbox.emails] == [("ada@example.com", "Hi Ada")]
    bento_sandbox.assert_arrived(emails=["Ada@example.com", {"to": "bob@example.com", "from": "ME@example.com"}])
    with pytest.raises(AssertionError, match="emails: 1 expected, 2 arrived"):
        bento_sandbox.assert_arrived(emails=["ada@example.com"])


def test_deletions_can_be_expected_by_address(bento_sandbox):  # noqa: F811
    """Though the sandbox does not keep the addresses; one that is not expected is shown masked."""
    push(bento_sandbox, "subscribers", ADA, BOB)
    delete(bento_sandbox, "ADA@example.com")
    bento_sandbox.assert_arrived(deletions=["ada@example.com"])
    bento_sandbox.assert_arrived(deletions=1)
    delete(bento_sandbox, "bob@example.com")
    with pytest.raises(AssertionError) as caught:
        bento_sandbox.assert_arrived(deletions=["ada@example.com", "eve@example.com"])
    assert str(caught.value).splitlines()[:5] == [
        "deletions: 2 expected, 2 arrived",
        "  missing (1):",
        "    'eve@example.com'",
        "  unexpected (1):",
        "    'b…@example.com'",
    ]
    assert [one["email"] for one in bento_sandbox.deletions] == ["A…@example.com", "b…@example.com"]
