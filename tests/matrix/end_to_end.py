"""A DAG run end to end in a cell: Airflow in a process of its own, a local Bento in this one, and what arrived.

Tested by tests/matrix/test_end_to_end.py.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from installs.installs import DidNotWork, run

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

HERE: Final = Path(__file__).parent
EXPECTED: Final = Counter(
    [f"{region}{number}@matrix.example" for region in ("north", "south") for number in range(3)]
    + [f"yielded{number}@matrix.example" for number in range(5)]
    + [f"visited visitor{number}@matrix.example" for number in range(4)]
    + [f"mapped {word}@matrix.example" for word in ("a", "b")]
    + [f"resumed resumed{number}@matrix.example" for number in range(6)]
    + ["Hello {{ visitor.first_name }}"]
)


def arrived(bento: RunningSandbox) -> Counter[str]:
    """Return what Bento accepted, as a multiset of texts."""
    return Counter(
        [one["email"] for one in bento.control.records("subscribers")]
        + [f"{one['type']} {one['email']}" for one in bento.control.records("events")]
        + [f"{one['subject']} {one['content']}" for one in bento.control.records("broadcasts")]
    )


def pushed(interpreter: Path) -> int:
    """Run the DAG with a chunk of it refused once; return how many records arrived, each exactly once.

    :raises DidNotWork: a task did not succeed, the push was not resumed, or what arrived is not what was sent.
    """
    with running_sandbox() as bento, tempfile.TemporaryDirectory(prefix="bento-matrix-") as home:
        # The fifth request with events is the second chunk of the push that is resumed.
        bento.control.inject("status", "/batch/events", status=503, headers={"Retry-After": "0"}, nth=5)
        said = run(interpreter, "-P", HERE / "one_run.py", env=_environment(bento, home))
        result: dict[str, Any] = json.loads(said.rpartition("=>")[2])
        requests = sum(entry["path"] == "/batch/events" for entry in bento.control.journal())
        check(result, arrived(bento), requests)
    return EXPECTED.total()


def check(result: dict[str, Any], got: Counter[str], requests: int) -> None:
    """Compare a run with what it had to do.

    :param requests: the requests with events: 3 of other tasks, 3 chunks, and the one that was refused.
    :raises DidNotWork: it did something else.
    """
    if set(result["states"]) != {"success"} or result["summed"] != {"accepted": 6, "read": 6}:
        raise DidNotWork(f"the DAG: {result}")
    if (result["tries"], requests) != (2, 7):
        raise DidNotWork(f"the retry did not resume: {requests} requests with events, 7 were expected; {result}")
    if got != EXPECTED:
        raise DidNotWork(f"missing: {dict(EXPECTED - got)}, not sent or twice: {dict(got - EXPECTED)}")


def _environment(bento: RunningSandbox, home: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return inherited | {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": str(HERE / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_BENTO_DEFAULT": json.dumps(bento.connection),
        "MATRIX_CHECKPOINTS": f"{home}/checkpoints",
        "XDG_RUNTIME_DIR": home,  # the shared rate limit is its own, too
    }
