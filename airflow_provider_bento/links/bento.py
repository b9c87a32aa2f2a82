"""The links on a task's page; the one to Bento's dashboard knows where an operator stores the address.

On Airflow 3 :meth:`BentoDashboardLink.get_link` runs on the worker when the task ends, on 2.11 in the webserver.

Tested by tests/unit/links/test_dashboard_link.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_bento.links.addresses import may_be_shown
from airflow_provider_bento.links.dead_letters import BentoDeadLettersLink
from airflow_provider_bento.links.report import BentoReportLink
from airflow_provider_bento.version_compat import HAS_PLUGIN_PAGES, BaseOperatorLink

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey
    from airflow.sdk import BaseOperator

__all__ = [
    "BROADCASTS_PAGE",
    "DASHBOARD",
    "LINKS",
    "BentoDashboardLink",
    "BentoDeadLettersLink",
    "BentoReportLink",
]

DASHBOARD: Final = "https://app.bentonow.com"
BROADCASTS_PAGE: Final = "https://app.bentonow.com/account/emails/broadcasts"


class BentoDashboardLink(BaseOperatorLink):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """The button "Open in Bento" on a task's page.

    An operator sets its address by ``ti.xcom_push(key=BentoDashboardLink.xcom_key, value=url)``, even while the task
    runs; without that, it opens the list of all broadcasts, or for other records the dashboard.
    """

    name = "Open in Bento"
    xcom_key = "_link_BentoDashboardLink"  # Airflow 3's own default; 2.11 has none

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the address that the operator pushed, else the list of broadcasts or the dashboard.

        :param operator: the task's operator.
        :param ti_key: whose XCom to read; on Airflow 3 the running task instance itself.
        """
        from airflow_provider_bento.version_compat import XCom

        pushed = XCom.get_value(ti_key=ti_key, key=self.xcom_key)
        if may_be_shown(pushed):
            return str(pushed)
        return DASHBOARD if getattr(operator, "_endpoint", "broadcasts") != "broadcasts" else BROADCASTS_PAGE


LINKS: Final[tuple[BaseOperatorLink, ...]] = (
    (BentoDashboardLink(), BentoDeadLettersLink(), BentoReportLink()) if HAS_PLUGIN_PAGES else ()
)
"""Of a task that pushes records; Airflow 2.11, where the webserver asks a link without the task's values, has none."""
