"""What delivery has to know of each endpoint, so that nothing else compares names of endpoints. Pure.

Tested by tests/unit/delivery/test_endpoint_facts.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from airflow_provider_bento.api.contract import Endpoint

__all__ = ["FACTS", "EndpointFacts"]


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """What is special about the records of one endpoint.

    :param idempotent: whether all of its records are, so that resending any of them is harmless.
    :param one_request_per_person: whether two requests that concern the same person must not be in flight at once:
        the later one would overwrite the earlier one, in any order.
    :param parser_remembers: whether the parser compares a row with the rows before it, so that a resume must show it
        all of them again.
    :param looked_up: whether records in doubt are looked up in Bento by name.
    :param lists_created: whether the result lists what Bento created.
    :param counts_absent: whether the result counts people whom Bento did not have.
    """

    idempotent: bool = False
    one_request_per_person: bool = False
    parser_remembers: bool = False
    looked_up: bool = False
    lists_created: bool = False
    counts_absent: bool = False


FACTS: Final[Mapping[Endpoint, EndpointFacts]] = MappingProxyType(
    {
        "subscribers": EndpointFacts(idempotent=True, one_request_per_person=True),
        "events": EndpointFacts(),
        "broadcasts": EndpointFacts(parser_remembers=True, looked_up=True, lists_created=True),
        "commands": EndpointFacts(parser_remembers=True),
        "emails": EndpointFacts(),
        "deletions": EndpointFacts(idempotent=True, counts_absent=True),
    }
)
"""The facts of every endpoint."""
