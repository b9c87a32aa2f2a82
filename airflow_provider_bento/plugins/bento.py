"""The plugin that puts the page "Bento" into Airflow's UI; every Airflow process imports it, so it does almost nothing.

Neither FastAPI nor Starlette is imported before the API server gets the first request for the page.

Tested by tests/unit/plugins.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.version_compat import AirflowPlugin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

__all__ = ["ROUTE", "BentoPlugin", "LazyPage"]

ROUTE: Final = "bento"
# Relative, so that they work below the path of ``[api] base_url``: Airflow's pages have a ``<base>``.
_HREF: Final = f"{ROUTE}/"
_ICON: Final = f"{ROUTE}/icon.svg"


class LazyPage:
    """An ASGI app that serves the page's files and is built at the first request."""

    def __init__(self) -> None:
        self._app: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            from airflow_provider_bento.plugins.static_page import static_page

            self._app = static_page()
        await self._app(scope, receive, send)


class BentoPlugin(AirflowPlugin):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """The page at ``<base>/bento/`` and its item "Bento" in the navigation.

    Airflow 3.0 knows no such items: there the page has its address only. (A menu item like those of Airflow 2 would
    keep an API server of 3.0 without the FAB provider from starting.) On 2.11 there is neither. ``[bento] ui = False``
    turns both off.

    See https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/plugins.html.
    """

    name = "bento"

    # Properties, because only the API server reads them: no other process looks at the setting.

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """Return the app below ``/bento``."""
        return [{"app": LazyPage(), "url_prefix": f"/{ROUTE}", "name": "Bento"}] if self._shown else []

    @cached_property
    def external_views(self) -> list[dict[str, Any]]:
        """Return the item of the navigation."""
        item = {"name": "Bento", "href": _HREF, "destination": "nav", "url_route": ROUTE, "icon": _ICON}
        return [item] if self._shown else []

    @cached_property
    def _shown(self) -> bool:
        from airflow_provider_bento.links.page_setting import page_is_on

        return page_is_on()
