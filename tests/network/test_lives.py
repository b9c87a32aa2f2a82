"""Whatever a server reads, writes and breaks, and whenever: nothing is received twice, or counted and not accepted."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Final

import pytest
from delivery_law.fakes import FakeClock, OpenBudget
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network.authority import TLS_1_2, TLS_1_3, Authority
from network.caller import KINDS, SHORT, SLACK, HastyHook, Kind, hook, named, outcome, record
from network.lives import SCRIPTS, Life, Script
from network.origin import Origin

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records import parse_event
from airflow_provider_bento.delivery.checkpoint.state import Attempt, Plan
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import BentoError

_many = settings(
    deadline=None,
    max_examples=1_000 if os.environ.get("BENTO_EVERY_REPLY") else 100,
    suppress_health_check=list(HealthCheck),
    database=None,
)
_WAYS: Final = {"http": None, "tls12": TLS_1_2, "tls13": TLS_1_3}
_ROWS: Final = 6


def patience(scripts: list[Script]) -> float:
    """Return the seconds of all time-outs: few only if one is wanted."""
    return SHORT if any(script.end == "stall" for script in scripts) else SLACK


@_many
@given(scripts=SCRIPTS, way=st.sampled_from(sorted(_WAYS)), kind=st.sampled_from(KINDS))
def test_a_call_of_the_hook_is_received_at_most_once(
    scripts: list[Script], way: str, kind: Kind, authority: Authority
) -> None:
    """Three calls, each with a record of its own."""
    version, life, waits = _WAYS[way], Life(scripts), patience(scripts)
    tls, ends = authority.server(version) if version else None, {}
    with Origin(life, tls) as origin, hook(origin.url, connect=waits, read=waits) as bento:
        for number in range(3):
            ends[named(kind, number)] = outcome(lambda n=number: bento.send_rows(kind, named(kind, n)))[0]
    assert max(life.perhaps.values(), default=0) <= 1
    assert list(ends.values()).count("accepted") <= life.granted
    told = {name for name, end in ends.items() if end in ("later", "setup", "refused", "access")}
    assert not [name for name in told if life.perhaps[name]], "applied perhaps, and told otherwise"


@_many
@given(scripts=SCRIPTS, way=st.sampled_from(sorted(_WAYS)), in_doubt=st.sampled_from((None, "hold", "skip", "resend")))
def test_an_event_of_a_push_is_received_at_most_once_until_somebody_says_resend(
    scripts: list[Script], way: str, in_doubt: InDoubt | None, authority: Authority
) -> None:
    """Three attempts of one task, two events a request."""
    version, life, waits, store = _WAYS[way], Life(scripts), patience(scripts), MemoryStore()
    with Origin(life, authority.server(version) if version else None) as origin:
        for number in (1, 2, 3):
            with hook(origin.url, connect=waits, read=waits) as bento:
                push = pushed(bento, store, number, in_doubt)
                with contextlib.suppress(BentoError):
                    deliver(push)
                assert push.checkpoints.now.books.accepted <= life.granted
    assert in_doubt == "resend" or max(life.perhaps.values(), default=0) <= 1


def pushed(bento: HastyHook, store: MemoryStore, number: int, in_doubt: InDoubt | None) -> Push:
    """Return the parts of one attempt."""
    clock, budget = FakeClock(), OpenBudget()
    attempts: RequestLoop[Any] = RequestLoop(bento.get_conn().send_batch, budget, clock, connect=bento.get_conn().open)
    return Push(
        endpoint="events",
        source=ListSource([record("events", named("events", one)) for one in range(_ROWS)]),
        screen=lambda: parse_event,
        attempts=attempts,
        pacer=budget,
        checkpoints=Checkpoints(store, Plan("events", 2, contract.MAX_CHUNK_BYTES), Attempt(number, 3)),
        chunk_size=2,
        in_doubt=in_doubt,
        max_failed=0.99,
        clock=clock,
        attempt=number,
    )


@pytest.mark.parametrize("way", _WAYS)
def test_a_server_that_lives_well_gets_all_of_a_push_once(way: str, authority: Authority) -> None:
    """The books of the life above are those of the push."""
    version, life = _WAYS[way], Life([])
    with Origin(life, authority.server(version) if version else None) as origin, hook(origin.url) as bento:
        report = deliver(pushed(bento, MemoryStore(), 1, None))
    assert report.books.accepted == life.granted == _ROWS
    assert life.perhaps.total() == _ROWS
