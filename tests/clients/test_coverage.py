"""docs/api-coverage.md says what is so."""

from __future__ import annotations

import json

from clients.bento_calls import CALLS, call_of
from clients.coverage import PAGE, RECORDING, connected_sandbox, page
from clients.hook_calls import SAMPLES, calls_by_method, methods

_METHODS_OF_NODE = 44


def test_the_page_is_what_the_program_makes() -> None:
    """Run `.venv/bin/python tests/clients/coverage.py` after a change of the hook, the sandbox or the recording."""
    with connected_sandbox() as sandbox:
        assert PAGE.read_text(encoding="utf-8") == page(calls_by_method(sandbox))


def test_every_method_of_the_hook_has_a_sample() -> None:
    """None is left out of the page, and none is in it that the hook has no more."""
    assert sorted(methods()) == sorted(SAMPLES)


def test_the_recording_has_every_method_of_the_node_sdk() -> None:
    """All public methods have sent requests, each of which is a call of the contract."""
    calls = next(calls for client, calls in json.loads(RECORDING.read_text()).items() if client.startswith("Node"))
    assert len({method for made in calls.values() for method in made}) == _METHODS_OF_NODE
    assert calls.keys() <= CALLS.keys()


def test_a_request_is_named_by_its_call() -> None:
    """A resource in the path becomes `:id`; a path that Bento does not have stays."""
    assert call_of("DELETE", "/fetch/tags/17") == "DELETE /fetch/tags/:id"
    assert call_of("GET", "/fetch/emails/templates/1") == "GET /fetch/emails/templates/:id"
    assert call_of("GET", "/nowhere/1") == "GET /nowhere/1"
