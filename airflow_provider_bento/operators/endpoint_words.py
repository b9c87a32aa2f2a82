"""What each endpoint is called in DAGs: its operator, the argument with its records, the keys with Bento's Liquid.

Tested by tests/unit/operators/test_endpoint_words.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.assets.bento import Noun

__all__ = ["WORDS", "EndpointWords"]


@dataclass(frozen=True, slots=True)
class EndpointWords:
    """The words for one endpoint.

    :param operator: the name of its operator.
    :param argument: the operator's argument that contains the records.
    :param changes: what of Bento it changes, as nouns of assets; the first is what it is for.
    :param liquid: keys of a record whose braces belong to Bento's Liquid, so that they are no slip.
    :param text_is: the field that a row stands for if it is text; ``None``: every row is a dict.
    """

    operator: str
    argument: str
    changes: tuple[Noun, ...]
    liquid: frozenset[str] = frozenset()
    text_is: str | None = None


WORDS: Final[Mapping[Endpoint, EndpointWords]] = MappingProxyType(
    {
        "subscribers": EndpointWords("BentoBatchSubscribersOperator", "subscribers", ("subscribers",)),
        "events": EndpointWords("BentoBatchEventsOperator", "events", ("events", "subscribers")),
        "broadcasts": EndpointWords(
            "BentoBroadcastOperator", "broadcasts", ("broadcasts",), frozenset({"subject", "content"})
        ),
        "commands": EndpointWords("BentoBatchCommandsOperator", "commands", ("subscribers",)),
        "emails": EndpointWords(
            "BentoBatchEmailsOperator", "emails", ("emails",), frozenset({"subject", "html_body", "text_body"})
        ),
        "deletions": EndpointWords("BentoDataDeletionOperator", "emails", ("subscribers",), text_is="email"),
    }
)
"""The words for every endpoint."""
