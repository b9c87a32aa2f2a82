"""The sensor that waits for a segment to have enough people.

Tested by tests/unit/sensors/test_sensors.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Unpack

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.records_argument import NotGiven
from airflow_provider_bento.sensors import checks
from airflow_provider_bento.sensors.base import BentoSensor

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from airflow_provider_bento.sensors.arguments import SensorArguments
    from airflow_provider_bento.triggers.questions import Kind

__all__ = ["SHORTEST_INTERVAL", "BentoSegmentSensor"]

SHORTEST_INTERVAL: Final = 120.0
"""Seconds; with it one sensor alone takes all requests that Bento allows for stats: 30 an hour."""


class BentoSegmentSensor(BentoSensor):
    """Waits until a segment has at least, or at most, as many people who can receive broadcasts.

    Each question is one request (GET /stats/segment), and Bento allows 30 an hour for everything that asks for stats.
    Returns ``{"users", "subscribed", "unsubscribed"}``: numbers of people.

    .. code-block:: python

        BentoSegmentSensor(task_id="wait", segment_id="segment_abc", at_least=1000, deferrable=True)

    :param segment_id: Bento's id of the segment; may be a template or another task's result.
    :param at_least: fewest subscribed people; may be a template.
    :param at_most: most subscribed people; may be a template. One of the two is needed.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param deferrable: whether it waits in the triggerer, without a worker slot; ``None``: Airflow's setting
        ``[operators] default_deferrable``.
    :param poke_interval: seconds between two questions, at least 120.
    :param timeout: seconds until the task fails, or is skipped with ``soft_fail``.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.

    All other arguments: those of Airflow's ``BaseSensorOperator``, such as ``soft_fail``, ``mode``, ``silent_fail`` and
    ``exponential_backoff``.

    .. seealso:: https://bentonow.com/docs/stats
    """

    _kind: ClassVar[Kind] = "segment"
    template_fields: Sequence[str] = ("segment_id", "at_least", "at_most", "bento_conn_id")

    def __init__(
        self,
        *,
        segment_id: str | int | XComArg,
        at_least: int | str | XComArg | None = None,
        at_most: int | str | XComArg | None = None,
        bento_conn_id: str = "bento_default",
        deferrable: bool | None = None,
        poke_interval: timedelta | float = 300.0,
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
        self.segment_id = segment_id
        self.at_least = at_least
        self.at_most = at_most
        if not getattr(self, "_BaseOperator__from_mapped", False):
            self._check()

    def _check(self) -> None:
        title = self._title
        checks.text(title, "segment_id", self.segment_id)
        for name in ("at_least", "at_most"):
            checks.count(title, name, getattr(self, name))
        why = "Bento allows 30 requests an hour for stats, for all tasks together"
        checks.interval(title, float(self.poke_interval), SHORTEST_INTERVAL, why)
        if self.at_least is None and self.at_most is None:
            raise BentoSetupError(f"{title}: pass at_least= or at_most=. Nothing was asked.")
        if checks.known(self.at_least) and checks.known(self.at_most):
            self._check_order(title)

    def _check_order(self, title: str) -> None:
        limits = self._limits()
        if len(limits) > 1 and limits["at_least"] > limits["at_most"]:
            raise BentoSetupError(f"{title}: at_least must not be larger than at_most. Nothing was asked.")

    def _arguments(self) -> dict[str, Any]:
        return {"segment_id": str(self.segment_id).strip(), **self._limits()}

    def _limits(self) -> dict[str, int]:
        given = {"at_least": self.at_least, "at_most": self.at_most}
        return {name: int(value) for name, value in given.items() if value is not None}
