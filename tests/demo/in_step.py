"""The demo of the DAG that sends only what changed: three runs, with changes in between, and what each of them did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from system.local_airflow import LocalAirflow

from airflow_provider_bento.sandbox.control.client import Control

DAG = "bento_customers_in_step"
TASK = "push_changes"
COMPARED = re.compile(r"Compared with the snapshot: [^\"\n]*")


@dataclass(frozen=True)
class Step:
    """One run: what its form says, and what must come of it."""

    title: str
    form: dict[str, Any]
    state: str = "success"
    requests: int = 0
    counts: tuple[tuple[str, int], ...] = ()


STEPS = (
    Step("the first run", {}, requests=1, counts=(("read", 100), ("accepted", 100), ("unchanged", 0))),
    Step(
        "5 people changed, 3 left",
        {"changed": 5, "left": 3},
        requests=2,
        counts=(("read", 97), ("accepted", 5), ("unchanged", 92), ("gone", 3), ("untagged", 3)),
    ),
    Step("a query without half of its rows", {"wrong_query": True}, state="failed"),
)


@dataclass(frozen=True)
class Done:
    """What one run did."""

    step: Step
    state: str
    requests: int
    compared: str
    summary: dict[str, Any]

    def problems(self) -> Iterator[str]:
        """Yield what is not as it should be."""
        found = {
            "state": self.state,
            "requests": self.requests,
            **{n: self.summary.get(n) for n, _ in self.step.counts},
        }
        wanted = {"state": self.step.state, "requests": self.step.requests, **dict(self.step.counts)}
        for name, value in wanted.items():
            if found[name] != value:
                yield f"{DAG}, {self.step.title}: {name} is {found[name]}, not {value}"

    def __str__(self) -> str:
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        return f"  {DAG}, {self.step.title}: {self.state}, {requests}\n    {self.compared}"


def run_steps(airflow: LocalAirflow, control: Control, folder: Path) -> Iterator[Done]:
    """Run the DAG once for each step, and yield what it did."""
    for step in STEPS:
        before = _requests(control)
        run = airflow.trigger(DAG, {"folder": str(folder), **step.form})
        state = airflow.wait_for_run(DAG, run)
        compared = COMPARED.search(airflow.log(DAG, run, TASK))
        summary = airflow.xcom(DAG, run, TASK) or {}
        yield Done(step, state, _requests(control) - before, compared[0] if compared else "not compared", summary)


def _requests(control: Control) -> int:
    """Return how many requests with people came so far; others may come meanwhile, such as an email of an alert."""
    return sum(one["path"].endswith("/batch/subscribers") for one in control.journal())
