"""Which call each method of ``BentoHook`` makes, found by running it against a sandbox and reading the journal.

A new method needs a line in ``SAMPLES``: a test compares them with the hook's methods.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clients import made_in_app
from clients.bento_calls import call_of

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

_ANN: Final = "ann@example.com"
_NO_CALLS: Final = frozenset({"get_conn", "request_loop", "get_connection_form_widgets", "get_ui_field_behaviour"})
_MAIL: Final = {"to": _ANN, "from": "news@example.com", "subject": "Hello", "html_body": "<p>Hello</p>"}
_BROADCAST: Final = {
    "name": "May",
    "subject": "News",
    "content": "<p>News</p>",
    "type": "plain",
    "inclusive_tags": "lead",
    "from": {"email": "news@example.com", "name": "News"},
}
_HTML: Final = "<p>{{ visitor.unsubscribe_url }}</p>"

SAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    "import_subscribers": {"subscribers": [{"email": _ANN}]},
    "send_events": {"events": [{"email": _ANN, "type": "visited"}]},
    "create_broadcasts": {"broadcasts": [_BROADCAST]},
    "send_emails": {"emails": [_MAIL], "transactional": True},
    "run_commands": {"commands": [{"command": "add_tag", "email": _ANN, "query": "vip"}]},
    "add_tag": {"email": _ANN, "tag": "vip"},
    "add_tag_via_event": {"email": _ANN, "tag": "vip"},
    "remove_tag": {"email": _ANN, "tag": "vip"},
    "add_field": {"email": _ANN, "key": "plan", "value": "gold"},
    "remove_field": {"email": _ANN, "key": "plan"},
    "subscribe": {"email": _ANN},
    "unsubscribe": {"email": _ANN},
    "change_email": {"old": _ANN, "new": "ben@example.com"},
    "create_subscriber": {"email": _ANN},
    "get_subscriber": {"email": _ANN},
    "search_subscribers": {},
    "iter_subscribers": {},
    "request_deletion": {"email": _ANN},
    "create_tag": {"name": "vip"},
    "list_tags": {},
    "delete_tag": {"name": "vip"},
    "create_field": {"key": "plan"},
    "list_fields": {},
    "list_broadcasts": {},
    "iter_broadcasts": {},
    "find_broadcasts": {"names": ["May"], "since": 0.0},
    "list_segments": {},
    "get_segment": {"segment_id": "{segment}"},
    "list_sequences": {},
    "iter_sequences": {},
    "add_sequence_email": {"sequence_id": "{sequence}", "subject": "Day 7", "html": _HTML},
    "list_workflows": {},
    "iter_workflows": {},
    "get_email_template": {"template_id": "{template}"},
    "update_email_template": {"template_id": "{template}", "subject": "New"},
    "form_responses": {"form_id": "{form}"},
    "list_authors": {},
    "site_stats": {},
    "segment_stats": {"segment_id": "{segment}"},
    "report_stats": {"report_id": "{report}"},
    "ads_stats": {},
    "validate_email": {"email": _ANN},
    "check_rules": {"email": _ANN},
    "blacklisted": {"domain": "example.com"},
    "moderate": {"content": "Hello"},
    "guess_gender": {"name": "Ann"},
    "test_connection": {},
}
"""Arguments that make a method send its request; ``{…}`` is an id of what ``made_in_app`` makes."""


def methods() -> list[str]:
    """Return the names of the hook's own methods that send requests."""
    own = inspect.getmembers(BentoHook, lambda member: inspect.isfunction(member) or inspect.ismethod(member))
    ours = (name for name, member in own if member.__module__.startswith("airflow_provider_bento."))
    return [name for name in ours if not name.startswith("_") and name not in _NO_CALLS]


def calls_by_method(sandbox: RunningSandbox) -> dict[str, set[str]]:
    """Run every method of the hook once; return the calls that each made.

    :param sandbox: an empty sandbox that the default connection leads to.
    """
    known = made_in_app.make(sandbox.control)
    known["template"] = BentoHook().list_sequences()[0].templates[0].id
    # Bento's path for blacklists was another one before 2026, which the hook tries next.
    sandbox.control.inject("status", "/experimental/blacklist", status=404)
    return {name: set(_calls(sandbox, name, known)) for name in SAMPLES}


def _calls(sandbox: RunningSandbox, name: str, known: Mapping[str, Any]) -> Iterator[str]:
    before = len(sandbox.control.journal())
    filled = {key: value.format(**known) if _is_id(value) else value for key, value in SAMPLES[name].items()}
    made = getattr(BentoHook(), name)(**filled)
    if inspect.isgenerator(made) or isinstance(made, Iterator):
        list(made)
    for entry in sandbox.control.journal()[before:]:
        yield call_of(entry["method"], entry["path"])


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{") and value.endswith("}")
