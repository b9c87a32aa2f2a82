"""Who may ask: the User-Agent rule, the keys, the site; knows headers and parameters, never records.

Tested by tests/sandbox/test_sandbox_access.py.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping

from airflow_provider_bento.sandbox.bento_api.replies import BLOCKED_PAGE, RequestRejected, html, reject
from airflow_provider_bento.sandbox.settings import Settings


def check_user_agent(headers: Mapping[str, str]) -> None:
    """Block requests without an application's name, as the firewall in front of Bento does.

    :raises RequestRejected: 403 with a page.
    """
    if not headers.get("user-agent", "").strip():
        raise RequestRejected(html(403, BLOCKED_PAGE, reason="no User-Agent"))


def check_keys(headers: Mapping[str, str], settings: Settings) -> None:
    """Compare the Basic header with the keys.

    :raises RequestRejected: 401 with plain text.
    """
    given = _credentials(headers.get("authorization", ""))
    wanted = (settings.publishable_key, settings.secret_key)
    same = [secrets.compare_digest(a.encode(), b.encode()) for a, b in zip(given, wanted, strict=True)]
    if not all(same):
        challenge = [("WWW-Authenticate", 'Basic realm="Application"')]
        reject(401, "HTTP Basic: Access denied.\n", "wrong keys", challenge)


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def check_site(query: str | None, body: object, settings: Settings) -> str:
    """Return the site that is meant; the query string wins over the body.

    :raises RequestRejected: 401 if neither names a site that exists.
    """
    site = query or (body if isinstance(body, str) else None)
    if site not in settings.sites:
        reject(401, {"error": "Unauthorized"}, "unknown site" if site else "no site_uuid")
    return str(site)
