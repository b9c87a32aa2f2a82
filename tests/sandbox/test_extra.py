"""Without its extra the sandbox says what to install, whichever way it is started."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "start",
    [
        "import runpy; runpy.run_module('airflow_provider_bento.sandbox', run_name='__main__')",
        "from airflow_provider_bento.sandbox.testing import bento_sandbox",
    ],
    ids=["command", "fixture"],
)
@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "jinja2"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(start: str, missing: str) -> None:
    """As on Airflow 2.11, which has no starlette."""
    hidden = f"import sys; sys.modules[{missing!r}] = None; {start}"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == f"ModuleNotFoundError: The sandbox needs {missing}: pip install 'airflow-provider-bento[sandbox]'"
