"""Keeps urllib3's logs about our exchanges free of queries and of bytes of a reply.

Tested by tests/network/test_setups.py.
"""

from __future__ import annotations

import logging

from airflow_provider_bento.api.exchange import CURRENT


class _Discreet(logging.Filter):
    """Removes the query from the URLs that urllib3 logs, since it may contain an email address, and the text of
    urllib3's warnings during an exchange of ours, since it may contain a reply's bytes.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if CURRENT.get() is not None and record.levelno >= logging.WARNING:
            record.msg, record.args, record.exc_info = "urllib3 warns about a connection to Bento.", (), None
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_query, record.args))
        return True


def _without_query(value: object) -> object:
    return value.partition("?")[0] if isinstance(value, str) and "site_uuid=" in value else value


def keep_discreet() -> None:
    """Remove personal data from what urllib3's loggers write; calling it again does no harm."""
    for name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_DISCREET)


_DISCREET = _Discreet()
