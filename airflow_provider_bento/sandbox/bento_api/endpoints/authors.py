"""GET /fetch/authors, and the rule that a sender must be an author.

Tested by tests/sandbox/test_sandbox_emails.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.replies import Answer, json, reject
from airflow_provider_bento.sandbox.state import State

EXAMPLE_AUTHOR: Final = "author@example.com"
"""The author that is listed while any sender is permitted, so that a client's list of senders is not empty."""


def check_senders(state: State, senders: Iterable[str]) -> None:
    """Fail the whole request if one sender is no author: no source shows an answer for each.

    :param senders: bare addresses; case does not matter. Any is permitted unless the setting ``authors`` is set.
    :raises RequestRejected: 500 with the words that the Node and Laravel clients look for.
    """
    allowed = state.settings.authors
    if allowed is None:
        return
    known = {author.strip().lower() for author in allowed}
    if any(sender.strip().lower() not in known for sender in senders):
        reject(500, {"error": "Author not authorized to send on this account"}, "author not authorized")


def _list(state: State, _: Ask) -> Answer:
    allowed = state.settings.authors
    authors = (EXAMPLE_AUTHOR,) if allowed is None else allowed
    return json(200, {"data": [_shown(number, email) for number, email in enumerate(authors, 1)]})


def _shown(number: int, email: str) -> dict[str, Any]:
    name = email.partition("@")[0].replace(".", " ").title()
    return {"id": str(number), "type": "authors", "attributes": {"name": name, "email": email}}


ENDPOINTS: Final = (
    Endpoint(
        contract.LIST_AUTHORS,
        _list,
        "the permitted senders: the setting `authors`",
        sources="WordPress, Statamic",
        choice=f"while any sender is permitted, it lists {EXAMPLE_AUTHOR}; `id`, `type` and names are invented",
    ),
)
