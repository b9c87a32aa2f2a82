"""Where a push reads from, as OpenLineage names it: files, and the tables of a query.

Runs only if Airflow's OpenLineage provider asks. Addresses in paths and queries are replaced.

Tested by tests/unit/lineage/test_lineage.py.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

__all__ = ["file_dataset", "names_files", "shown_query", "tables_of"]

_ADDRESS: Final = re.compile(r"[^\s'\"(),;=<>/]+(?:@|%40)[^\s'\"(),;=<>/]+")
_HIDDEN: Final = "…"
_LOCAL: Final = ("", "file", "local")

_log: Final = logging.getLogger(__name__)


def names_files(value: object) -> bool:
    """Whether the value of a records argument is the path of files, as :mod:`sources.argument` reads it.

    :param value: the argument, rendered.
    """
    if not isinstance(value, str):
        return isinstance(value, os.PathLike) or (hasattr(value, "protocol") and hasattr(value, "fs"))
    from airflow_provider_bento.sources.files.formats import has_known_ending

    if value.lstrip()[:1] in ("", "[", "{") or "\n" in value:
        return False
    return "://" in value or value.startswith("/") or has_known_ending(value)


def file_dataset(path: Any) -> Any:
    """Return OpenLineage's dataset of a path: namespace ``file`` or ``s3://bucket``, and the path in it.

    :param path: a URI, a local path, or an ``ObjectStoragePath``; a folder or a pattern stays one dataset.
    """
    from openlineage.client.event_v2 import Dataset

    from airflow_provider_bento.filesystem.object_path import safe_text

    parts = urlsplit(safe_text(os.fspath(path) if isinstance(path, os.PathLike) else str(path)))
    if parts.scheme in _LOCAL:
        return Dataset(namespace="file", name=_hidden(str(Path(parts.path).absolute())))
    return Dataset(namespace=f"{parts.scheme}://{parts.netloc}", name=_hidden(parts.path.lstrip("/")))


def shown_query(sql: str) -> str:
    """Return a query without its comments, and with addresses in its literals replaced."""
    from airflow_provider_bento.version_compat import SQLParser

    return _hidden(SQLParser.normalize_sql(sql))


def tables_of(sql: str, conn_id: str) -> list[Any]:
    """Return OpenLineage's datasets of the tables that a query reads.

    :param sql: the query.
    :param conn_id: its database.
    :returns: none, if the database's hook does not know its name in OpenLineage, or the query cannot be parsed.
    """
    from airflow_provider_bento.sources.sql.cursor import hook_of
    from airflow_provider_bento.version_compat import SQLParser

    try:
        hook: Any = hook_of(conn_id)
        connection = hook.get_connection(conn_id)
        database = hook.get_openlineage_database_info(connection)
        if database is None:
            return []
        dialect, schema = hook.get_openlineage_database_dialect(connection), hook.get_openlineage_default_schema()
        parsed = SQLParser(dialect=dialect, default_schema=schema).generate_openlineage_metadata_from_sql(
            sql, hook=hook, database_info=database, use_connection=False
        )
    except Exception as error:  # noqa: BLE001 - hooks and drivers may raise anything; lineage must not fail a task
        _log.debug("OpenLineage: the tables of the query are not known (%s).", type(error).__name__)
        return []
    return list(parsed.inputs)


def _hidden(text: str) -> str:
    return _ADDRESS.sub(_HIDDEN, text)
