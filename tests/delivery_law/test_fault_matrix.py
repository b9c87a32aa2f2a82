"""Each thing that can go wrong with a request, over real HTTP; `make prove` tries every place as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from delivery_law.fault_matrix import Fault, check_fault, faults, kinds_for

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

# "429, Retry-After …" differ for the budget only, which is one for all endpoints.
SOME = [(fault, kind) for fault in faults() for kind in kinds_for(fault) if "429, " not in fault.name]
SOME += [(fault, "events") for fault in faults() if "429, " in fault.name]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One sandbox for all cases."""
    with running_sandbox() as running:
        yield running


@pytest.mark.parametrize(("fault", "kind"), SOME, ids=lambda one: getattr(one, "name", one))
def test_a_fault_in_the_middle_is_dealt_with(sandbox: RunningSandbox, fault: Fault, kind: str) -> None:
    """Error class, checkpoint, counts and the sandbox's ledger are what the outcome table says."""
    check_fault(sandbox, fault, kind, 3)


@pytest.mark.parametrize("kind", ["reset_after_body", "apply_then_reset", "status_after_applying", "refuse"])
@pytest.mark.parametrize("nth", [1, 5])
@pytest.mark.parametrize("records", ["events", "emails"])
def test_a_fault_at_an_end_is_dealt_with(sandbox: RunningSandbox, kind: str, nth: int, records: str) -> None:
    """The first and the last request are no special cases."""
    fault = next(fault for fault in faults() if fault.kind == kind and fault.order.get("status") in (None, 502))
    check_fault(sandbox, fault, records, nth)
