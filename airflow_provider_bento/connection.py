"""What a connection of type ``bento`` means: its values, checked, with the defaults filled in.

Which fields there are stands in :mod:`airflow_provider_bento.connection_form`; here is what a usable value is. It never
imports Airflow: anything with a connection's attributes will do.
"""

from __future__ import annotations

import logging
import math
import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol
from urllib.parse import quote, quote_plus, unquote, urlsplit

from airflow_provider_bento.api.contract import BASE_URL, CONNECT_TIMEOUT, DEFAULT_RATE_LIMIT, READ_TIMEOUT
from airflow_provider_bento.base_url import base_url_of
from airflow_provider_bento.connection_form import FIELDS
from airflow_provider_bento.exceptions import BentoSetupError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ConnectionLike", "Settings", "parse_connection", "secrets_of"]

_log = logging.getLogger(__name__)
_warned: set[tuple[str, str]] = set()
_MAX_SECONDS = 3600  # a longer time-out is a mistake of unit, most likely milliseconds
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"  # what a web page's copy button brings along and str.strip() keeps


class ConnectionLike(Protocol):
    """What is read of Airflow's ``Connection``, whichever of its classes it is."""

    conn_id: str
    conn_type: str | None
    login: str | None
    password: str | None
    schema: str | None
    host: str | None
    port: int | None

    @property
    def extra_dejson(self) -> Any:
        """The extras, decoded."""


_BY_NAME: Final = {one.name: one for one in FIELDS}
# `site_uuid` is a standard attribute in the form, and also accepted among the extras.
_EXTRAS: Final = frozenset({one.name for one in FIELDS if one.store == "extra"} | {"site_uuid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a connection means, checked and with defaults filled in; its ``repr`` shows neither keys nor passwords.

    :param publishable_key: user name of Basic auth.
    :param secret_key: password of Basic auth.
    :param site_uuid: the site that the records go to.
    :param base_url: address up to and without the endpoint's path, without a slash at its end.
    :param rate_limit: one or more limits, like ``100/minute, 500/hour``.
    :param connect_timeout: seconds.
    :param read_timeout: seconds for a whole reply.
    :param pacing: ``auto``, ``process``, or the URL of a Redis.
    """

    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    site_uuid: str
    base_url: str = BASE_URL
    rate_limit: str = DEFAULT_RATE_LIMIT
    connect_timeout: float = CONNECT_TIMEOUT
    read_timeout: float = READ_TIMEOUT
    pacing: str = field(default="auto", repr=False)


def parse_connection(conn: ConnectionLike) -> Settings:
    """Return the settings of a connection; extras are taken by name, unknown ones only warned about.

    :param conn: anything with ``conn_id``, ``conn_type``, ``login``, ``password``, ``schema``, ``host``, ``port`` and
        ``extra_dejson``.
    :raises BentoSetupError: something needed is missing or unusable; its ``conn_id`` and ``fields`` say what and where,
        its ``in_form`` the same to whoever fills in the form, without the id.
    """
    _check_type(conn)
    extra = _known_extras(conn)
    found = {
        "publishable_key": _pasted(conn, "publishable_key", conn.login),
        "secret_key": _pasted(conn, "secret_key", conn.password),
        "site_uuid": _site_uuid(conn, extra),
    }
    _require(conn, [name for name, value in found.items() if not value])
    _check_keys(conn, found)
    connect, read = _timeouts(conn, extra.get("timeout"))
    return Settings(
        **found,
        base_url=_base_url(conn),
        rate_limit=_rate_limit(conn, extra.get("rate_limit")),
        connect_timeout=connect,
        read_timeout=read,
        pacing=_pacing(conn, extra.get("pacing")),
    )


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Every string that would give a secret away in a log: the secret key, its forms in URLs and in the Basic
    header, and the password of a Redis URL. Hand each to Airflow's ``mask_secret``.
    """
    pair = f"{settings.publishable_key}:{settings.secret_key}"
    plain = [settings.secret_key, unquote(urlsplit(settings.pacing).password or "")]
    forms = [form for secret in plain for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))]
    forms += [b64encode(pair.encode()).decode(), urlsplit(settings.pacing).password or ""]
    return tuple(dict.fromkeys(filter(None, forms)))


def _check_type(conn: ConnectionLike) -> None:
    """Another system's password must not travel to Bento, nor to that system's host, for the sake of a mistyped id."""
    if conn.conn_type not in (None, "", "bento"):
        _refuse(
            conn,
            ("conn_type",),
            f"is of type {conn.conn_type!r}. Name a connection of type 'bento'.",
            in_form=f"This connection is of type {conn.conn_type!r}, not 'bento'.",
        )


def _known_extras(conn: ConnectionLike) -> dict[str, Any]:
    extra = conn.extra_dejson or {}
    if not isinstance(extra, Mapping):
        _refuse(conn, ("extra",), "its extra is not a JSON object; write it as {…}.")
    if unknown := [str(name) for name in extra if name not in _EXTRAS]:
        _warn_once(conn, "extras", _about_unknown(unknown))
    return {name: value for name, value in extra.items() if name in _EXTRAS and value not in (None, "")}


