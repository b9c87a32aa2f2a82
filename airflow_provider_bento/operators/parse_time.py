"""Which arguments of an operator are validated when the DAG is parsed, and which names are unknown.

Tested by tests/unit/operators/test_validated_at_parse.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Protocol

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.argument_rules import rules
from airflow_provider_bento.operators.arguments import TaskArguments
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.literals import LOOKED_AT, has_nothing_to_do, references
from airflow_provider_bento.operators.records_argument import NotGiven, unwrap
from airflow_provider_bento.operators.validation import ArgumentCheck
from airflow_provider_bento.version_compat import RetryPolicy

__all__ = [
    "OperatorKind",
    "argument_check",
    "check_partial",
    "policy_argument",
    "refuse_unknown",
    "titled",
    "upstream_of",
]

_WITHOUT_RULE: Final = ("file_options", "watermark_start", "outlets")
_OPERATORS: Final = {words.argument: words.operator for words in WORDS.values() if words.text_is is None}


class OperatorKind(Protocol):
    """What validation needs to know of an operator's class."""

    template_fields: Sequence[str]
    _by_function: ClassVar[bool]
    _endpoint: ClassVar[Endpoint]


def upstream_of(records: object) -> Iterator[Any]:
    """Yield the tasks whose results are in the first records of a literal list."""
    if not isinstance(records, list | tuple) or has_nothing_to_do(first := records[:LOOKED_AT]):
        return
    for reference in references(first):
        for upstream, _ in reference.iter_references():
            yield upstream


def argument_check(operator: OperatorKind, title: str, *, records: Any, rendered: bool) -> ArgumentCheck:
    """Return what validates a task's arguments, as they are now.

    :param operator: has the arguments as attributes.
    :param title: what its messages begin with.
    :param records: the value of its records argument.
    :param rendered: whether templates have been rendered, so that everything can be validated.
    """
    endpoint = operator._endpoint
    found = {name: getattr(operator, name) for name in (*rules(endpoint), *_WITHOUT_RULE) if hasattr(operator, name)}
    found[WORDS[endpoint].argument] = records
    if rendered:
        for name in ("constants", "columns"):
            if isinstance(found[name], Mapping):
                found[name] = {key: unwrap(value) for key, value in found[name].items()}
        if str(found["in_doubt"]) in ("", "None"):  # a template without a result renders as these
            found["in_doubt"] = None
    return ArgumentCheck(
        title,
        endpoint,
        found,
        template_fields=() if rendered else operator.template_fields,
        by_function=operator._by_function,
    )


def check_partial(kind: type[OperatorKind], arguments: Mapping[str, Any]) -> None:
    """Validate what is known of a task that will be mapped.

    :param kind: its operator.
    :param arguments: those of ``.partial()`` or the decorator.
    :raises BentoSetupError: names the task and the argument.
    """
    refuse_unknown(kind, arguments)
    defaults = {"chunk_size": None, "max_in_flight": None}
    given = {**_required(kind), **(arguments.get("default_args") or {}), **arguments}
    known = {name: value for name, value in given.items() if name not in defaults or value is not None}
    task = titled(kind, str(arguments.get("task_id", "")))
    ArgumentCheck(
        task, kind._endpoint, known, kind.template_fields, complete=False, by_function=kind._by_function
    ).check()


def refuse_unknown(kind: type[OperatorKind], arguments: Mapping[str, Any]) -> None:
    """Reject unknown arguments; Airflow's own message would show their values, which may be records.

    :raises BentoSetupError: names the task and the argument, and suggests a similar one.
    """
    unknown = arguments.keys() - TaskArguments.__annotations__.keys() - {"task_id"}
    if unknown and (unknown := unknown - set(_accepted(kind))):
        own = {*_accepted(kind), *TaskArguments.__annotations__} - {"self", "records", "kwargs"}
        words = [f"there is no argument {name}{_instead(name, own)}" for name in sorted(map(str, unknown))]
        task = titled(kind, str(arguments.get("task_id", "")))
        raise BentoSetupError(f"{task}: {'; '.join(words)}".rstrip("?.") + ("?" if words[-1].endswith("?") else "."))


def policy_argument(passed: Any) -> dict[str, Any]:
    """Return the argument ``retry_policy`` for Airflow's own operator; empty before 3.3, which does not know it.

    :param passed: what the author passed.
    """
    if RetryPolicy is None:
        return {}
    from airflow_provider_bento.operators.retry_policy import BentoRetryPolicy

    return {"retry_policy": BentoRetryPolicy() if passed is NotGiven.BENTOS_POLICY else passed}


def _instead(name: str, own: Collection[str]) -> str:
    from difflib import get_close_matches

    if name in _OPERATORS:
        return f": {name} are pushed by {_OPERATORS[name]}"
    near = get_close_matches(name, own, n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""


def _required(kind: type) -> dict[str, Any]:
    """Return the defaults of arguments without which nothing is sent: a mapped task must pass them, too."""
    return {name: one.default for name, one in _parameters(kind) if name in ("transactional", "allow_deletion")}


def _accepted(kind: type) -> Iterator[str]:
    return (name for name, _ in _parameters(kind))


def _parameters(kind: type) -> Iterator[tuple[str, inspect.Parameter]]:
    for base in kind.mro():
        if "__init__" in vars(base):
            yield from inspect.signature(vars(base)["__init__"]).parameters.items()


def titled(kind: type, task_id: str) -> str:
    """Return a task's id and operator, as messages begin: ``push (BentoBatchEventsOperator)``."""
    name = getattr(kind, "custom_operator_name", kind.__name__)
    return f"{task_id} ({name})" if task_id else str(name)
