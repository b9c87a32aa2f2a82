"""Requests whose parameters have a form of their own: experimental endpoints and the search of subscribers. Pure.

Tested by tests/unit/api/test_parameters.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from airflow_provider_bento.api.contract import SEARCH_SUBSCRIBERS, Call
from airflow_provider_bento.api.wire import Request

LONGEST_IN_QUERY: Final = 500
"""Characters of a value that is also sent in the query; servers reject long addresses."""

Value = str | float | bool


def experimental(call: Call, values: Mapping[str, Value | None]) -> Request:
    """Return a request with the values in the query, and for a POST in the JSON body as well: Bento's SDKs use either.

    :param values: by name; ``None`` is left out.
    """
    given = {name: value for name, value in values.items() if value is not None}
    query = {name: written for name, value in given.items() if len(written := _written(value)) <= LONGEST_IN_QUERY}
    if call.method == "GET":
        return Request(call, 1, query=query)
    return Request(call, 1, msgspec.json.encode(given), query=query)


def search(
    page: int, ranges: Mapping[str, tuple[str | None, str | None] | None], tags: Sequence[str] | None
) -> Request:
    """Return the request for one page of ``/fetch/search``: a GET with a JSON body (OpenAPI file).

    :param page: from 1.
    :param ranges: by attribute: the times after and before which it must be, as ISO 8601; ``None`` is left out.
    :param tags: names.
    """
    body: dict[str, Any] = {"page": page}
    for name, limits in ranges.items():
        if limits is not None:
            pairs = zip(("gt", "lt"), limits, strict=True)
            body[name] = {operator: moment for operator, moment in pairs if moment is not None}
    if tags is not None:
        body["tags"] = list(tags)
    return Request(SEARCH_SUBSCRIBERS, body=msgspec.json.encode(body))


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
