"""The two keys, the site and the address: whether each is in its own field.

The format of keys is not documented. So only values that certainly belong elsewhere are refused: habits of other
connections, and the prefixes that Bento's quick start shows (``pk_…``, ``sk_…``).

Tested by tests/unit/connection/test_connection_habits.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.connection.attributes import BY_NAME, ConnectionLike, Warn, pasted, place, refuse
from airflow_provider_bento.connection.base_url import base_url_of
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["address_of", "keys_of"]

_SCHEME: Final = re.compile(r"https?(:/*)?", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s:/]+@[^@\s:/]+\.[a-zA-Z]{2,}")
_UUID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URI: Final = "a URI is bento://publishable:secret@/site-uuid"


def keys_of(conn: ConnectionLike, extra: Mapping[str, Any], warn: Warn) -> dict[str, str]:
    """Return ``publishable_key``, ``secret_key`` and ``site_uuid``.

    :raises BentoSetupError: one is missing, unusable, or certainly something else.
    """
    found = {
        "publishable_key": pasted("publishable_key", conn.login, warn),
        "secret_key": pasted("secret_key", conn.password, warn),
        "site_uuid": _site_uuid(conn, extra, warn),
    }
    _refuse_habits(found, conn.host)
    _require(conn, [name for name, value in found.items() if not value])
    _check(found)
    return found


def address_of(conn: ConnectionLike, warn: Warn) -> str:
    """Return the address that endpoint paths are appended to.

    :raises BentoSetupError: it is not a usable address, or must not be used.
    """
    try:
        return base_url_of(pasted("base_url", conn.host, warn), conn.port)
    except BentoSetupError as error:
        if getattr(error, "fields", ()):
            raise
        refuse(("base_url",), f"its {place('base_url')} cannot be used: {error}")


def _site_uuid(conn: ConnectionLike, extra: Mapping[str, Any], warn: Warn) -> str:
    standard = pasted("site_uuid", conn.schema, warn)
    other = pasted("site_uuid", extra.get("site_uuid"), warn)
    if standard and other and standard != other and not _SCHEME.fullmatch(standard):
        refuse(("site_uuid",), "its field Site UUID (schema) and its extra site_uuid differ; remove one of them.")
    return standard or other


def _refuse_habits(found: Mapping[str, str], host: Any) -> None:
    """Refuse what other connections have in a field of this name, and keys that are swapped."""
    publishable, secret, site = found.values()
    if _SCHEME.fullmatch(site):
        _misplaced(
            "site_uuid",
            "is only a URL scheme: write the site's UUID here, and a complete URL in Base URL (host)",
        )
    if publishable.startswith("sk_") or secret.startswith("pk_"):
        fields = ("publishable_key", "secret_key")
        both = " and ".join(map(place, fields))
        refuse(fields, f"its {both} look swapped: a publishable key begins with pk_, a secret key with sk_.")
    for name in ("publishable_key", "site_uuid"):
        if _EMAIL.fullmatch(found[name]):
            _misplaced(name, "is an email address: use the API keys from Bento's settings, not a user's login")
    if site.startswith(("pk_", "sk_")):
        _misplaced("site_uuid", "begins like an API key: write keys in login and password, and the site's UUID here")
    if isinstance(host, str) and _UUID.fullmatch(host.strip()):
        _misplaced("base_url", f"looks like a Site UUID: it belongs in {place('site_uuid')}; {_URI}")


def _misplaced(name: str, words: str) -> None:
    refuse((name,), f"its {place(name)} {words}.")


def _require(conn: ConnectionLike, missing: list[str]) -> None:
    if not missing:
        return
    wanted = ", ".join(map(place, missing))
    variable = f"AIRFLOW_CONN_{conn.conn_id.upper()}"
    refuse(
        tuple(missing),
        f"it has no {wanted}. Set it under Admin > Connections, or in {variable}.",
        in_form=f"This connection has no {wanted}. Set it in the form.",
    )


def _check(found: Mapping[str, str]) -> None:
    for name, value in found.items():
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            refuse((name,), f"its {BY_NAME[name].label} contains a line break or control character.")
    # RFC 7617, section 2: the server ends the user name at the first colon and would see another key.
    if ":" in found["publishable_key"]:
        refuse(
            ("publishable_key",),
            "its Publishable key (login) contains a colon, which HTTP Basic does not allow; "
            "put only the publishable key there, and the secret key in Secret key (password).",
        )
    if "/" in found["site_uuid"]:
        refuse(("site_uuid",), f"its Site UUID (schema) looks like a path or a URL; {_URI}.")
