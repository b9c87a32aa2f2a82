"""The trials of proofs 1, 2, 4, 5 and 8, in large numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, get_args

from delivery_law import broken_stores, fault_matrix, kills, takeovers
from prove.results import Found, Result, Trial, tried
from sync_law import histories
from sync_law.pool import pooled_databases

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.delivery.values import IN_DOUBT
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox
from airflow_provider_bento.stores.sync_folder import SyncFolder


def kills_at_every_touch(share: float) -> Result:
    """Proof 1: a kill at each touch, for each kind of records and choice, then lives with up to six kills each."""
    touches = range(1, 240, max(1, round(1 / share)))
    kinds = (*((endpoint, False) for endpoint in get_args(Endpoint)), ("commands", True))
    every = ((*kind, *rest) for kind, *rest in product(kinds, (None, *IN_DOUBT), (1, 4), touches))
    listed = ((f"kill_once{case}", partial(_kill_once, *case)) for case in every)
    drawn = ((f"kills.run({seed})", partial(_life, seed)) for seed in range(int(20_000 * share)))
    return tried(listed) + tried(drawn)


def _kill_once(endpoint: Endpoint, idempotent: bool, in_doubt: Any, max_in_flight: int, touch: int) -> Found:
    options: dict[str, Any] = {"in_doubt": in_doubt, "max_in_flight": max_in_flight, "idempotent": idempotent}
    one = kills.kill_once(touch, endpoint=endpoint, **options)
    return Found(one.life.kills, one.doubled)


def _life(seed: int) -> Found:
    one = kills.run(seed)
    return Found(one.life.kills, one.doubled)


def faults_over_http(share: float) -> Result:
    """Proof 2: each fault, for each kind of records, at the first, a middle and the last chunk, over real HTTP."""
    cases = list(fault_matrix.cases())
    with running_sandbox() as sandbox:
        chosen = cases[:: max(1, round(1 / share))]
        return tried((f"{fault.name} {rest}", partial(_fault, sandbox, fault, *rest)) for fault, *rest in chosen)


def _fault(sandbox: RunningSandbox, *case: Any) -> Found:
    return Found(1, fault_matrix.check_fault(sandbox, *case))


def takeovers_at_every_touch(share: float) -> Result:
    """Proof 4: two attempts in every order of a takeover, up to four in drawn orders, and many requests under way."""
    return tried(_takeovers(share))


def _takeovers(share: float) -> Iterator[tuple[str, Trial]]:
    step, touches = max(1, round(share**-0.5)), takeovers.touches()
    places = (*range(0, touches + 1, step), None)
    for in_doubt, older, newer in product(IN_DOUBT, range(0, touches + 1, step), places):
        yield f"grid({older}, {newer}, {in_doubt})", partial(_taken_over, older, newer, in_doubt)
    for endpoint, older in product(("subscribers", "broadcasts", "emails", "deletions"), range(0, touches + 1, step)):
        yield f"grid({older}, None, hold, {endpoint})", partial(_taken_over, older, None, "hold", endpoint)
    for seed in range(int(5_000 * share)):
        yield f"walk({seed})", partial(_walk, seed)
    for in_doubt, several, touch in product(IN_DOUBT, (1, 4), range(1, 220, step)):
        yield f"inside({touch}, {several}, {in_doubt})", partial(_inside, touch, several, in_doubt)


def _taken_over(*case: Any) -> Found:
    return Found(1, takeovers.grid(*case).doubled)


def _walk(seed: int) -> Found:
    return Found(*takeovers.walk(seed))


def _inside(*case: Any) -> Found:
    return Found(*takeovers.inside(*case))


def stores_failing(share: float) -> Result:
    """Proof 5: every call of a run's store fails once, or from there on, in each way and in each kind of store."""
    folder = Path(tempfile.gettempdir())
    kinds = (broken_stores.in_memory, broken_stores.in_task_state, broken_stores.in_object_store)
    calls = range(1, 60, max(1, round(1 / share)))
    every = product(kinds, broken_stores.ILLS, (1, 10**6), (False, True), calls)
    return tried(
        (f"fall_ill({kind.__name__}, {ill}, {count}, {letters}, {first})", partial(_ill, kind, folder, *rest))
        for kind, ill, count, letters, first in every
        if not (letters and kind is broken_stores.in_task_state)
        for rest in [(first, count, ill, letters)]
    )  # fmt: skip


def _ill(kind: Any, folder: Path, first: int, count: int, ill: Any, letters: bool) -> Found:
    return Found(int(broken_stores.fall_ill(kind(folder), first, count, ill, letters=letters)))


def snapshot_histories(share: float) -> Result:
    """Proof 8: runs that send only the difference, in histories of each kind; one in fifty on a disk."""
    count = max(1, int(500 * share))
    cases = [(seed, kind) for kind in histories.KINDS for seed in range(count)]
    with pooled_databases():
        result = tried((f'histories.run({seed}, "{kind}")', partial(_history, seed, kind)) for seed, kind in cases)
    return result + tried(
        (f'histories.run({seed}, "{kind}"), on a disk', partial(_on_disk, seed, kind)) for seed, kind in cases[::50]
    )


def _history(seed: int, kind: histories.Kind, folder: SyncFolder | None = None) -> Found:
    one = histories.run(seed, kind, folder)
    return Found(one.mishaps, 0)


def _on_disk(seed: int, kind: histories.Kind) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        return _history(seed, kind, SyncFolder(folder))
