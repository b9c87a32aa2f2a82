"""Tracked connections below a session of `requests`.

Extension points used: ``ConnectionCls`` of a pool and ``pool_classes_by_scheme`` of its manager (urllib3), the pool
managers of an adapter (https://requests.readthedocs.io/en/latest/user/advanced/#transport-adapters).

Tested by tests/unit/api/test_client_failures.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.util.proxy import connection_requires_http_tunnel

from airflow_provider_bento.api.transport.connections import TrackedConnection

if TYPE_CHECKING:
    from requests import PreparedRequest
    from urllib3 import HTTPConnectionPool, PoolManager
else:
    HTTPConnectionPool = object  # mixed into whichever class a manager uses


class TrackedPool(HTTPConnectionPool):
    """A pool of tracked connections."""

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.kept()
        super()._put_conn(conn)

    def open_one(self, timeout: float) -> None:
        """Have a connection open for the next request.

        :param timeout: seconds for each step of connecting.
        :raises Exception: whatever connecting raises.
        """
        connection = self._get_conn()
        try:
            if connection.is_closed:
                connection.timeout = timeout
                if connection_requires_http_tunnel(self.proxy, self.proxy_config, self.scheme):
                    self._prepare_proxy(connection)
                else:
                    connection.connect()
        except BaseException:
            connection.close()
            raise
        finally:
            super()._put_conn(connection)  # as idle as it was


class TrackedAdapter(HTTPAdapter):
    """Mounts tracked connections below a session of `requests`, whatever proxy leads out."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        _track(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        _track(manager)
        return manager

    def open_one(
        self, request: PreparedRequest, *, verify: bool | str, proxies: Mapping[str, str], timeout: float
    ) -> None:
        """Have a connection open for a request like this one.

        :raises Exception: whatever connecting raises.
        """
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies=dict(proxies))
        self.cert_verify(pool, request.url, verify, None)  # type: ignore[no-untyped-call]  # its stub
        pool.open_one(timeout)


def _track(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {
        scheme: pool if issubclass(pool, TrackedPool) else _tracked(pool)
        for scheme, pool in manager.pool_classes_by_scheme.items()
    }


def _tracked(pool: Any) -> Any:
    connection = type(f"Tracked{pool.ConnectionCls.__name__}", (TrackedConnection, pool.ConnectionCls), {})
    return type(f"Tracked{pool.__name__}", (TrackedPool, pool), {"ConnectionCls": connection})
