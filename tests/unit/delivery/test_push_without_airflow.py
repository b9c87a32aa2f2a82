"""The page docs/how-to/without-airflow.md: a push assembled and run in a plain Python process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from airflow_provider_bento.sandbox.in_thread import running_sandbox


def push(base_url: str, publishable_key: str, secret_key: str, site_uuid: str) -> dict[str, Any]:
    """Send three subscribers, one of them invalid, and return the counts."""
    # [START without_airflow]
    from airflow_provider_bento.api.client import BentoClient
    from airflow_provider_bento.api.records import parse_subscriber
    from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
    from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
    from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
    from airflow_provider_bento.delivery.clock import SystemClock
    from airflow_provider_bento.delivery.deliver import deliver
    from airflow_provider_bento.delivery.pacing.factory import make_pacer
    from airflow_provider_bento.delivery.push import Push
    from airflow_provider_bento.delivery.request_loop import RequestLoop
    from airflow_provider_bento.delivery.source import ListSource

    people = [{"email": "ann@example.com"}, {"email": "no address"}, {"email": "bob@example.com", "tags": ["vip"]}]

    client = BentoClient(base_url, publishable_key, secret_key, site_uuid)
    pacer = make_pacer("process", key=(base_url, site_uuid), rates="100/minute")
    plan = Plan("subscribers", chunk_size=1000, max_chunk_bytes=5_000_000)
    report = deliver(
        Push(
            endpoint="subscribers",
            source=ListSource(people),
            new_parser=lambda: parse_subscriber,
            request_loop=RequestLoop(client.send_batch, pacer, SystemClock()),
            pacer=pacer,
            checkpoints=Checkpoints(MemoryStore(), plan, TaskAttempt()),
            on_invalid_record="drop",
            max_failed=1,
        )
    )
    print(report.summary())  # noqa: T201
    # [END without_airflow]
    client.close()
    return report.summary()


if __name__ == "__main__":
    push(*sys.argv[1:])
    assert not [name for name in sys.modules if name.split(".")[0] == "airflow"]


def test_a_push_runs_in_a_process_that_never_imports_airflow() -> None:
    """Two people arrive at the sandbox, the invalid record is counted, and Airflow is not imported."""
    with running_sandbox() as bento:
        keys = [bento.connection[name] for name in ("host", "login", "password", "schema")]
        command = [sys.executable, str(Path(__file__)), *keys]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        arrived = sorted(record["email"] for record in bento.control.records("subscribers"))
    assert (done.returncode, arrived) == (0, ["ann@example.com", "bob@example.com"]), done.stderr
    assert "'accepted': 2, 'invalid': 1, 'rejected': 0" in done.stdout
