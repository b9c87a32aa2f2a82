"""Apache Airflow provider for Bento (bentonow.com): subscribers, events, broadcasts, emails and commands."""

from __future__ import annotations

__version__ = "0.2.0"
