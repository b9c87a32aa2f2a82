"""The arguments of sensors as types, for editors and type checkers; nothing here runs.

Tested by tests/typing/test_slips.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from airflow_provider_bento.operators.arguments import OperatorArguments

__all__ = ["SensorArguments"]


class SensorArguments(OperatorArguments, total=False):
    """What each of the sensors passes on to Airflow's ``BaseSensorOperator``."""

    soft_fail: bool
    mode: Literal["poke", "reschedule"]
    exponential_backoff: bool
    max_wait: timedelta | float | None
    silent_fail: bool
    never_fail: bool
