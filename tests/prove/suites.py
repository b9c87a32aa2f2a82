"""Proofs 3, 6 and 7: tests of the suite as they stand, or with many more examples."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final
from unittest import mock

from delivery_law.law import LawBroken
from network.authority import Authority
from network.seeded_scripts import push_against
from prove.results import Found, Result, tried

ROOT: Final = Path(__file__).parents[2]
_PROPERTIES: Final = (
    "tests/unit/api/records/columns/test_same_verdicts.py",
    "tests/unit/delivery/test_chunks_properties.py",
    "tests/unit/delivery/test_validation.py",
    "tests/unit/delivery/checkpoint/test_tracker_machine.py",
    "tests/unit/delivery/test_counts.py",
    "tests/unit/delivery/test_retry.py",
    "tests/unit/api/test_receipt_counts.py",
    "tests/unit/api/test_receipt_failures.py",
    "tests/unit/api/replies/test_redaction.py",
    "tests/unit/api/test_wire_replies.py",
    "tests/unit/api/test_retry_after.py",
)


def many_examples(share: float) -> Result:
    """Run the properties of cutting, reading replies and the checkpoint's state machine."""
    examples = int(10_000 * share)
    result = _tested("-p", "prove.more_examples", *_PROPERTIES, BENTO_EXAMPLES=str(examples))
    result.note = f"{examples:,} examples per property"
    return result


def workers_killed(share: float) -> Result:
    """Kill tasks and supervisors under a real scheduler, mark them failed, clear them; then compare what arrived."""
    result = _tested("tests/system/test_kills.py")
    result.mishaps, result.note = result.runs, "one test per kind of failure"
    return result


def engines(share: float) -> Result:
    """Push from two Celery workers at Bento's own limit, and kill a worker, Redis, PostgreSQL and the scheduler."""
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder) / "facts.json"
        python = ROOT / ".venvs/engines/bin/python"
        result = _tested("tests/engines", python=python, ENGINES_LIMIT="100/60", ENGINES_FACTS=str(facts))
        found: dict[str, int] = json.loads(facts.read_text())
    result.mishaps = found.get("parts killed", 0) + found.get("attempts killed", 0)
    result.repeated = found.get("purchases repeated with their key", 0) + found.get("people repeated", 0)
    result.note = f"100 requests a minute; {found.get('decisions of a person', 0)} decisions of a person"
    return result


def raw_sockets(share: float) -> Result:
    """Try every reply and failure over http and TLS, behind a real proxy, too; then servers with random behaviour."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        with mock.patch.dict(os.environ, REQUESTS_CA_BUNDLE=str(authority.bundle)):
            seeded = tried(
                (f"push_against({seed})", partial(_pushed, seed, authority)) for seed in range(int(2_000 * share))
            )
    result = _tested("tests/network", BENTO_EVERY_REPLY="yes")
    result.mishaps, result.note = result.runs, f"{seeded.runs:,} of them servers with random behaviour"
    return result + seeded


def _pushed(seed: int, authority: Authority) -> Found:
    return Found(mishaps=push_against(seed, authority))


def _tested(*words: str, python: str | Path = sys.executable, **environment: str) -> Result:
    """Run tests; a test that fails breaks the law."""
    command = [python, "-m", "pytest", "-q", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment_with(**environment)
    )
    result = Result(runs=sum(int(count) for count in re.findall(r"(\d+) (?:passed|failed|error)", done.stdout)))
    if done.returncode or not result.runs or " skipped" in done.stdout:
        result.breach(LawBroken(done.stdout[-3000:]), words[-1])
    return result


def environment_with(**more: str) -> dict[str, str]:
    """Return this process's environment, with the tests to be found and more."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "tests"), **more}
