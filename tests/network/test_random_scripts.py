"""Whatever a server reads, writes and breaks, and whenever: nothing is received twice, or counted and not accepted."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network.authority import WAYS, Authority
from network.caller import KINDS, SHORT, SLACK, Kind, event_push, hook, named, outcome
from network.connection_scripts import SCRIPTS, Script, ScriptedService
from network.origin import Origin

from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import BentoError

_many = settings(
    deadline=None,
    max_examples=1_000 if os.environ.get("BENTO_EVERY_REPLY") else 100,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def patience(scripts: list[Script]) -> float:
    """Return the seconds of all time-outs: few only if one is wanted."""
    return SHORT if any(script.end == "stall" for script in scripts) else SLACK


@_many
@given(scripts=SCRIPTS, way=st.sampled_from(sorted(WAYS)), kind=st.sampled_from(KINDS))
def test_a_call_of_the_hook_is_received_at_most_once(
    scripts: list[Script], way: str, kind: Kind, authority: Authority
) -> None:
    """Three calls, each with a record of its own."""
    service, waits, ends = ScriptedService(scripts), patience(scripts), {}
    with Origin(service, authority.serving(way)) as origin, hook(origin.url, connect=waits, read=waits) as bento:
        for number in range(3):
            ends[named(kind, number)] = outcome(lambda n=number: bento.send_rows(kind, named(kind, n)))[0]
    assert max(service.perhaps.values(), default=0) <= 1
    assert list(ends.values()).count("accepted") <= service.granted
    told = {name for name, end in ends.items() if end in ("later", "rate limited", "setup", "refused", "access")}
    assert not [name for name in told if service.perhaps[name]], "applied perhaps, and told otherwise"


@_many
@given(scripts=SCRIPTS, way=st.sampled_from(sorted(WAYS)), in_doubt=st.sampled_from((None, "hold", "skip", "resend")))
def test_an_event_of_a_push_is_received_at_most_once_until_somebody_says_resend(
    scripts: list[Script], way: str, in_doubt: InDoubt | None, authority: Authority
) -> None:
    """Three attempts of one task, two events a request."""
    service, waits, store = ScriptedService(scripts), patience(scripts), MemoryStore()
    with Origin(service, authority.serving(way)) as origin:
        for number in (1, 2, 3):
            with hook(origin.url, connect=waits, read=waits) as bento:
                push = event_push(bento, store, number, in_doubt)
                with contextlib.suppress(BentoError):
                    deliver(push)
                assert push.checkpoints.now.counts.accepted <= service.granted
    assert in_doubt == "resend" or max(service.perhaps.values(), default=0) <= 1


@pytest.mark.parametrize("way", WAYS)
def test_a_server_without_a_script_gets_all_of_a_push_once(way: str, authority: Authority) -> None:
    """What the service granted is what the push counts."""
    service = ScriptedService([])
    with Origin(service, authority.serving(way)) as origin, hook(origin.url) as bento:
        report = deliver(event_push(bento, MemoryStore(), 1))
    assert report.counts.accepted == service.granted == 6
    assert service.perhaps.total() == 6