def _about_unknown(names: Iterable[str]) -> str:
    listed = ", ".join(repr(name[:60]) for name in sorted(names)[:20])
    return f"its extras {listed} mean nothing to Bento and are not used; known are {', '.join(sorted(_EXTRAS))}."


def _site_uuid(conn: ConnectionLike, extra: Mapping[str, Any]) -> str:
    standard = _pasted(conn, "site_uuid", conn.schema)
    other = _pasted(conn, "site_uuid", extra.get("site_uuid"))
    if standard and other and standard != other:
        _refuse(
            conn, ("site_uuid",), "its field Site UUID (schema) and its extra site_uuid differ; remove one of them."
        )
    return standard or other


def _require(conn: ConnectionLike, missing: list[str]) -> None:
    if not missing:
        return
    wanted = ", ".join(f"{_BY_NAME[name].label} ({_BY_NAME[name].store})" for name in missing)
    variable = f"AIRFLOW_CONN_{conn.conn_id.upper()}"
    _refuse(
        conn,
        tuple(missing),
        f"it has no {wanted}. Set it under Admin > Connections, or in {variable}.",
        in_form=f"This connection has no {wanted}. Set it in the form.",
    )


def _check_keys(conn: ConnectionLike, found: Mapping[str, str]) -> None:
    for name, value in found.items():
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            _refuse(conn, (name,), f"its {_BY_NAME[name].label} has a line break or control character inside.")
    # RFC 7617, section 2: the server ends the user name at the first colon and would see another key.
    if ":" in found["publishable_key"]:
        _refuse(
            conn,
            ("publishable_key",),
            "its Publishable key (login) has a colon, which HTTP Basic cannot carry; "
            "put only the publishable key there, and the secret key into Secret key (password).",
        )
    if "/" in found["site_uuid"]:
        _refuse(
            conn,
            ("site_uuid",),
            "its Site UUID (schema) looks like a path; a URI is bento://publishable:secret@/site-uuid.",
        )


def _base_url(conn: ConnectionLike) -> str:
    try:
        return base_url_of(_pasted(conn, "base_url", conn.host), conn.port)
    except BentoSetupError as error:
        _refuse(conn, ("base_url",), f"its Base URL (host) cannot be used: {error}")


def _rate_limit(conn: ConnectionLike, value: Any) -> str:
    if value is None:
        return DEFAULT_RATE_LIMIT
    from airflow_provider_bento.delivery.pacing.rates import parse_rates

    if not isinstance(value, str):
        _refuse(conn, ("rate_limit",), 'its rate_limit is not text; write it like "60/minute".')
    try:
        parse_rates(value)
    except BentoSetupError as error:
        _refuse(conn, ("rate_limit",), f"its rate_limit cannot be used: {error}")
    return value.strip()


def _timeouts(conn: ConnectionLike, value: Any) -> tuple[float, float]:
    if value is None:
        return CONNECT_TIMEOUT, READ_TIMEOUT
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    seconds = [_seconds(part) for part in parts]
    if not 1 <= len(seconds) <= 2 or None in seconds:
        wanted = f"seconds above 0 and at most {_MAX_SECONDS}: one number (reply) or two (connect, reply)"
        _refuse(conn, ("timeout",), f'its timeout is not understood; write {wanted}, like "5, 120".')
    first, last = seconds[0] or 0.0, seconds[-1] or 0.0
    return (first if len(seconds) == 2 else CONNECT_TIMEOUT), last


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and 0 < seconds <= _MAX_SECONDS else None


def _pacing(conn: ConnectionLike, value: Any) -> str:
    if value is None:
        return "auto"
    text = value.strip() if isinstance(value, str) else ""
    if text not in {"auto", "process"} and not _is_redis(text):
        wanted = "auto, process, redis://host:port/db or rediss://…"
        _refuse(conn, ("pacing",), f"its pacing is not understood; write {wanted}.")
    return text


def _is_redis(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _pasted(conn: ConnectionLike, name: str, value: Any) -> str:
    """Return the value without what was pasted around it by accident."""
    if not isinstance(value, str | None):
        _refuse(conn, (name,), f"its {_BY_NAME[name].label} is not text; put it in quotes.")
    text = value or ""
    kept = text.strip().strip(_INVISIBLE).strip()
    if kept != text:
        _warn_once(conn, name, f"its {_BY_NAME[name].label} has spaces or line breaks around it; used without them.")
    return kept


def _warn_once(conn: ConnectionLike, about: str, message: str) -> None:
    if (conn.conn_id, about) not in _warned:
        _warned.add((conn.conn_id, about))
        _log.warning("Connection %r: %s", conn.conn_id, message)


def _refuse(conn: ConnectionLike, fields: tuple[str, ...], message: str, *, in_form: str = "") -> NoReturn:
    raise BentoSetupError(
        f"Connection {conn.conn_id!r}: {message}",
        conn_id=conn.conn_id,
        fields=fields,
        in_form=in_form or message[:1].upper() + message[1:],
    ) from None
