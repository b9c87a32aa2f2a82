"""Before Airflow 3.3 the checkpoint is a file: here in object storage, and the push that wrote it is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from engines.load import INVALID, Arrived, Load, names
from engines.object_storage import BUCKET, running_object_storage
from system.local_airflow import until

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

pytestmark = pytest.mark.engines

Tell = Callable[[str, object], None]
CHUNKS = 10  # twice as many of sign-ups


def begun(folder: str, attempt: int, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start an attempt in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("push.py")), folder, str(attempt)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def reached(bento: RunningSandbox, count: int) -> bool | None:
    """Whether as many requests have come."""
    return len(bento.control.journal()) >= count or None


def test_a_killed_push_resumes_from_object_storage(tmp_path: Path, record_property: Tell) -> None:
    """Three attempts are killed in the middle; the fourth sends the rest, and no chunk that was confirmed."""
    with running_object_storage(tmp_path) as storage, running_sandbox(reply_delay=0.1) as bento:
        load = Load(storage, "file", CHUNKS)
        connections = {"AIRFLOW_CONN_LAKE": json.dumps(storage.connection)}
        connections["AIRFLOW_CONN_BENTO_DEFAULT"] = bento.connection_json
        environment = {**os.environ, **connections}
        folder = f"s3://lake@{BUCKET}/{load.folder}"
        for attempt in (1, 2, 3):
            process = begun(folder, attempt, environment)
            until("requests", partial(reached, bento, 5 * attempt), seconds=120)
            process.kill()
            process.communicate()
        said, errors = begun(folder, 4, environment).communicate(timeout=300)
        assert said, errors
        result = json.loads(said.splitlines()[-1])
        there = Arrived(bento.control, load.folder).signups
    record_property("attempts killed", attempt)
    assert set(there) == set(names(load.signups))
    assert there.total() - len(there) <= 3 * 10  # of each kill the chunk that was under way
    assert (result["resumed"], result["read"], result["invalid"]) == (True, len(load.signups), INVALID)
