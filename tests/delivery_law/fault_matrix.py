"""Proof 2: everything that can go wrong with one request, over real HTTP, for each operator's endpoint and each place.

A fault that was ordered and did not happen breaks the law as well.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any, Literal

from delivery_law.law import LawBroken, Life, check_end, live
from delivery_law.over_http import KINDS, Kind, ServedWorld, records

from airflow_provider_bento.api import contract
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRefusedError,
)
from airflow_provider_bento.sandbox.fault_injection import FaultKind
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

CHUNK, CHUNKS = 2, 5

Known = Literal["not sent", "turned away", "rejected", "unknown", "unknown, applied", "partly taken", "a lie"]
"""What is known after the request, and whether it was applied: ``a lie`` says no although it was."""

STATUSES: dict[int, Known] = {
    400: "rejected", 401: "turned away", 403: "turned away", 404: "rejected", 408: "unknown", 422: "rejected",
    429: "not sent", 500: "unknown", 502: "unknown", 503: "unknown", 504: "unknown",
}  # fmt: skip


IN_TEN_MINUTES = "a date in ten minutes"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    :param name: for the table and for test ids.
    :param kind: the sandbox's word for it.
    :param known: see :data:`Known`.
    :param least_wait: seconds that must pass before the next request.
    :param order: further words of the order.
    """

    name: str
    kind: FaultKind
    known: Known
    least_wait: float = 0.0
    order: dict[str, Any] = field(default_factory=dict)


def faults() -> Iterator[Fault]:
    """Yield all of them."""
    yield Fault("refuse", "refuse", "not sent", order={"seconds": 3600})
    for kind in ("reset_before_body", "reset_after_body", "stall", "html_200"):
        yield Fault(kind, kind, "unknown")
    for kind in ("apply_then_reset", "apply_then_stall", "truncated_json", "empty_body"):
        yield Fault(kind, kind, "unknown, applied")
    yield Fault("html_403", "html_403", "turned away")
    yield Fault("failed_count", "failed_count", "partly taken")
    yield Fault("short_results", "short_results", "partly taken")
    for status, known in STATUSES.items():
        yield Fault(str(status), "status", known, order={"status": status})
        after: Known = "unknown, applied" if known == "unknown" else "a lie"
        yield Fault(f"{status} after applying", "status_after_applying", after, order={"status": status})
    author = {"error": "Author not authorized to send on this account"}
    yield Fault("500 author", "status", "rejected", order={"status": 500, "body": author})
    yield from _retry_after()


def _retry_after() -> Iterator[Fault]:
    """Yield every spelling of Retry-After, where it means something."""
    spellings: dict[str, tuple[list[tuple[str, str]], float, bool]] = {
        "0": ([("Retry-After", "0")], 0.0, True),
        "1": ([("Retry-After", "1")], 1.0, True),
        "a date": ([("Retry-After", IN_TEN_MINUTES)], 500.0, True),
        "a past date": ([("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")], 0.0, True),
        "nonsense": ([("Retry-After", "soon")], 0.0, False),
        "negative": ([("Retry-After", "-5")], 0.0, False),
        "twice": ([("Retry-After", "2"), ("Retry-After", "9")], 9.0, True),
    }
    for name, (headers, wait, read) in spellings.items():
        order = {"headers": headers}
        yield Fault(f"429, Retry-After {name}", "status", "not sent", wait, {"status": 429, **order})
        known: Known = "not sent" if read else "unknown"
        yield Fault(f"503, Retry-After {name}", "status", known, wait, {"status": 503, **order})


def cases() -> Iterator[tuple[Fault, str, int]]:
    """Yield every fault at the first, a middle and the last chunk of each kind of records."""
    for fault in faults():
        for name in kinds_for(fault):
            for nth in (1, 3, CHUNKS):
                yield fault, name, nth


def kinds_for(fault: Fault) -> list[str]:
    """Return the kinds of records to which a fault can happen: one record is not taken in part."""
    return [name for name, kind in KINDS.items() if size(kind) > 1 or fault.known != "partly taken"]


def size(kind: Kind) -> int:
    """Return how many records a chunk has."""
    return min(CHUNK, contract.BATCH[kind.endpoint].max_records)


