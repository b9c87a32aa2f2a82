"""A connection's settings: all values checked, with the defaults filled in."""

from __future__ import annotations

import logging
from base64 import b64encode
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from airflow_provider_bento.api.contract import BASE_URL, CONNECT_TIMEOUT, DEFAULT_RATE_LIMIT, READ_TIMEOUT
from airflow_provider_bento.connection.attributes import ConnectionLike, Warn, refuse
from airflow_provider_bento.connection.emails import alerts_to_of, sender_of
from airflow_provider_bento.connection.extras import extras_of
from airflow_provider_bento.connection.form import CONN_TYPE
from airflow_provider_bento.connection.keys import address_of, keys_of
from airflow_provider_bento.connection.limits import pacing_of, rate_limit_of, timeouts_of
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["Settings", "parse_connection", "secrets_of"]

_log = logging.getLogger(__name__)
_warned: Final = set[tuple[str, str]]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a connection means, checked and with defaults filled in; its ``repr`` shows no key, password or address.

    :param publishable_key: user name of Basic auth.
    :param secret_key: password of Basic auth.
    :param site_uuid: the site that the records go to.
    :param base_url: address up to and without the endpoint's path, without a slash at its end.
    :param rate_limit: one or more limits, like ``100/minute, 500/hour``.
    :param connect_timeout: seconds.
    :param read_timeout: seconds for a whole reply.
    :param pacing: ``auto``, ``process``, or the URL of a Redis.
    :param sender: who emails come from that name no sender; the extra ``from``.
    :param alerts_to: who alerts go to that name no recipient.
    """

    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    site_uuid: str
    base_url: str = BASE_URL
    rate_limit: str = DEFAULT_RATE_LIMIT
    connect_timeout: float = CONNECT_TIMEOUT
    read_timeout: float = READ_TIMEOUT
    pacing: str = field(default="auto", repr=False)
    sender: str | None = field(default=None, repr=False)
    alerts_to: tuple[str, ...] = field(default=(), repr=False)


def parse_connection(conn: ConnectionLike, warn: Warn | None = None) -> Settings:
    """Return the settings of a connection; extras are read by name, and unknown ones are only warned about.

    :param conn: anything with ``conn_id``, ``conn_type``, ``login``, ``password``, ``schema``, ``host``, ``port`` and
        ``extra``.
    :param warn: called with each doubtful setting, as a sentence without the connection's id; by default it is
        logged once.
    :raises BentoSetupError: a required setting is missing or unusable; ``conn_id`` and ``fields`` name it,
        ``in_form`` is the same message without the id, for the form.
    """
    try:
        return _settings(conn, warn or partial(_warn_once, conn.conn_id))
    except BentoSetupError as error:
        evidence: dict[str, Any] = {name: getattr(error, name) for name in ("fields", "in_form")}
        raise BentoSetupError(f"Connection {conn.conn_id!r}: {error}", conn_id=conn.conn_id, **evidence) from None


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Every string that would reveal a secret in a log: the secret key, its forms in URLs and in the Basic
    header, and the password of a Redis URL. Hand each to Airflow's ``mask_secret``.
    """
    pair = f"{settings.publishable_key}:{settings.secret_key}"
    plain = [settings.secret_key, unquote(urlsplit(settings.pacing).password or "")]
    forms = [form for secret in plain for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))]
    forms += [b64encode(pair.encode()).decode(), urlsplit(settings.pacing).password or ""]
    return tuple(dict.fromkeys(filter(None, forms)))


def _settings(conn: ConnectionLike, warn: Warn) -> Settings:
    _check_type(conn.conn_type)
    extra = extras_of(conn, warn)
    keys = keys_of(conn, extra, warn)
    connect, read = timeouts_of(extra.get("timeout"))
    return Settings(
        **keys,
        base_url=address_of(conn, warn),
        rate_limit=rate_limit_of(extra.get("rate_limit")),
        connect_timeout=connect,
        read_timeout=read,
        pacing=pacing_of(extra.get("pacing")),
        sender=sender_of(extra.get("from")),
        alerts_to=alerts_to_of(extra.get("alerts_to")),
    )


def _check_type(kind: str | None) -> None:
    """Another system's password must not be sent to Bento because of a mistyped id."""
    if kind and kind.lower() != CONN_TYPE:
        refuse(
            ("conn_type",),
            f"it is of type {kind!r}. Use a connection of type {CONN_TYPE!r}.",
            in_form=f"This connection is of type {kind!r}, not {CONN_TYPE!r}.",
        )


def _warn_once(conn_id: str, message: str) -> None:
    if (conn_id, message) not in _warned:
        _warned.add((conn_id, message))
        _log.warning("Connection %r: %s", conn_id, message)
