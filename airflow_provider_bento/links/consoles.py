"""From a file's path to the page of its store's console, without anything secret that the path may contain. Pure.

Tested by tests/unit/links/test_consoles.py.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from airflow_provider_bento.links.addresses import may_be_shown

__all__ = ["web_address"]


def web_address(path: str) -> str:
    """Return where a browser shows the file; empty if no browser can: a local file, a store whose console is unknown.

    ``s3://`` leads to AWS's console, ``gs://`` to Google's. Of a web address, credentials and query are left out: a
    signature may be in them.

    :param path: any ObjectStoragePath, rendered.
    """
    if "{{" in path:  # not rendered, because the task failed before
        return ""
    try:
        parts = urlsplit(path)
    except ValueError:
        return ""
    place, key = parts.netloc.rpartition("@")[2], parts.path.lstrip("/")
    if not place:
        return ""
    if parts.scheme in {"s3", "s3a", "s3n"}:
        return f"https://console.aws.amazon.com/s3/object/{quote(place)}?prefix={quote(key, safe='')}"
    if parts.scheme in {"gs", "gcs"}:
        return f"https://console.cloud.google.com/storage/browser/_details/{quote(place)}/{quote(key)};tab=live_object"
    shown = urlunsplit((parts.scheme, place, parts.path, "", ""))
    return shown if may_be_shown(shown) else ""
