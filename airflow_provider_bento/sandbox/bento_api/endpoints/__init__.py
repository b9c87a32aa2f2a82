"""What the sandbox answers below ``/api/v1``: a declaration an endpoint, its facts from ``api/contract.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_bento.api.contract import Call
from airflow_provider_bento.sandbox.bento_api.body import Envelope
from airflow_provider_bento.sandbox.bento_api.replies import Answer
from airflow_provider_bento.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that was let in.

    :param number: its number in the journal.
    :param site: number of the site.
    :param query: parameters of the query string.
    :param envelope: top-level keys of the body; empty for a GET.
    :param at: the sandbox's time, in milliseconds.
    :param spoil_last: how many of its last rows fail: an injected fault.
    :param show_failed: whether the reply may name ``failed``.
    """

    number: int
    site: int
    query: dict[str, str]
    envelope: Envelope
    at: int
    spoil_last: int = 0
    show_failed: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint that is answered.

    :param call: its facts.
    :param handle: what it does; runs inside a transaction.
    :param says: what it does, for IMPLEMENTED.md.
    """

    call: Call
    handle: Callable[[State, Ask], Answer]
    says: str
