"""``@task.bento_subscribers``, ``bento_events``, ``bento_broadcasts`` and so on: a function returns the records.

It yields them, or returns what the operators' argument takes: a list, a dataframe, the path of a file.

The function runs while its records are pushed, so memory contains one chunk. A resumed attempt calls it again and
skips what was sent; it must return the same records each time it is called for one DAG run.

Tested by tests/unit/decorators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_bento.operators.base import BentoBatchOperator
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.literals import refers
from airflow_provider_bento.operators.parse_time import titled
from airflow_provider_bento.operators.records_argument import Argument, unwrap
from airflow_provider_bento.version_compat import (
    DecoratedOperator,
    context_merge,
    determine_kwargs,
    task_decorator_factory,
)

if TYPE_CHECKING:
    from airflow_provider_bento.operators.arguments import (
        BroadcastsArguments,
        CommandsArguments,
        EmailsArguments,
        EventsArguments,
        SubscribersArguments,
    )
    from airflow_provider_bento.operators.watermark.lifecycle import Watermark

__all__ = [
    "bento_broadcasts_task",
    "bento_commands_task",
    "bento_emails_task",
    "bento_events_task",
    "bento_subscribers_task",
]

_ARGUMENTS = ("op_args", "op_kwargs")
_SHOWN = (str, int, float, date, timedelta, type(None))  # what an author writes; anything larger may contain people


class _Yielding(DecoratedOperator, BentoBatchOperator):  # type: ignore[misc]  # Airflow is not followed
    """An operator whose records are what a function returns or yields."""

    _by_function: ClassVar[bool] = True
    template_fields_renderers: ClassVar[dict[str, str]] = {"op_args": "py", "op_kwargs": "py"}

    def __init__(self, *, python_callable: Callable[..., Any], **kwargs: Any) -> None:
        kwargs.pop("multiple_outputs", None)  # the factory always passes it; the summary is one value
        column = {**(kwargs.get("default_args") or {}), **kwargs}.get("watermark")
        if column is not None:
            from airflow_provider_bento.decorators.watermark_argument import with_watermark

            args, named = kwargs.get("op_args"), kwargs.get("op_kwargs")
            title = titled(type(self), str(kwargs.get("task_id", "")))
            kwargs["op_kwargs"] = with_watermark(python_callable, args, named, column=column, title=title)
        super().__init__(python_callable=python_callable, **kwargs)  # type: ignore[call-arg]  # DecoratedOperator's

    def _records_source(self, context: Any, watermark: Watermark | None = None) -> Any:
        """Return a source that calls the function for each reading."""
        from airflow_provider_bento.sources.functions import GeneratorSource

        args = [unwrap(value) for value in self.op_args]
        named = {name: unwrap(value) for name, value in self.op_kwargs.items()}
        if watermark is not None:
            args, named = watermark.put_into(args), {"watermark": watermark.since} | watermark.put_into(named)
        context_merge(context, named)
        kwargs = determine_kwargs(self.python_callable, args, context)
        return GeneratorSource(lambda: self.python_callable(*args, **kwargs), file_options=self.file_options)

    def execute(self, context: Any) -> Any:
        """Push what the function returns."""
        return BentoBatchOperator.execute(self, context)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Sequence[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Render the function's arguments, which are not file names, and hide those that may be records."""
        if parent is self:
            template_fields = [name for name in template_fields if name not in _ARGUMENTS]
            with self._without_files():
                self.op_args = [self._argument(one, context, jinja_env, seen_oids) for one in self.op_args]
                self.op_kwargs = {
                    name: self._argument(one, context, jinja_env, seen_oids) for name, one in self.op_kwargs.items()
                }
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)

    def _argument(self, value: Any, context: Any, jinja_env: Any, seen_oids: set[int]) -> Any:
        if isinstance(value, Argument):  # rendered before
            return value
        from_upstream = refers(value) or id(value) in seen_oids
        rendered = value if id(value) in seen_oids else self.render_template(value, context, jinja_env, seen_oids)
        return Argument(rendered) if from_upstream or not isinstance(rendered, _SHOWN) else rendered


