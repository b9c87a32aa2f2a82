"""Dead letters that are pushed by a task with a snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

ANN = {"email": "ann@planted.example", "plan": "gold"}
ORDER = {"type": "order", "email": "ann@planted.example", "details": {"order_id": 7}}


def letters(folder: Path, endpoint: str, record: dict[str, Any], kind: str) -> Path:
    """Return a file with one dead letter."""
    path = folder / "letters.jsonl"
    letter = {
        "run": "d/r/check/-1",
        "position": 0,
        "chunk": 0,
        "kind": kind,
        "reasons": [],
        "attempt": 1,
        "endpoint": endpoint,
    }
    path.write_text(json.dumps({**letter, "record": record}) + "\n")
    return path


@pytest.mark.parametrize("kind", ["different", "missing"])
def test_who_differs_in_bento_is_sent_although_the_record_is_unchanged(
    bento: RunningSandbox, tmp_path: Path, kind: str
) -> None:
    """A comparison with Bento found them; the snapshot says that the same record was confirmed."""
    snapshot: dict[str, Any] = {"task_id": "push", "snapshot_path": tmp_path / "snapshot"}
    BentoBatchSubscribersOperator(**snapshot, subscribers=[ANN]).execute({})
    path = letters(tmp_path, "subscribers", ANN, kind)
    assert BentoBatchSubscribersOperator(**snapshot, replay_dead_letters=path).execute({})["accepted"] == 1
    assert BentoBatchSubscribersOperator(**snapshot, subscribers=[ANN]).execute({})["unchanged"] == 1


def test_an_event_that_was_sent_is_not_sent_by_a_replay(bento: RunningSandbox, tmp_path: Path) -> None:
    """Its key counts, wherever the record comes from."""
    snapshot: dict[str, Any] = {
        "task_id": "push",
        "snapshot_path": tmp_path / "snapshot",
        "once_by": "details.order_id",
    }
    BentoBatchEventsOperator(**snapshot, events=[ORDER]).execute({})
    path = letters(tmp_path, "events", ORDER, "rejected")
    assert BentoBatchEventsOperator(**snapshot, replay_dead_letters=path).execute({})["unchanged"] == 1
