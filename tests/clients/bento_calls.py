"""Which call of Bento's API a request is for."""

from __future__ import annotations

from typing import Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.endpoints import table

CALLS: Final = {
    f"{call.method} {call.path}": call for call in vars(contract).values() if isinstance(call, contract.Call)
}
"""All calls of the contract, by method and path; ``:id`` stands for a resource."""


def call_of(method: str, path: str) -> str:
    """Return method and path with ``:id`` in place of a resource; as they came if the sandbox does not know them."""
    route = table.find(method, path)
    return f"{method} {route.path if route else path}"
