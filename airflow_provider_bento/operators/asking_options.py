"""``in_doubt="ask"`` with its arguments: how long a question waits for an answer, and who may answer.

Tested by tests/unit/operators/test_asking_arguments.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.operators.literals import is_template, refers

__all__ = ["ASK", "Asking", "wrong_with_asking"]

ASK: Final = "ask"
"""The word that only operators know: the core holds the doubt, and the task asks a person."""

_OF_ASKING: Final = ("ask_timeout", "ask_users")


@dataclass(frozen=True)
class Asking:
    """How a task asks.

    :param timeout: how long the question waits; ``None``: for ever.
    :param users: ids and names of those who may answer; empty: everybody who may edit the DAG's tasks.
    """

    timeout: timedelta | None = None
    users: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Asking | None:
        """Return what validated arguments say; ``None``: the task does not ask.

        :param found: name → value.
        """
        if found.get("in_doubt") != ASK:
            return None
        return cls(found.get("ask_timeout"), tuple(map(_user, found.get("ask_users") or ())))


def _user(user: Any) -> tuple[str, str]:
    if isinstance(user, Mapping):
        return str(user["id"]), str(user.get("name") or user["id"])
    return str(user), str(user)


def wrong_with_asking(found: Mapping[str, Any], endpoint: Endpoint, *, rendered: bool) -> Iterator[str]:
    """Yield what is wrong with ``in_doubt="ask"``, ``ask_timeout`` and ``ask_users``.

    :param found: name → value; an absent one is not known yet.
    :param endpoint: which of Bento's endpoints gets the records.
    :param rendered: whether templates have been rendered; one may have chosen not to ask.
    """
    word = found.get("in_doubt", ASK)
    if FACTS[endpoint].idempotent:
        if found.get("in_doubt") == ASK:
            yield f"in_doubt='ask' is not needed for {endpoint}: sending them again is harmless, so leave it out"
        return
    if rendered or word == ASK or is_template(word) or refers(word):
        return
    for name in _OF_ASKING:
        if found.get(name) is not None:
            yield f'{name} needs in_doubt="ask"'
