"""What happens to an operator's arguments when the DAG is parsed: slips in names, judgement, dependencies, hiding."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.argument_rules import rules
from airflow_provider_bento.operators.arguments import TaskArguments
from airflow_provider_bento.operators.literals import references
from airflow_provider_bento.operators.records_argument import bare, concealed
from airflow_provider_bento.operators.validation import Judge

if TYPE_CHECKING:
    from airflow_provider_bento.operators.base import BentoBatchOperator

__all__ = ["accept", "judge_of", "judge_partial", "refuse_unknown", "titled"]

_OPERATORS: Final = {
    "subscribers": "BentoBatchSubscribersOperator",
    "events": "BentoBatchEventsOperator",
    "broadcasts": "BentoBroadcastOperator",
}


def accept(operator: BentoBatchOperator) -> None:
    """Judge an operator's arguments, see what it depends on, and hide its records from where Airflow stores DAGs.

    Of a mapped task the arguments come during the run: they are judged when it is executed.

    :raises BentoSetupError: names the task and the argument.
    """
    records = getattr(operator, operator.endpoint)
    if not getattr(operator, "_BaseOperator__from_mapped", False):
        operator._validate_arguments()
        for reference in references(records) if isinstance(records, list | tuple) else ():
            for upstream, _ in reference.iter_references():
                operator.set_upstream(upstream)
    if callable(operator.columns):  # before 3.3 Airflow would store its address, which differs at each parse
        operator.template_fields = [name for name in operator.template_fields if name != "columns"]
    setattr(operator, operator.endpoint, concealed(records, operator.endpoint))


def judge_of(operator: BentoBatchOperator, *, rendered: bool) -> Judge:
    """Return the judge of an operator's arguments, as they are now."""
    names = [operator.endpoint, *rules(operator.endpoint), "file_options"]
    found = {name: getattr(operator, name) for name in names if hasattr(operator, name)}
    if rendered:
        found[operator.endpoint] = operator._records
        for name in ("constants", "columns"):
            if isinstance(found[name], Mapping):
                found[name] = {key: bare(value) for key, value in found[name].items()}
        if str(found["in_doubt"]) in ("", "None"):  # what a template writes that finds nothing
            found["in_doubt"] = None
    return Judge(
        titled(type(operator), operator.task_id),
        operator.endpoint,
        found,
        template_fields=() if rendered else operator.template_fields,
        by_function=operator._by_function,
    )


def judge_partial(kind: type[BentoBatchOperator], arguments: Mapping[str, Any]) -> None:
    """Judge what is known of a task that will be mapped.

    :param kind: its operator.
    :param arguments: what ``.partial()`` or the decorator got.
    :raises BentoSetupError: names the task and the argument.
    """
    refuse_unknown(kind, arguments)
    defaults = {"chunk_size": None, "max_in_flight": None}
    known = {name: value for name, value in arguments.items() if name not in defaults or value is not None}
    task = titled(kind, str(arguments.get("task_id", "")))
    Judge(task, kind.endpoint, known, kind.template_fields, complete=False, by_function=kind._by_function).check()


def refuse_unknown(kind: type[BentoBatchOperator], arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that nobody takes; Airflow's own message would show their values, which may be records.

    :raises BentoSetupError: names the task and the argument, and the one that is near.
    """
    unknown = arguments.keys() - TaskArguments.__annotations__.keys() - {"task_id"}
    if unknown and (unknown := unknown - set(_accepted(kind))):
        own = {*_accepted(kind), *TaskArguments.__annotations__} - {"self", "records", "kwargs"}
        words = [f"there is no argument {name}{_instead(name, own)}" for name in sorted(map(str, unknown))]
        task = titled(kind, str(arguments.get("task_id", "")))
        raise BentoSetupError(f"{task}: {'; '.join(words)}".rstrip("?.") + ("?" if words[-1].endswith("?") else "."))


def _instead(name: str, own: Collection[str]) -> str:
    from difflib import get_close_matches

    if name in _OPERATORS:
        return f": {name} are pushed by {_OPERATORS[name]}"
    near = get_close_matches(name, own, n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""


def _accepted(kind: type) -> Iterator[str]:
    for base in kind.mro():
        if "__init__" in vars(base):
            yield from inspect.signature(vars(base)["__init__"]).parameters


def titled(kind: type, task_id: str) -> str:
    """Return a task's id and operator, as messages begin: ``push (BentoBatchEventsOperator)``."""
    name = getattr(kind, "custom_operator_name", kind.__name__)
    return f"{task_id} ({name})" if task_id else str(name)
