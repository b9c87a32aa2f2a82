"""The sensors, under the name that DAGs import: one module each, because each spells out its arguments.

Tested by tests/unit/sensors/test_sensors.py.
"""

from __future__ import annotations

from airflow_provider_bento.sensors.broadcast import BentoBroadcastSensor
from airflow_provider_bento.sensors.segment import BentoSegmentSensor
from airflow_provider_bento.sensors.subscriber import BentoSubscriberSensor

__all__ = ["BentoBroadcastSensor", "BentoSegmentSensor", "BentoSubscriberSensor"]
