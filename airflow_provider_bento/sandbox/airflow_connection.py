"""The Airflow connection that leads to a sandbox, in its JSON form; knows settings, never Airflow.

Tested by tests/sandbox/test_sandbox_running.py.
"""

from __future__ import annotations

from airflow_provider_bento.sandbox.bento_api.pipeline import PREFIX
from airflow_provider_bento.sandbox.settings import SECRET_KEY, Settings


def connection(url: str, settings: Settings) -> dict[str, str]:
    """Return the Airflow connection to a sandbox in its JSON form.

    :param url: the sandbox's address, without ``/api/v1``.
    """
    return {
        "conn_type": "bento",
        "host": url + PREFIX,
        "login": settings.publishable_key,
        "password": settings.secret_key,
        "schema": settings.sites[0],
    }


def shown_connection(url: str, settings: Settings) -> dict[str, str]:
    """Return the same for a page: a secret key other than the default is not shown."""
    shown = connection(url, settings)
    return shown if settings.secret_key == SECRET_KEY else {**shown, "password": "your secret key"}
