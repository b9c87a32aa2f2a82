"""Which judge each key of a table gets; found once for each set of keys.

Tested by tests/unit/api/records/columns/test_plans.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from airflow_provider_bento.api.records.columns.single import Judge
from airflow_provider_bento.api.records.invalid import Check, InvalidValue
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.values.fields import name_of

_REMEMBERED: Final = 500  # sets of keys; documents may have any number


class Plans:
    """The judges of keys, made of their checks.

    :param keys: the check of each key.
    :param judges: the judge that decides about a column as a check does about a value.
    """

    def __init__(self, keys: Keys, judges: Mapping[Check | None, Judge]) -> None:
        self._keys, self._judges = keys, judges
        self._known: dict[tuple[str, ...], Sequence[Judge | None]] = {}

    def __call__(self, keys: tuple[str, ...]) -> Sequence[Judge | None]:
        """Return the judge of each key; ``None``: its rows are to be parsed alone."""
        plan = self._known.get(keys)
        if plan is None:
            plan = [self._judge(key) for key in keys]
            if len(self._known) < _REMEMBERED:
                self._known[keys] = plan
        return plan

    def _judge(self, key: str) -> Judge | None:
        try:
            return self._judges.get(self._keys[name_of(key, self._keys)])
        except InvalidValue:
            return None
