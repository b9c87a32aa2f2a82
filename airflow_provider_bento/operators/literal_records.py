"""Records that are written in a DAG file: no Jinja where it would not run, other tasks' results where they can be.

A DAG file is parsed again and again, so only the first records are looked at then, and the others when the task runs.

Tested by tests/unit/operators/test_literal_records.py.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.literals import LOOKED_AT, has_nothing_to_do, references, templates

__all__ = ["refuse_jinja", "refuse_late"]

Literal = list[Any] | tuple[Any, ...]


def refuse_jinja(
    records: Literal, argument: str, endpoint: Endpoint, template_keys: Collection[str] | None, *, begin: int = 0
) -> None:
    """Reject Jinja in records, in which it does not run.

    :param argument: the argument that contains the records.
    :param template_keys: top-level keys in which it runs; ``None``: there can be none.
    :param begin: the position of the first of the records.
    :raises BentoSetupError: names the position and the field, and says what to do instead.
    """
    found = next(templates(records, frozenset(template_keys or ()) | WORDS[endpoint].liquid), None)
    if found is None:
        return
    place, path = found
    instead = "use constants={…}, which are rendered"
    if path == "a key" or path.startswith("a key of "):
        instead = "write the key out"
    elif template_keys is not None:
        instead = f"name the key {path.partition('.')[0]} in template_keys, or {instead}"
    raise BentoSetupError(
        f"{argument}: {path} of the record at position {begin + place} contains {{{{ or {{%, but Jinja does not "
        f"run in records: {instead}"
    )


def refuse_late(
    records: Literal, argument: str, endpoint: Endpoint, template_keys: Collection[str] | None, task: str
) -> None:
    """Reject, when the task runs, what was not looked at when the DAG file was parsed.

    :param task: what the message begins with.
    :raises BentoSetupError: Jinja, or another task's result, of which Airflow did not know that it must come first.
    """
    rest = records[LOOKED_AT:]
    if has_nothing_to_do(rest):
        return
    try:
        refuse_jinja(rest, argument, endpoint, template_keys, begin=LOOKED_AT)
    except BentoSetupError as error:
        raise BentoSetupError(f"{task}: {error}.") from None
    for position, record in enumerate(rest, LOOKED_AT):
        if next(references(record), None) is not None:
            raise BentoSetupError(
                f"{task}: {argument}: the record at position {position} contains another task's result, which works "
                f"in the first {LOOKED_AT} records of a literal list only: return the whole list from a task."
            )
