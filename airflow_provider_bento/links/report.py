"""The link from a task to the page "Bento" of Airflow's UI, filtered to the task's DAG.

Tested by tests/unit/links/test_task_links.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from airflow_provider_bento.links.page_setting import page_is_on
from airflow_provider_bento.version_compat import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey
    from airflow.sdk import BaseOperator

__all__ = ["BentoReportLink"]


class BentoReportLink(BaseOperatorLink):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """The button "Bento report" on a task's page.

    Its address is relative, so it works below the path of ``[api] base_url``: Airflow's pages have a ``<base>``. Not on
    Airflow 2.11, which has no such page, and not with ``[bento] ui = False``.
    """

    name = "Bento report"
    xcom_key = "_link_BentoReportLink"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002  # Airflow's signature
        """Return the page's address, or nothing.

        :param operator: the task's operator.
        :param ti_key: the running task instance.
        """
        return f"bento/?{urlencode({'dag': ti_key.dag_id})}" if page_is_on() else ""
