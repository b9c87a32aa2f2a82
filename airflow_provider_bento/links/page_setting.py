"""Whether Airflow's UI has the page "Bento": the setting ``[bento] ui``.

Tested by tests/unit/plugins/test_plugin.py.
"""

from __future__ import annotations

import logging

__all__ = ["page_is_on"]

_log = logging.getLogger(__name__)


def page_is_on() -> bool:
    """Return ``[bento] ui``, by default true; false if it is neither true nor false, which is logged."""
    from airflow_provider_bento.version_compat import AirflowConfigException, conf

    try:
        return bool(conf.getboolean("bento", "ui", fallback=True))
    except AirflowConfigException:  # the API server must start even so
        _log.error("[bento] ui must be True or False; the page of Bento is not shown until it is one of them.")
        return False
