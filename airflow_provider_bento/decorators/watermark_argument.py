"""The argument by which a decorated function learns its watermark.

Tested by tests/unit/decorators/test_watermark_of_functions.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.watermark.sentinel import WATERMARK

__all__ = ["with_watermark"]

_NAME: Final = "watermark"


def with_watermark(
    function: Callable[..., Any],
    op_args: Collection[Any] | None,
    op_kwargs: Mapping[str, Any] | None,
    *,
    column: str,
    title: str,
) -> dict[str, Any]:
    """Return a function's named arguments, with ``watermark=WATERMARK`` if it has that parameter and nobody filled it.

    Airflow compares arguments and parameters when the DAG is parsed, so one has to be there before its value is known.

    :param op_args: its arguments without a name.
    :param op_kwargs: its named arguments.
    :param column: the operator's ``watermark``; from ``default_args`` Airflow fills the function's parameter with it.
    :param title: the task, for the message.
    :raises BentoSetupError: the function takes no watermark, so that it would return everything in each run.
    """
    args, named = list(op_args or ()), dict(op_kwargs or {})
    if isinstance(found := named.get(_NAME), str) and found == column:
        del named[_NAME]
    if any(one is WATERMARK for one in (*args, *named.values())):
        return named
    parameters = list(inspect.signature(function).parameters.values())
    filled = {one.name for one in parameters[: len(args)]} | named.keys()
    if any(one.kind is one.VAR_KEYWORD for one in parameters) and _NAME not in filled:
        return named  # it gets all of Airflow's context, and the watermark with it
    if _NAME in filled or _NAME not in {one.name for one in parameters}:
        raise BentoSetupError(
            f"{title}: watermark is set, but the function does not use it: give it a parameter named watermark, and "
            "return only rows that are newer."
        )
    return {**named, _NAME: WATERMARK}
