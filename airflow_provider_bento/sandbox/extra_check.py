"""Importing this says in one sentence what to install if the sandbox's extra is not there.

Whatever somebody starts the sandbox by imports it before anything that needs the extra. Airflow 3 comes with all of
it, Airflow 2.11 does not.

Tested by tests/sandbox/test_extra.py.
"""

from __future__ import annotations

import importlib.util
from typing import Final

NEEDED: Final = ("jinja2", "starlette", "uvicorn")


def check() -> None:
    """Do nothing if all is there.

    :raises ModuleNotFoundError: what is missing, and the command that installs it.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ModuleNotFoundError(
            f"The sandbox needs {', '.join(missing)}: pip install 'airflow-provider-bento[sandbox]'", name=missing[0]
        )


check()
