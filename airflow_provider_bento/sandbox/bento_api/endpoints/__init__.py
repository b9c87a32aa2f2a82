"""What the sandbox answers below ``/api/v1``: a declaration an endpoint, its facts from ``api/contract.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_bento.api.contract import Call, Method
from airflow_provider_bento.sandbox.bento_api.body import Envelope
from airflow_provider_bento.sandbox.bento_api.replies import Answer
from airflow_provider_bento.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that was let in.

    :param number: its number in the journal.
    :param site: number of the site.
    :param query: parameters of the query string.
    :param envelope: top-level keys of the body; empty if there is none.
    :param at: the sandbox's time, in milliseconds.
    :param resource: the part of the path that ``:id`` stands for; ``None`` if the path has none.
    :param spoil_last: how many of its last rows fail: an injected fault.
    :param show_failed: whether the reply may name ``failed``.
    """

    number: int
    site: int
    query: dict[str, str]
    envelope: Envelope
    at: int
    resource: str | None = None
    spoil_last: int = 0
    show_failed: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint that is answered.

    :param call: its facts.
    :param handle: what it does; runs inside a transaction.
    :param says: what it does, for IMPLEMENTED.md.
    :param sources: which of Bento's documents and clients show it, for IMPLEMENTED.md: ``docs, OpenAPI file, Node``.
    :param choice: what the sandbox decides because no source does, or sources disagree, for IMPLEMENTED.md.
    :param aliases: further methods and paths that are answered in the same way, as older clients use them.
    :param optional_body: whether an empty body is accepted, and a GET's body read: parameters may be in the query.
    """

    call: Call
    handle: Callable[[State, Ask], Answer]
    says: str
    sources: str = ""
    choice: str = ""
    aliases: tuple[tuple[Method, str], ...] = ()
    optional_body: bool = False
