"""A connection's attributes as Airflow stores them, and the two ways to report problems: an error and a warning.

Tested by tests/unit/connection/test_settings.py.
"""

from __future__ import annotations

from collections.abc import Callable
from os import environ
from typing import Any, Final, NoReturn, Protocol

from airflow_provider_bento.connection.form import FIELDS
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["BY_NAME", "ConnectionLike", "Warn", "not_found", "pasted", "place", "refuse"]

Warn = Callable[[str], None]
"""Takes a sentence that begins with "its" and ends with a full stop; the receiver knows which connection."""

BY_NAME: Final = {one.name: one for one in FIELDS}

_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"  # copied from web pages; str.strip() keeps them


class ConnectionLike(Protocol):
    """What is read of Airflow's ``Connection``, whichever of its classes it is.

    ``extra`` is read as it is stored: Airflow's ``extra_dejson`` is ``{}`` if the text is not JSON.
    """

    conn_id: str
    conn_type: str | None
    login: str | None
    password: str | None
    schema: str | None
    host: str | None
    port: int | None

    @property
    def extra(self) -> Any:
        """The extras: a text of JSON, or nothing."""


def refuse(fields: tuple[str, ...], message: str, *, in_form: str = "") -> NoReturn:
    """Raise the error for these fields.

    :param message: a sentence that begins with "its" or "it", without the connection's id.
    :param in_form: the same for the form, if it has to differ.
    :raises BentoSetupError: always.
    """
    raise BentoSetupError(message, fields=fields, in_form=in_form or message[:1].upper() + message[1:]) from None


def not_found(conn_id: str) -> BentoSetupError:
    """Return the error for an id that no connection has; Airflow ignores a variable that it cannot read."""
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    words = f"it does not exist. Add it under Admin > Connections, or in {variable}."
    if environ.get(variable):
        wanted = "a URI like bento://publishable:secret@/site-uuid, or a JSON object"
        words = f"Airflow cannot read {variable}. Set it to {wanted}."
    in_form = "This connection does not exist in Airflow."
    return BentoSetupError(f"Connection {conn_id!r}: {words}", conn_id=conn_id, fields=(), in_form=in_form)


def pasted(name: str, value: Any, warn: Warn) -> str:
    """Return the value without whitespace that was pasted around it.

    :raises BentoSetupError: it is not text.
    """
    if not isinstance(value, str | None):
        refuse((name,), f"its {BY_NAME[name].label} is not text; put it in quotes.")
    text = value or ""
    kept = text.strip().strip(_INVISIBLE).strip()
    if kept != text:
        warn(f"its {BY_NAME[name].label} has leading or trailing whitespace, which was removed.")
    return kept


def place(name: str) -> str:
    """Return the place of a setting, as the form shows it: ``Secret key (password)``."""
    return f"{BY_NAME[name].label} ({BY_NAME[name].store})"
