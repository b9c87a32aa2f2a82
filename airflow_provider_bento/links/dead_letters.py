"""The link from a task to its dead letters, if they lie where a browser can go.

Tested by tests/unit/links/test_task_links.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.filesystem.own_path import own_path
from airflow_provider_bento.links.consoles import web_address
from airflow_provider_bento.version_compat import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey
    from airflow.sdk import BaseOperator

__all__ = ["BentoDeadLettersLink"]

_PROGRESS: Final = "bento_progress"


class BentoDeadLettersLink(BaseOperatorLink):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """The button "Dead letters" on a task's page: the file in the console of its store.

    There is none for a local path, which has no web address, nor if the task published that it has no dead letters. On
    Airflow 2.11 there is none at all.
    """

    name = "Dead letters"
    xcom_key = "_link_BentoDeadLettersLink"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the page of the store's console, or nothing.

        :param operator: the task's operator, rendered.
        :param ti_key: the running task instance.
        """
        path = own_path(str(getattr(operator, "dead_letters_path", None) or ""), ti_key.map_index)
        address = web_address(path or "")
        return address if address and _may_have_some(ti_key) else ""


def _may_have_some(ti_key: TaskInstanceKey) -> bool:
    from airflow_provider_bento.version_compat import XCom

    progress: Any = XCom.get_value(ti_key=ti_key, key=_PROGRESS)
    if not isinstance(progress, dict):
        return True
    counts = progress.get("counts", {})
    return bool(progress.get("reasons")) or any(counts.get(name) for name in ("invalid", "rejected", "skipped"))
