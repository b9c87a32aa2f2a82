"""Point Airflow at a fresh folder, once a process; import this before anything imports Airflow.

Whatever the shell says about another Airflow must not reach a test.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _own_airflow() -> Path:
    for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:
        del os.environ[name]
    home, owner = tempfile.mkdtemp(prefix="bento-tests-"), os.getpid()
    atexit.register(lambda: shutil.rmtree(home, ignore_errors=True) if os.getpid() == owner else None)
    (Path(home) / "dags").mkdir()
    (Path(home) / "run").mkdir()
    os.environ |= {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": f"{home}/dags",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",  # without it, calling execute() directly is warned about
        "XDG_RUNTIME_DIR": f"{home}/run",  # the shared rate limit is its own, too
    }
    return Path(home)


HOME = _own_airflow()
