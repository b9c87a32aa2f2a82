"""The base URL of Bento's API, from what a person typed: which addresses keys and personal data may be sent to.

Knows URLs; does not know connections, forms or Airflow.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NoReturn
from urllib.parse import SplitResult, urlsplit

from airflow_provider_bento.api.contract import BASE_URL
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["base_url_of"]

_PATH: Final = urlsplit(BASE_URL).path
_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63
# Browsers, urllib and requests disagree on these, and a disagreement decides who gets the keys.
_AMBIGUOUS: Final = re.compile(r"[\s\\\x00-\x1f\x7f]")
_LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def base_url_of(host: str | None, port: int | None = None) -> str:
    """Return the address that endpoint paths are appended to: the same for every spelling, because all callers of
    an address share its rate limit.

    :param host: empty for Bento itself; else a host or a URL, with or without scheme (``https`` then), port and path
        (``/api/v1`` then).
    :param port: used if ``host`` has none; 0 is none.
    :raises BentoSetupError: no usable address, or one with credentials or a query, or plain http to another machine.
    """
    text = (host or "").strip()
    if not text:
        if port:
            _refuse("there is a port but no host; write both in the base URL.")
        return BASE_URL
    parts = _split(text)
    name = _host_name(parts)
    if parts.scheme == "http" and not _is_loopback(name):
        _refuse("plain http would send the keys unencrypted; use https (http only for localhost, 127.0.0.1 and ::1).")
    netloc = f"[{name}]" if ":" in name else name
    number = _port(parts, port or None)
    if number and number != _PORTS[parts.scheme]:
        netloc += f":{number}"
    path = re.sub("/+", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{netloc}{path or _PATH}"


def _split(text: str) -> SplitResult:
    if _AMBIGUOUS.search(text):
        _refuse("it contains a space, backslash or control character.")
    if "?" in text or "#" in text:
        _refuse("it has a query or fragment; remove everything from ? or # on.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        _refuse("it is not a valid URL.")
    if parts.scheme not in {"http", "https"}:
        _refuse("its scheme is neither https nor http.")
    if "@" in parts.netloc:
        _refuse("it has credentials before an @; keys belong in their own fields.")
    return parts


def _host_name(parts: SplitResult) -> str:
    name = (parts.hostname or "").removesuffix(".")
    if address := _address(name):
        return str(address)
    if not _NAME.fullmatch(name) or ".." in name:
        _refuse("its host is not a name or an IP address (write international names in their xn-- form).")
    if len(name) > _LONGEST_NAME or any(len(label) > _LONGEST_LABEL for label in name.split(".")):
        _refuse("its host is too long: at most 253 characters, and 63 between two dots.")
    return name


def _port(parts: SplitResult, given: int | None) -> int | None:
    try:
        own = parts.port
    except ValueError:
        _refuse("its port is not a number from 1 to 65535.")
    if own and given and own != given:
        _refuse("its port differs from the Port field; remove one of them.")
    number = given if own is None else own
    if number is not None and not 1 <= number <= 65535:
        _refuse("its port is not a number from 1 to 65535.")
    return number


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return name == "localhost" if address is None else any(address in network for network in _LOOPBACK)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in name else ipaddress.ip_address(name)
    except ValueError:
        return None


def _refuse(message: str) -> NoReturn:
    raise BentoSetupError(message) from None
