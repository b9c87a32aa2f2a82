"""All endpoints by method and path, and which one a request is for; knows paths, never what endpoints do.

Tested by tests/sandbox/test_sandbox_access.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from airflow_provider_bento.sandbox.bento_api.endpoints import (
    Endpoint,
    ads,
    authors,
    batches,
    broadcasts,
    deletions,
    emails,
    experimental,
    journeys,
    people,
    responses,
    search,
    segments,
    stats,
    templates,
)

_ALL: Final = (
    *batches.ENDPOINTS,
    *emails.ENDPOINTS,
    *broadcasts.ENDPOINTS,
    *people.ENDPOINTS,
    *search.ENDPOINTS,
    *journeys.ENDPOINTS,
    *templates.ENDPOINTS,
    *responses.ENDPOINTS,
    *segments.ENDPOINTS,
    *authors.ENDPOINTS,
    *stats.ENDPOINTS,
    *ads.ENDPOINTS,
    *experimental.ENDPOINTS,
    *deletions.ENDPOINTS,
)

ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = MappingProxyType(
    {(endpoint.call.method, endpoint.call.path): endpoint for endpoint in _ALL}
)


class Route(NamedTuple):
    """The endpoint that a request is for.

    :param endpoint: what answers it.
    :param path: its path with ``:id`` in place of the resource.
    :param resource: the part of the request's path that ``:id`` stands for; ``None`` if there is none.
    """

    endpoint: Endpoint
    path: str
    resource: str | None


def find(method: str, path: str) -> Route | None:
    """Return the endpoint for a method and a path below the prefix; ``None`` if there is none."""
    endpoint = _EXACT.get((method, path))
    if endpoint is not None:
        return Route(endpoint, path, None)
    for wanted, pattern, template, patterned in _PATTERNS:
        match = pattern.fullmatch(path) if wanted == method else None
        if match:
            return Route(patterned, template, match[1])
    return None


def _ways() -> Iterator[tuple[str, str, Endpoint]]:
    for endpoint in _ALL:
        yield endpoint.call.method, endpoint.call.path, endpoint
        yield from ((method, path, endpoint) for method, path in endpoint.aliases)


_EXACT: Final = {(method, path): endpoint for method, path, endpoint in _ways() if ":id" not in path}
_PATTERNS: Final = [
    (method, re.compile(re.escape(path).replace(":id", "([^/]+)")), path, endpoint)
    for method, path, endpoint in _ways()
    if ":id" in path
]