def _fields(operator: type[BentoBatchOperator]) -> Sequence[str]:
    return (*_ARGUMENTS, *(name for name in operator.template_fields if name != WORDS[operator._endpoint].argument))


class _Subscribers(_Yielding, BentoBatchSubscribersOperator):
    custom_operator_name = "@task.bento_subscribers"
    template_fields = _fields(BentoBatchSubscribersOperator)


class _Events(_Yielding, BentoBatchEventsOperator):
    custom_operator_name = "@task.bento_events"
    template_fields = _fields(BentoBatchEventsOperator)


class _Broadcasts(_Yielding, BentoBroadcastOperator):
    custom_operator_name = "@task.bento_broadcasts"
    template_fields = _fields(BentoBroadcastOperator)


class _Commands(_Yielding, BentoBatchCommandsOperator):
    custom_operator_name = "@task.bento_commands"
    template_fields = _fields(BentoBatchCommandsOperator)


class _Emails(_Yielding, BentoBatchEmailsOperator):
    custom_operator_name = "@task.bento_emails"
    template_fields = _fields(BentoBatchEmailsOperator)


def _task(kind: type[_Yielding], function: Callable[..., Any] | None, arguments: dict[str, Any]) -> Any:
    """Return Airflow's decorator after validating the arguments; nothing else does so at parse time if it is mapped.

    :raises BentoSetupError: names the task and the argument.
    """
    if function is None:
        return partial(_task, kind, arguments=arguments)
    from airflow_provider_bento.operators.parse_time import check_partial

    check_partial(kind, {"task_id": getattr(function, "__name__", ""), **arguments})
    return task_decorator_factory(python_callable=function, decorated_operator_class=kind, **arguments)


def bento_subscribers_task(
    python_callable: Callable[..., object] | None = None, **kwargs: Unpack[SubscribersArguments]
) -> Any:
    """Turn a function that returns or yields subscribers into a task that pushes them: ``@task.bento_subscribers``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBatchSubscribersOperator`.
    :raises BentoSetupError: an argument is invalid; names the task and the argument.
    """
    return _task(_Subscribers, python_callable, dict(kwargs))


def bento_events_task(python_callable: Callable[..., object] | None = None, **kwargs: Unpack[EventsArguments]) -> Any:
    """Turn a function that returns or yields events into a task that pushes them: ``@task.bento_events``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBatchEventsOperator`.
    :raises BentoSetupError: an argument is invalid; names the task and the argument.
    """
    return _task(_Events, python_callable, dict(kwargs))


def bento_broadcasts_task(
    python_callable: Callable[..., object] | None = None, **kwargs: Unpack[BroadcastsArguments]
) -> Any:
    """Turn a function that returns or yields broadcasts into a task that creates them: ``@task.bento_broadcasts``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBroadcastOperator`.
    :raises BentoSetupError: an argument is invalid; names the task and the argument.
    """
    return _task(_Broadcasts, python_callable, dict(kwargs))


def bento_commands_task(
    python_callable: Callable[..., object] | None = None, **kwargs: Unpack[CommandsArguments]
) -> Any:
    """Turn a function that returns or yields commands into a task that runs them: ``@task.bento_commands``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBatchCommandsOperator`.
    :raises BentoSetupError: an argument is invalid; names the task and the argument.
    """
    return _task(_Commands, python_callable, dict(kwargs))


def bento_emails_task(python_callable: Callable[..., object] | None = None, **kwargs: Unpack[EmailsArguments]) -> Any:
    """Turn a function that returns or yields emails into a task that sends them: ``@task.bento_emails``.

    :param kwargs: arguments of :class:`~airflow_provider_bento.operators.bento.BentoBatchEmailsOperator`.
    :raises BentoSetupError: an argument is invalid; names the task and the argument.
    """
    return _task(_Emails, python_callable, dict(kwargs))
