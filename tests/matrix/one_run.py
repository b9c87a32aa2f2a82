"""Runs ``matrix_push`` in the interpreter of a cell; prints the states of its tasks and an XCom as one line of JSON.

It needs an Airflow home of its own and the connection ``bento_default`` in the environment.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def the_dag(folder: str) -> Any:
    """Return the DAG, loaded as Airflow loads it."""
    try:
        bag_class: Any = importlib.import_module("airflow.dag_processing.dagbag").DagBag
    except (ImportError, AttributeError):  # Airflow before 3.2
        bag_class = importlib.import_module("airflow.models.dagbag").DagBag
    bag = bag_class(folder)
    assert not bag.import_errors, bag.import_errors
    return bag.get_dag("matrix_push")


def main() -> int:
    """Run it as ``airflow dags test`` does."""
    from airflow.utils.db import initdb

    initdb()
    run = the_dag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).test()
    tasks = {one.task_id: one for one in run.get_task_instances()}
    states = [str(getattr(one.state, "value", one.state)) for one in run.get_task_instances()]
    result = {
        "states": states,
        "tries": tasks["push_resumed_events"].try_number,
        "summed": tasks["summed"].xcom_pull(task_ids="summed"),
    }
    sys.stdout.write("=>" + json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
