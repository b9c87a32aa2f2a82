"""A DAG file that imports the operators stays cheap to parse; what is costly comes with the first use."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow  # each test starts a Python that imports Airflow

BASE = """
try:
    from airflow.sdk import BaseOperator
except ImportError:
    from airflow.models.baseoperator import BaseOperator
"""
SCRIPT = """
import json, sys
{before}
loaded = set(sys.modules)
{then}
print("=>" + json.dumps(sorted(set(sys.modules) - loaded)))
"""
FACE = "import airflow_provider_bento.operators.bento"


def added(then: str, *, before: str = BASE) -> list[str]:
    """Return the modules that a fresh process loads for the second part alone."""
    script = SCRIPT.format(before=before, then=then)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    modules: list[str] = json.loads(done.stdout.rpartition("=>")[2])
    return modules


@pytest.fixture(scope="module")
def operators() -> list[str]:
    """Return what importing the operators adds to Airflow's base class."""
    return added(FACE)


@pytest.mark.parametrize(
    "costly",
    [
        "requests", "urllib3", "http", "ssl", "httpx", "aiohttp", "pyrate_limiter", "filelock", "sqlite3", "redis",
        "pandas", "polars", "pyarrow", "numpy", "fsspec", "msgspec", "starlette", "uvicorn", "jinja2", "sqlalchemy",
        "wtforms", "flask_appbuilder", "duckdb",
    ],
)  # fmt: skip
def test_the_operators_do_not_import_what_is_costly(operators: list[str], costly: str) -> None:
    """Each parse of each DAG file pays for it, since Airflow forks a fresh process."""
    assert costly not in {name.partition(".")[0] for name in operators}


def test_the_operators_add_only_our_modules_and_airflows(operators: list[str]) -> None:
    """No third library at all, and none of the modules that do the work."""
    assert {name.partition(".")[0] for name in operators} <= {"airflow", "airflow_provider_bento"}
    ours = {name for name in operators if name.startswith("airflow_provider_bento.")}
    working = ("delivery", "hooks", "sources", "stores", "sync", "sandbox")
    assert not [name for name in ours if name.split(".")[1] in working]
    assert {name for name in ours if name.split(".")[1] == "api"} <= {
        "airflow_provider_bento.api",
        "airflow_provider_bento.api.contract",
    }


def test_making_an_operator_adds_nothing_costly() -> None:
    """Nor does its constructor import what ``execute`` needs."""
    make = """
from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator
BentoBatchSubscribersOperator(
    task_id="t", subscribers=[{"email": "a@b.example"}], snapshot_path="/a", when_gone="untag", untag=["a"]
)
"""
    outside = {name.partition(".")[0] for name in added(make)}
    assert not outside & {"requests", "pyrate_limiter", "filelock", "redis", "sqlite3", "pandas", "fsspec", "duckdb"}


def test_the_hook_does_not_import_requests_before_it_is_used() -> None:
    """Airflow imports hooks to list connection types."""
    outside = {name.partition(".")[0] for name in added("import airflow_provider_bento.hooks.bento")}
    assert not outside & {"requests", "urllib3", "pyrate_limiter", "redis", "pandas", "wtforms"}


def test_the_provider_info_needs_nothing_but_the_standard_library() -> None:
    """Every Airflow process calls it at its start, the CLI included."""
    call = "from airflow_provider_bento.provider_info import get_provider_info; get_provider_info()"
    outside = {name.partition(".")[0] for name in added(call, before="")}
    assert outside <= {"airflow_provider_bento"} | set(sys.stdlib_module_names)


def test_the_core_works_where_there_is_no_airflow() -> None:
    """A failed run can be replayed in a plain Python shell."""
    core = """
import pkgutil
class NoAirflow:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "airflow":
            raise ImportError(f"the core asked for {name}")
sys.meta_path.insert(0, NoAirflow())
import airflow_provider_bento.api, airflow_provider_bento.delivery, airflow_provider_bento.sandbox
for part in (airflow_provider_bento.api, airflow_provider_bento.delivery, airflow_provider_bento.sandbox):
    for module in pkgutil.walk_packages(part.__path__, part.__name__ + "."):
        if not module.name.endswith("__main__"):
            __import__(module.name)
import airflow_provider_bento.connection, airflow_provider_bento.connection.form, airflow_provider_bento.exceptions
"""
    modules = added(core, before="")
    assert "airflow_provider_bento.delivery.deliver" in modules
    assert not [name for name in modules if name.partition(".")[0] == "airflow"]
