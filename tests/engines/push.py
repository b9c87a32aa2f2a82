"""A push of one attempt as Airflow before 3.3 runs it, without a task state store: ``push.py <s3 folder> <attempt>``.

It prints its result as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from types import SimpleNamespace

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator


def main() -> None:
    """Push a file of a folder in object storage, with the checkpoint in the same folder."""
    folder, attempt = sys.argv[1], int(sys.argv[2])
    push = BentoBatchEventsOperator(
        task_id="push",
        events=f"{folder}/signups.jsonl",
        checkpoint_path=f"{folder}/checkpoints",
        dead_letters_path=f"{folder}/dead.jsonl",
        on_invalid_record="drop",
        max_failed=100,
        in_doubt="resend",
        chunk_size=10,
        retry_delay=timedelta(0),
    )
    ti = SimpleNamespace(
        dag_id="dag", run_id="run", task_id="push", map_index=-1, try_number=attempt, xcom_push=lambda **_: None
    )
    sys.stdout.write(json.dumps(push.execute({"ti": ti})))


if __name__ == "__main__":
    main()
