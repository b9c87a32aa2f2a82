"""What somebody does first, run by a Python into which Airflow and the wheel were installed: import, look up, push.

Called as ``first_use.py <heeds reschedule dates: 0 or 1> [<email address to push>]`` with an Airflow home of its own
and the connection ``bento_default`` in the environment. It prints one line of JSON.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import os
import pkgutil
import sys
import warnings
from pathlib import Path
from typing import Any

DAG = """
from datetime import datetime
try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG
from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator

with DAG("first_use", schedule=None, start_date=datetime(2026, 1, 1)):
    BentoBatchSubscribersOperator(task_id="push", subscribers=[{"email": "ADDRESS", "tags": ["new"]}])
"""


def every_module() -> list[str]:
    """Import all that needs no extra; return the names."""
    package = importlib.import_module("airflow_provider_bento")
    assert "site-packages" in str(package.__file__), "this is not the installed package"
    names = [one.name for one in pkgutil.walk_packages(package.__path__, "airflow_provider_bento.")]
    names = [name for name in names if not name.startswith("airflow_provider_bento.sandbox")]
    if importlib.util.find_spec("starlette") is None:  # Airflow 2.11 has no server that could ask for the page
        names.remove("airflow_provider_bento.plugins.static_page")
    for name in names:
        importlib.import_module(name)
    return names


def names_of_airflow(*, heeds: bool) -> None:
    """Every name of Airflow is found, and the one thing that is told by where a name lies is told rightly."""
    compat: Any = importlib.import_module("airflow_provider_bento.version_compat")
    of_openlineage = {"OperatorLineage", "SQLParser"}  # which is no dependency, and alone asks for what needs them
    new = {
        "BaseEventTrigger",
        "NEVER_EXPIRE",
        "RetryDecision",
        "RetryPolicy",
        "TaskAwaitingInput",
        "CreateHITLDetailPayload",
    }
    assert {name for name in compat.__all__ if name not in of_openlineage and getattr(compat, name) is None} <= new
    assert compat.HEEDS_RESCHEDULE_DATES is heeds
    compat.mask_secret("first-use-secret")


def what_airflow_knows() -> None:
    """Airflow lists the provider, its connection type and its link."""
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    version = importlib.metadata.version("airflow-provider-bento")
    assert manager.providers["airflow-provider-bento"].version == version
    hook = manager.hooks["bento"]
    assert hook is not None
    assert hook.hook_class_name == "airflow_provider_bento.hooks.bento.BentoHook"
    assert "airflow_provider_bento.links.bento.BentoDashboardLink" in manager.extra_links_class_names
    for noun in ("subscribers", "events", "broadcasts"):
        assert callable(manager.taskflow_decorators[f"bento_{noun}"])


def pushed(address: str) -> str:
    """Run a DAG of one operator as ``airflow dags test`` does; return the state of the run."""
    path = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "first_use_dag.py"
    path.write_text(DAG.replace("ADDRESS", address))
    from airflow.utils.db import initdb

    initdb()
    try:
        bags: Any = importlib.import_module("airflow.dag_processing.dagbag")
        bag = bags.DagBag(str(path))
    except (ImportError, AttributeError):
        bag = importlib.import_module("airflow.models.dagbag").DagBag(str(path))
    assert not bag.import_errors, bag.import_errors
    run = bag.get_dag("first_use").test()
    return str(getattr(run.state, "value", run.state))


def main() -> int:
    """Do all of it; warnings that our own code causes are failures."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        modules = every_module()
        names_of_airflow(heeds=sys.argv[1] == "1")
        what_airflow_knows()
        states = [pushed(address) for address in sys.argv[2:]]
    ours = [str(one.message) for one in caught if "airflow_provider_bento" in str(one.filename)]
    sys.stdout.write("=>" + json.dumps({"modules": len(modules), "states": states, "warnings": ours}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