def check_fault(sandbox: RunningSandbox, fault: Fault, name: str, nth: int) -> int:
    """Let one request go wrong; return how many records arrived twice.

    :param name: of the kind of records.
    :param nth: the request that goes wrong, from 1.
    :raises LawBroken: it was not dealt with as it must be.
    """
    kind = KINDS[name]
    fault = _as_it_is(fault, kind)
    rows = records(kind, size(kind) * CHUNKS)
    world = ServedWorld(sandbox, kind.endpoint, rows, chunk_size=size(kind), max_failed=1)
    try:
        world.on_sleep = sandbox.listen_again if fault.kind == "refuse" else world.on_sleep
        sandbox.control.inject(fault.kind, contract.BATCH[kind.endpoint].path, nth=nth, **_dated(fault.order))
        error = _first_error(world)
        _check_error(world, fault, kind, nth, error)
        life = live(world) if error is not None else Life(world.attempt())
        return _check_arrival(world, fault, kind, nth, life)
    finally:
        world.close()


def _as_it_is(fault: Fault, kind: Kind) -> Fault:
    """Return the fault as this kind of records meets it: a 422 to a deletion rejects the one record of the request."""
    if fault.order.get("status") == 422 and kind.endpoint == "deletions":
        return replace(fault, known="partly taken")
    return fault


def _dated(order: dict[str, Any]) -> dict[str, Any]:
    """Fill in the date: cases are listed long before they are tried."""
    date = formatdate(time.time() + 600, usegmt=True)
    headers = [(name, date if value == IN_TEN_MINUTES else value) for name, value in order.get("headers", ())]
    return {**order, "headers": headers} if headers else order


def _first_error(world: ServedWorld) -> BentoError | None:
    try:
        world.attempt()
    except BentoError as error:
        return error
    return None


def _check_error(world: ServedWorld, fault: Fault, kind: Kind, nth: int, error: BentoError | None) -> None:
    held = _is_held(kind) and fault.known in ("unknown", "unknown, applied")
    chunk = size(kind)
    rejected: type[BentoError] | None = {"turned away": BentoAccessError, "rejected": BentoRefusedError}.get(
        fault.known
    )
    if fault.known == "a lie" and fault.order["status"] != 429:
        rejected = BentoAccessError if fault.order["status"] in (401, 403) else BentoRefusedError
    wanted = BentoOutcomeUnknown if held else rejected
    _want(type(error) is (wanted or type(None)), f"raised {error!r}")
    left = world.sandbox.control.pending_faults()
    _want(not left, f"the fault did not happen: {left}")
    if error is not None:
        _want(error.positions == (chunk * (nth - 1), chunk * nth - 1), f"positions {error.positions}")
        _want(world.checkpoint["cursor"]["position"] == chunk * (nth - 1), f"checkpoint {world.checkpoint}")
        _want(len(world.checkpoint["in_flight"]) == held, f"checkpoint {world.checkpoint}")
        _want(getattr(error, "needs_decision", False) is held, f"held: {error!r}")
    elif len(world.sent_at) > nth:
        waited = world.sent_at[nth] - world.sent_at[nth - 1]
        _want(waited >= fault.least_wait, f"waited {waited} s, Bento asked for {fault.least_wait} s")


def _check_arrival(world: ServedWorld, fault: Fault, kind: Kind, nth: int, life: Life) -> int:
    many = size(kind)
    repeated = fault.known == "a lie" or (kind.idempotent and fault.known == "unknown, applied")
    check_end(world, life, doubled_at_most=many if repeated else 0)
    arrived, report = world.arrived(), life.report.counts
    chunk = {world.name_of(row) for row in world.rows[many * (nth - 1) : many * nth]}
    _want(
        all(count == 1 or name in chunk for name, count in arrived.items()), f"another chunk was sent again: {arrived}"
    )
    rejected = 1 if fault.known == "partly taken" else 0
    skipped = many if _is_held(kind) and fault.known == "unknown, applied" else 0
    counts = (report.read, report.rejected, report.skipped, report.accepted)
    read = many * CHUNKS
    _want(counts == (read, rejected, skipped, read - rejected - skipped), f"the counts are {counts}")
    if kind.endpoint == "subscribers":
        people = world.sandbox.control.stats()["stored"]["people"]
        _want(people == len(arrived), f"{people} people of {len(arrived)} who arrived")
    return sum(count - 1 for count in arrived.values())


def _is_held(kind: Kind) -> bool:
    return not kind.idempotent and not FACTS[kind.endpoint].looked_up


def _want(holds: bool, otherwise: str) -> None:
    if not holds:
        raise LawBroken(otherwise)
