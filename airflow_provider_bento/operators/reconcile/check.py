"""Validates the arguments of :class:`~.operator.BentoReconcileOperator`; the rules are those of all operators.

Tested by tests/unit/operators/test_reconcile.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_bento.operators.records_argument import unwrap
from airflow_provider_bento.operators.validation import ArgumentCheck

__all__ = ["ReconcileCheck", "as_written"]


@dataclass(frozen=True)
class ReconcileCheck(ArgumentCheck):
    """An :class:`~.validation.ArgumentCheck` of a task whose argument is called ``records``, and that has no dead
    letters to replay.
    """

    @property
    def argument(self) -> str:
        """The name of the argument that contains the records."""
        return "records"

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the arguments of which exactly one is passed."""
        return (self.argument, "sql")


def as_written(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return rendered arguments without what hides other tasks' results in ``columns`` and ``constants``."""
    found = dict(arguments)
    for name in ("columns", "constants"):
        if isinstance(found[name], Mapping):
            found[name] = {key: unwrap(value) for key, value in found[name].items()}
    return found
