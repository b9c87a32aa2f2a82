"""The addresses among the extras: who emails come from, and who alerts go to. No error repeats an address.

Tested by tests/unit/connection/test_emails.py.
"""

from __future__ import annotations

import re
from typing import Any, Final

from airflow_provider_bento.connection.attributes import refuse
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["address_list", "alerts_to_of", "sender_of"]

_BETWEEN: Final = re.compile(r"[,;]")  # as Airflow's own get_email_address_list splits text


def sender_of(value: Any) -> str | None:
    """Return the sender's address, or ``None`` if the extra is not set.

    :raises BentoSetupError: it is not one bare address.
    """
    if value is None:
        return None
    from airflow_provider_bento.api.records.invalid import InvalidValue
    from airflow_provider_bento.api.records.values.email_and_tags import email

    try:
        return email(value)
    except InvalidValue as error:
        refuse(("from",), f"its from {error.field_errors[0].reason}.")


def alerts_to_of(value: Any) -> tuple[str, ...]:
    """Return the recipients of alerts; none if the extra is not set.

    :raises BentoSetupError: they are neither a list nor text, or one of them is not a bare address.
    """
    try:
        return () if value is None else address_list(value)
    except BentoSetupError as error:
        refuse(("alerts_to",), f"its alerts_to cannot be used: {error}")


def address_list(value: Any) -> tuple[str, ...]:
    """Return the addresses in a list, or in text with commas or semicolons; each once, in their order.

    :raises BentoSetupError: ``value`` is neither, or one of them is not a bare address; its place is named.
    """
    from airflow_provider_bento.api.records.invalid import InvalidValue
    from airflow_provider_bento.api.records.values.email_and_tags import comparable, email

    given = [part for part in _BETWEEN.split(value) if part.strip()] if isinstance(value, str) else value
    if not isinstance(given, list | tuple | set | frozenset):
        raise BentoSetupError("write a list of addresses, or addresses with commas between them.")
    found = dict[str, str]()
    for number, one in enumerate(given, 1):
        try:
            address = email(one)
        except InvalidValue as error:
            raise BentoSetupError(f"address {number} of {len(given)} {error.field_errors[0].reason}.") from None
        found.setdefault(comparable(address), address)
    return tuple(found.values())
