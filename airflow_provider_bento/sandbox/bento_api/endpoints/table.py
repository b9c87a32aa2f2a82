"""All endpoints by method and path; everything that is not in this table gets 501.

Tested by tests/sandbox/test_sandbox_access.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from airflow_provider_bento.sandbox.bento_api.endpoints import Endpoint, batches, broadcasts, people

_ALL: Final = (*batches.ENDPOINTS, *broadcasts.ENDPOINTS, *people.ENDPOINTS)

ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = MappingProxyType(
    {(endpoint.call.method, endpoint.call.path): endpoint for endpoint in _ALL}
)
