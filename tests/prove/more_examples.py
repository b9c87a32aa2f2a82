"""A pytest plugin: the property tests with as many examples as ``BENTO_EXAMPLES`` says."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "prove",
    max_examples=int(os.environ["BENTO_EXAMPLES"]),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
settings.load_profile("prove")
