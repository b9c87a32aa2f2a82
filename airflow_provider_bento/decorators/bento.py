"""``@task.bento_subscribers``, ``@task.bento_events``, ``@task.bento_broadcasts``: a function yields the records.

The function runs while its records are pushed, so memory holds one chunk. A resumed attempt calls it again and passes
over what was sent; it must give the same records each time it is called for one DAG run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import (
    DecoratedOperator,
    context_merge,
    determine_kwargs,
    task_decorator_factory,
)

from airflow_provider_bento.operators.batch import BentoBatchOperator
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)

__all__ = ["bento_broadcasts_task", "bento_events_task", "bento_subscribers_task"]

_ARGUMENTS = ("op_args", "op_kwargs")


class _Yielding(DecoratedOperator, BentoBatchOperator):  # type: ignore[misc]  # Airflow is not followed
    """An operator whose records are what a function returns or yields."""

    template_fields_renderers: ClassVar[dict[str, str]] = {"op_args": "py", "op_kwargs": "py"}

    def __init__(self, *, python_callable: Callable[..., Any], **kwargs: Any) -> None:
        kwargs.pop("multiple_outputs", None)  # the factory always passes it; the summary is one value
        super().__init__(python_callable=python_callable, **kwargs)

    def reader(self, context: Any) -> Any:
        """Return a source that calls the function for each reading."""
        from airflow_provider_bento.sources.generated import GeneratorSource

        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        return GeneratorSource(lambda: self.python_callable(*self.op_args, **kwargs))

    def execute(self, context: Any) -> Any:
        """Push what the function gives."""
        return BentoBatchOperator.execute(self, context)


def _fields(operator: type[BentoBatchOperator]) -> Sequence[str]:
    return (*_ARGUMENTS, *(name for name in operator.template_fields if name != operator.endpoint))


class _Subscribers(_Yielding, BentoBatchSubscribersOperator):
    custom_operator_name = "@task.bento_subscribers"
    template_fields = _fields(BentoBatchSubscribersOperator)


class _Events(_Yielding, BentoBatchEventsOperator):
    custom_operator_name = "@task.bento_events"
    template_fields = _fields(BentoBatchEventsOperator)


class _Broadcasts(_Yielding, BentoBroadcastOperator):
    custom_operator_name = "@task.bento_broadcasts"
    template_fields = _fields(BentoBroadcastOperator)


def bento_subscribers_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """Turn a function that returns or yields subscribers into a task that pushes them: ``@task.bento_subscribers``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBatchSubscribersOperator`.
    """
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=_Subscribers, **kwargs)


def bento_events_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """Turn a function that returns or yields events into a task that pushes them: ``@task.bento_events``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBatchEventsOperator`.
    """
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=_Events, **kwargs)


def bento_broadcasts_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """Turn a function that returns or yields broadcasts into a task that makes them: ``@task.bento_broadcasts``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBroadcastOperator`.
    """
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=_Broadcasts, **kwargs)
