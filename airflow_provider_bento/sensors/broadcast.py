"""The sensor that waits for a broadcast to be sent.

Tested by tests/unit/sensors/test_sensors.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_bento.operators.records_argument import NotGiven
from airflow_provider_bento.sensors import checks
from airflow_provider_bento.sensors.base import BentoSensor

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from airflow_provider_bento.api.contract import BroadcastStatus
    from airflow_provider_bento.sensors.arguments import SensorArguments
    from airflow_provider_bento.triggers.questions import Kind

__all__ = ["BentoBroadcastSensor"]


class BentoBroadcastSensor(BentoSensor):
    """Waits until a broadcast is in one of some states; by default until it has been sent.

    Each question is one request for each page of each state's list (GET /fetch/broadcasts), until it is found. Returns
    ``{"id", "url", "state", "open_rate"}``; the last is in percent, or ``None``.

    .. code-block:: python

        BentoBroadcastSensor(task_id="wait", name="Weekly digest {{ ds }}", deferrable=True)

    :param name: the name of the broadcast; if several have it, the newest one counts. May be a template. Or
    :param broadcast_id: its id; may be a template or another task's result.
    :param states: one or more of ``"draft"``, ``"scheduled"``, ``"sending"``, ``"sent"``, ``"paused"`` and
        ``"canceled"``. Bento lists each state separately.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param deferrable: whether it waits in the triggerer, without a worker slot; ``None``: Airflow's setting
        ``[operators] default_deferrable``.
    :param poke_interval: seconds between two questions; each is a request of the budget that all tasks share.
    :param timeout: seconds until the task fails, or is skipped with ``soft_fail``.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.

    All other arguments: those of Airflow's ``BaseSensorOperator``, such as ``soft_fail``, ``mode``, ``silent_fail`` and
    ``exponential_backoff``.

    .. seealso:: https://bentonow.com/docs/broadcasts
    """

    _kind: ClassVar[Kind] = "broadcast"
    template_fields: Sequence[str] = ("name", "broadcast_id", "bento_conn_id")

    def __init__(
        self,
        *,
        name: str | XComArg | None = None,
        broadcast_id: str | int | XComArg | None = None,
        states: Sequence[BroadcastStatus] = ("sent",),
        bento_conn_id: str = "bento_default",
        deferrable: bool | None = None,
        poke_interval: timedelta | float = 60.0,
        timeout: timedelta | float = 3600.0,
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Unpack[SensorArguments],
    ) -> None:
        super().__init__(
            bento_conn_id=bento_conn_id,
            deferrable=deferrable,
            poke_interval=poke_interval,
            timeout=timeout,
            retry_policy=retry_policy,
            **kwargs,
        )
        self.name = name
        self.broadcast_id = broadcast_id
        self.states = states
        if not getattr(self, "_BaseOperator__from_mapped", False):
            self._check()

    def _check(self) -> None:
        title = self._title
        checks.either(title, name=self.name, broadcast_id=self.broadcast_id)
        checks.text(title, "name", self.name)
        checks.text(title, "broadcast_id", self.broadcast_id)
        checks.states(title, self.states)

    def _arguments(self) -> dict[str, Any]:
        which = {"broadcast_id": str(self.broadcast_id).strip()} if self.name is None else {"name": str(self.name)}
        return {**which, "states": list(self.states)}
