"""The sensor that waits for a person, or for a person's tag.

Tested by tests/unit/sensors/test_sensors.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.literals import refers
from airflow_provider_bento.operators.records_argument import NotGiven, Records
from airflow_provider_bento.sensors import checks
from airflow_provider_bento.sensors.base import BentoSensor

if TYPE_CHECKING:
    from uuid import UUID

    from airflow.sdk import XComArg

    from airflow_provider_bento.sensors.arguments import SensorArguments
    from airflow_provider_bento.triggers.questions import Kind

__all__ = ["BentoSubscriberSensor"]


class BentoSubscriberSensor(BentoSensor):
    """Waits until Bento has a person, or until the person has a tag.

    Each question is one request (GET /fetch/subscribers), and one more (GET /fetch/tags) when the person has a tag that
    is not known yet. Returns ``{"id", "tags", "subscribed"}``: Bento's id, the number of tags, whether the person can
    receive broadcasts. The address is in no XCom and no log, and *Rendered Templates* shows ``<email as text>``.

    .. code-block:: python

        BentoSubscriberSensor(task_id="wait", email="{{ params.email }}", has_tag="onboarded", deferrable=True)

    :param email: the address; may be a template or another task's result. Airflow's own alert address of the same name
        cannot be passed to this sensor; one from ``default_args`` remains the alert address. Or
    :param uuid: Bento's visitor id; may be a template or another task's result.
    :param has_tag: the name of a tag that the person must have; may be a template.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param deferrable: whether it waits in the triggerer, without a worker slot; ``None``: Airflow's setting
        ``[operators] default_deferrable``.
    :param poke_interval: seconds between two questions; each is a request of the budget that all tasks share.
    :param timeout: seconds until the task fails, or is skipped with ``soft_fail``.
    :param retry_policy: on Airflow 3.3 and later; default
        :class:`~airflow_provider_bento.operators.retry_policy.BentoRetryPolicy`.

    All other arguments: those of Airflow's ``BaseSensorOperator``, such as ``soft_fail``, ``mode``, ``silent_fail`` and
    ``exponential_backoff``.

    .. seealso:: https://bentonow.com/docs/subscribers
    """

    _kind: ClassVar[Kind] = "subscriber"
    _hidden: ClassVar[Mapping[str, str]] = {"subscriber_email": "email", "subscriber_uuid": "uuid"}
    template_fields: Sequence[str] = ("subscriber_email", "subscriber_uuid", "has_tag", "bento_conn_id")

    def __init__(  # type: ignore[misc]  # Airflow's own email is another one
        self,
        *,
        email: str | XComArg | None = None,
        uuid: str | UUID | XComArg | None = None,
        has_tag: str | XComArg | None = None,
        bento_conn_id: str = "bento_default",
        deferrable: bool | None = None,
        poke_interval: timedelta | float = 60.0,
        timeout: timedelta | float = 3600.0,
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Unpack[SensorArguments],
    ) -> None:
        alerts = (kwargs.get("default_args") or {}).get("email")
        if alerts is not None:
            email = None if email == alerts else email  # Airflow fills every argument from default_args by its name
            kwargs["email"] = alerts
        super().__init__(
            bento_conn_id=bento_conn_id,
            deferrable=deferrable,
            poke_interval=poke_interval,
            timeout=timeout,
            retry_policy=retry_policy,
            **kwargs,
        )
        # Not self.email: Airflow would send its alerts about this task there.
        self.subscriber_email = _hidden(email, "email")
        self.subscriber_uuid = _hidden(uuid, "uuid")
        self.has_tag = has_tag
        if not getattr(self, "_BaseOperator__from_mapped", False):
            self._check()

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Call Airflow's own ``partial``.

        :raises BentoSetupError: it contains ``email``, which Airflow would use as the address of its alerts.
        """
        if "email" in kwargs:
            raise BentoSetupError(
                f"{kwargs.get('task_id')} ({cls.__name__}): pass email to expand(), not to partial(), which would make "
                "it the address of Airflow's own alerts. Nothing was asked."
            )
        partial = super().partial(**kwargs)
        partial.kwargs.pop("email", None)  # Airflow's own, with which it would refuse expand(email=…)
        return partial

    def _check(self) -> None:
        title, email, uuid = self._title, _shown(self.subscriber_email), _shown(self.subscriber_uuid)
        checks.either(title, email=email, uuid=uuid)
        checks.address(title, email)
        checks.text(title, "uuid", getattr(uuid, "hex", uuid))
        checks.text(title, "has_tag", self.has_tag)

    def _arguments(self) -> dict[str, Any]:
        email, uuid = _shown(self.subscriber_email), _shown(self.subscriber_uuid)
        who = {"uuid": str(getattr(uuid, "hex", uuid)).strip()} if email is None else {"email": str(email)}
        tag = {} if self.has_tag is None else {"has_tag": str(self.has_tag).strip()}
        return who | tag


def _hidden(value: Any, noun: str) -> Any:
    """Return a constant or a template wrapped, so that a DAG is stored without it; another task's result as it is."""
    return value if value is None or refers(value) or isinstance(value, Records) else Records(value, noun)


def _shown(value: Any) -> Any:
    return value.value if isinstance(value, Records) else value
